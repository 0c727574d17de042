import type { AddressField, Status } from '../../../src/model.ts';

/** A row of the events table as the oracle sees it. */
export interface Row {
  readonly epoch: number;
  readonly source: string;
  readonly destination: string;
  /** Null: the message holds no readable count. */
  readonly bytes: bigint | null;
  /** The message names the policy. */
  readonly counts: boolean;
}

/** What section 5 of the contract is told. */
export interface Terms {
  readonly groupBy: readonly AddressField[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly realertGrowth: number;
  readonly realertAfterSeconds: number;
}

/** A group at one time, added up from the list of all rows. */
export interface Fact {
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How many rows the database held then: what was counted can be told from what came later. */
  readonly rows: number;
}

/** A record that the receiver got. */
export interface Heard {
  readonly alertId: string;
  readonly group: string;
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  /** Its id was never heard before. */
  readonly isNew: boolean;
  /** `doubtful`: acknowledged, but the sender may have died before it could write that down. */
  readonly acknowledged: boolean | 'doubtful';
}

/** An alert that has to be heard; its id is known once it was heard without being acknowledged. */
interface Due {
  readonly fact: Fact;
  readonly status: Status;
  readonly alertId: string | null;
}

interface GroupState {
  /** `last` is what the last acknowledged alert said; null when there was none yet. */
  readonly episode: { readonly last: Fact | null } | null;
  readonly due: Due | null;
  /** Due alerts of episodes that are over. */
  readonly undelivered: readonly Due[];
  /** The status that a report of this run shows. */
  readonly shown: Status | null;
  /** How many of the records that were heard in this run are explained. */
  readonly explained: number;
}

const NOTHING: GroupState = { episode: null, due: null, undelivered: [], shown: null, explained: 0 };

export function groupOf(row: Row, groupBy: readonly AddressField[]): string {
  return groupBy.map((field) => row[field]).join(' ');
}

export function inWindow({ epoch, counts }: Row, asOf: number, windowSeconds: number): boolean {
  return counts && asOf - windowSeconds <= epoch && epoch <= asOf;
}

export function addUp(rows: readonly Row[], group: string, asOf: number, terms: Terms): Fact {
  const counted = rows.filter(
    (row) => row.bytes !== null && inWindow(row, asOf, terms.windowSeconds) && groupOf(row, terms.groupBy) === group,
  );
  return {
    asOf,
    bytes: counted.reduce((sum, { bytes }) => sum + (bytes ?? 0n), 0n),
    events: counted.length,
    firstSeen: Math.min(...counted.map(({ epoch }) => epoch)),
    lastSeen: Math.max(...counted.map(({ epoch }) => epoch)),
    rows: rows.length,
  };
}

/**
 * Section 5 for one group. A killed process leaves open what it had written down, so this keeps every state that is
 * possible, and each record that was heard rules some out. No state left means that the contract was broken.
 */
export class GroupOracle {
  states: readonly GroupState[] = [NOTHING];
  private heard: readonly Heard[] = [];

  constructor(
    private readonly group: string,
    private readonly terms: Terms,
  ) {}

  begin(heard: readonly Heard[]): void {
    this.heard = heard;
    this.keep(this.states.map((state) => ({ ...state, shown: null, explained: 0 })));
  }

  /** One look at the window that was completed. */
  complete(rows: readonly Row[], asOf: number, isFresh: boolean): void {
    const fact = addUp(rows, this.group, asOf, this.terms);
    const isOver = isFresh && fact.bytes * 2n <= this.terms.thresholdBytes;
    const after = this.states.flatMap((state) => this.deliver(this.decide(state, fact, rows)));
    this.keep(isOver ? after.map(closeEpisode) : after);
  }

  /** One look at the window in which the process was killed: anything up to its end may or may not have happened. */
  interrupt(rows: readonly Row[], asOf: number): void {
    const fact = addUp(rows, this.group, asOf, this.terms);
    this.keep(this.states.flatMap((state) => [state, ...this.deliver(this.decide(state, fact, rows))]));
  }

