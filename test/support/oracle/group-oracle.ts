import type { AddressField, Status } from '../../../src/model.ts';

/** A row of the events table as the oracle sees it. */
export interface Row {
  readonly epoch: number;
  readonly source: string;
  readonly destination: string;
  /** Null: the message has no readable count. */
  readonly bytes: bigint | null;
  /** The message names the policy. */
  readonly counts: boolean;
}

/** The settings that section 5 of the contract depends on. */
export interface AlertTerms {
  readonly groupBy: readonly AddressField[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly realertGrowth: number;
  readonly realertAfterSeconds: number;
}

/** A group's total at one time, added up from the list of all rows. */
export interface GroupTotal {
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How many rows the database had then, to tell what was counted from what came later. */
  readonly rows: number;
}

/** An alert that the receiver got. */
export interface HeardAlert {
  readonly alertId: string;
  readonly group: string;
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  /** Its id is new to the receiver. */
  readonly isNew: boolean;
  /** `doubtful`: acknowledged, but the sender may have died before it could record that. */
  readonly acknowledged: boolean | 'doubtful';
}

/** An alert that must still arrive; its id is known once it has arrived without being acknowledged. */
interface DueAlert {
  readonly total: GroupTotal;
  readonly status: Status;
  readonly alertId: string | null;
}

interface GroupState {
  /** `last` is the total of the last acknowledged alert; null before the first one. */
  readonly episode: { readonly last: GroupTotal | null } | null;
  readonly due: DueAlert | null;
  /** Due alerts of closed episodes. */
  readonly undelivered: readonly DueAlert[];
  /** The status that a report of this run shows. */
  readonly shown: Status | null;
  /** How many of the alerts received in this run are accounted for. */
  readonly explained: number;
}

const NOTHING: GroupState = { episode: null, due: null, undelivered: [], shown: null, explained: 0 };

export function groupOf(row: Row, groupBy: readonly AddressField[]): string {
  return groupBy.map((field) => row[field]).join(' ');
}

export function inWindow({ epoch, counts }: Row, asOf: number, windowSeconds: number): boolean {
  return counts && asOf - windowSeconds <= epoch && epoch <= asOf;
}

export function addUp(rows: readonly Row[], group: string, asOf: number, terms: AlertTerms): GroupTotal {
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
 * Section 5 for one group. What a killed process had recorded is unknown, so this keeps every possible state, and each
 * alert that arrives rules some of them out. When no state is left, the contract was broken.
 */
export class GroupOracle {
  states: readonly GroupState[] = [NOTHING];
  private heard: readonly HeardAlert[] = [];

  constructor(
    private readonly group: string,
    private readonly terms: AlertTerms,
  ) {}

  begin(heard: readonly HeardAlert[]): void {
    this.heard = heard;
    this.keep(this.states.map((state) => ({ ...state, shown: null, explained: 0 })));
  }

  /** A completed look at the window. */
  complete(rows: readonly Row[], asOf: number, isFresh: boolean): void {
    const total = addUp(rows, this.group, asOf, this.terms);
    const isOver = isFresh && total.bytes * 2n <= this.terms.thresholdBytes;
    const after = this.states.flatMap((state) => this.deliver(this.decide(state, total, rows)));
    this.keep(isOver ? after.map(closeEpisode) : after);
  }

  /** A look at the window in which the process was killed: each of its effects may or may not have happened. */
  interrupt(rows: readonly Row[], asOf: number): void {
    const total = addUp(rows, this.group, asOf, this.terms);
    this.keep(this.states.flatMap((state) => [state, ...this.deliver(this.decide(state, total, rows))]));
  }

  /**
   * @param isQuiet the receiver and the process both worked: nothing may be left due
   * @param isOpen the group has an open episode by the rule's own record
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

  private decide(state: GroupState, total: GroupTotal, rows: readonly Row[]): GroupState {
    if (total.bytes <= this.terms.thresholdBytes) return state;
    const status = this.status(state.episode?.last ?? null, total, rows);
    const isTold = status !== 'known';
    if (!isTold && !state.due) return { ...state, shown: state.shown ?? 'known' };
    const shown = isTold ? status : (state.due?.status ?? status);
    const due = { total, status: shown, alertId: state.due?.alertId ?? null };
    return { ...state, episode: state.episode ?? { last: null }, due, shown };
  }

  private status(last: GroupTotal | null, total: GroupTotal, rows: readonly Row[]): Status {
    if (!last) return 'new';
    const { groupBy, windowSeconds, realertGrowth, realertAfterSeconds } = this.terms;
    const hasNewBytes = rows.some(
      (row, index) =>
        (index >= last.rows || row.epoch > last.asOf) &&
        row.bytes !== null &&
        inWindow(row, total.asOf, windowSeconds) &&
        groupOf(row, groupBy) === this.group,
    );
    if (!hasNewBytes) return 'known';
    const hasGrown = realertGrowth > 0 && total.bytes * 10n >= last.bytes * BigInt(realertGrowth * 10);
    if (hasGrown) return 'grown';
    return total.asOf - last.asOf >= realertAfterSeconds ? 'repeat' : 'known';
  }

  /** What one look may have sent: each due alert at most once, in any order. */
  private deliver(state: GroupState, due = dueIn(state)): GroupState[] {
    const heard = this.heard[state.explained];
    const sent = due.filter(({ total, alertId }) => {
      const isSame = heard?.asOf === total.asOf && heard.bytes === total.bytes && heard.events === total.events;
      return isSame && (alertId === null ? heard.isNew : heard.alertId === alertId);
    });
    return [
      state,
      ...sent.flatMap((alert) => {
        const next = { ...state, explained: state.explained + 1 };
        const rest = due.filter((other) => other !== alert);
        const { acknowledged, alertId } = heard as HeardAlert;
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

/** How many alerts must still arrive. */
export function outstanding(state: GroupState): number {
  return dueIn(state).length;
}

function dueIn({ due, undelivered }: GroupState): readonly DueAlert[] {
  return due ? [...undelivered, due] : undelivered;
}

function remove(state: GroupState, alert: DueAlert): GroupState {
  if (state.due === alert) return { ...state, due: null, episode: { last: alert.total } };
  return { ...state, undelivered: state.undelivered.filter((other) => other !== alert) };
}

function replace(state: GroupState, alert: DueAlert, by: DueAlert): GroupState {
  if (state.due === alert) return { ...state, due: by };
  return { ...state, undelivered: state.undelivered.map((other) => (other === alert ? by : other)) };
}

function closeEpisode(state: GroupState): GroupState {
  return { ...state, episode: null, due: null, undelivered: dueIn(state) };
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}` : item));
}