  /**
   * @param isQuiet the receiver failed in nothing and the process lived: nothing may be left due
   * @param isOpen the group's episode is open by the rule's own record
   */
  end(isQuiet: boolean, isOpen: boolean): void {
    const before = this.states;
    const isExplained = (state: GroupState) => state.explained === this.heard.length;
    const isTold = (state: GroupState) => !isQuiet || outstanding(state) === 0;
    this.keep(before.filter((state) => isExplained(state) && isTold(state) && (state.episode !== null) === isOpen));
    if (this.states.length > 0) return;
    throw new Error(
      `group ${this.group}: heard ${show(this.heard)}, open ${isOpen}, which does not follow from ${show(before)}`,
    );
  }

  private decide(state: GroupState, fact: Fact, rows: readonly Row[]): GroupState {
    if (fact.bytes <= this.terms.thresholdBytes) return state;
    const status = this.status(state.episode?.last ?? null, fact, rows);
    const isTold = status !== 'known';
    if (!isTold && !state.due) return { ...state, shown: state.shown ?? 'known' };
    const shown = isTold ? status : (state.due?.status ?? status);
    const due = { fact, status: shown, alertId: state.due?.alertId ?? null };
    return { ...state, episode: state.episode ?? { last: null }, due, shown };
  }

  private status(last: Fact | null, fact: Fact, rows: readonly Row[]): Status {
    if (!last) return 'new';
    const { groupBy, windowSeconds, realertGrowth, realertAfterSeconds } = this.terms;
    const hasNewBytes = rows.some(
      (row, index) =>
        (index >= last.rows || row.epoch > last.asOf) &&
        row.bytes !== null &&
        inWindow(row, fact.asOf, windowSeconds) &&
        groupOf(row, groupBy) === this.group,
    );
    if (!hasNewBytes) return 'known';
    const hasGrown = realertGrowth > 0 && fact.bytes * 10n >= last.bytes * BigInt(realertGrowth * 10);
    if (hasGrown) return 'grown';
    return fact.asOf - last.asOf >= realertAfterSeconds ? 'repeat' : 'known';
  }

  /** What may have been sent in one look: each due alert at most once, in any order. */
  private deliver(state: GroupState, due = dueIn(state)): GroupState[] {
    const heard = this.heard[state.explained];
    const sent = due.filter(({ fact, alertId }) => {
      const isSame = heard?.asOf === fact.asOf && heard.bytes === fact.bytes && heard.events === fact.events;
      return isSame && (alertId === null ? heard.isNew : heard.alertId === alertId);
    });
    return [
      state,
      ...sent.flatMap((alert) => {
        const next = { ...state, explained: state.explained + 1 };
        const rest = due.filter((other) => other !== alert);
        const { acknowledged, alertId } = heard as Heard;
        const recorded = acknowledged ? this.deliver(remove(next, alert), rest) : [];
        const kept = acknowledged === true ? [] : this.deliver(replace(next, alert, { ...alert, alertId }), rest);
        return [...recorded, ...kept];
      }),
    ];
  }

  private keep(states: readonly GroupState[]): void {
    this.states = [...new Map(states.map((state) => [show(state), state])).values()];
  }
}

/** Alerts that have to be heard yet. */
export function outstanding(state: GroupState): number {
  return dueIn(state).length;
}

function dueIn({ due, undelivered }: GroupState): readonly Due[] {
  return due ? [...undelivered, due] : undelivered;
}

function remove(state: GroupState, alert: Due): GroupState {
  if (state.due === alert) return { ...state, due: null, episode: { last: alert.fact } };
  return { ...state, undelivered: state.undelivered.filter((other) => other !== alert) };
}

function replace(state: GroupState, alert: Due, by: Due): GroupState {
  if (state.due === alert) return { ...state, due: by };
  return { ...state, undelivered: state.undelivered.map((other) => (other === alert ? by : other)) };
}

function closeEpisode(state: GroupState): GroupState {
  return { ...state, episode: null, due: null, undelivered: dueIn(state) };
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}` : item));
}
