import { expect } from 'vitest';
import type { ScriptedConnection } from '../receivers/scripted-receiver.ts';
import { type Due, type Episode, type Judgement, judge, scopeOf } from './judge.ts';
import type { EpisodeRow, RunOutcome } from './simulation.ts';
import { inWindow, lacksSources, type Terms, type World } from './world.ts';

/** A run does not fail while its clock is behind by no more than this. */
const SLIGHTLY_BEHIND_SECONDS = 900;
/** After this many refusals in a row the receiver counts as dead, and the remaining alerts are not tried. */
const DEAD_AFTER = 3;

const ALERT =
  /^<174>.* DATAEXFIL\[\d+\]: Data Leak: Source IP: (\S+)(?: and \d+ more)?; Destination IP: (\S+)(?: and \d+ more)?;(?: Domain: (\S+);)? Total Byte Exfil: (\d+); Events: (\d+); Window: \w+(?: to (\S+Z))?(?:; Grown by: -?[\d.]+ [kMGTPEZY]?B since the last alert \d+ (?:s|min|h|days) ago)?; Rule: data-leak; Alert: (\w+)(?:; AS: (AS\d+))?; FQDN: [^;]+\n$/;

/** Counts what the histories did, to know that they did something. */
export interface Tallies {
  [what: string]: number;
}

/** A record that arrived at the receiver. */
interface Heard {
  readonly alertId: string;
  readonly group: string;
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  readonly isAcknowledged: boolean;
  /** The sender may have died before it could write the outcome down. */
  readonly isDoubtful: boolean;
}

/** An alert that was heard, and how many rows had been written when it was decided. */
interface Told {
  /** The look up to which it speaks for its episode, and the newest event by then. */
  readonly at: number;
  readonly newest: number;
  readonly written: number;
}

/** A run in which nothing remains due has an error only when no source of its window can be used. */
export function checkError({ error, now }: RunOutcome, world: World, terms: Terms): void {
  if (lacksSources(world, now, terms)) expect(String(error)).toContain('source address');
  else expect(error).toBeNull();
}

/** Judges each run of one schedule by sections 2, 4 and 5 of the contract. */
export class ScheduleOracle {
  private episodes: readonly Episode[] = [];
  private evaluatedUntil: number | null = null;
  private readonly heardIds = new Map<string, string>();
  private readonly told = new Map<string, Told>();
  /** When an alert that is due was decided last, by episode: the number of rows written by then. */
  private readonly decided = new Map<string, number>();

  constructor(private readonly tallies: Tallies) {}

  judge(now: number, world: World, terms: Terms): Judgement {
    return judge(this.episodes, this.evaluatedUntil, now, world, terms);
  }

  check(run: RunOutcome, world: World, terms: Terms, written: number): void {
    const judgement = this.judge(run.now, world, terms);
    this.count('runs');
    if (run.isKilled) this.count('kills');
    if (judgement.behind > 0) this.checkClock(run, judgement);
    else if (run.isKilled && run.evaluatedUntil !== run.now) {
      expect(run.connections).toEqual([]);
      this.checkNothingWritten(run);
    } else this.checkCompleted(run, world, terms, judgement, written);
  }

  private checkCompleted(run: RunOutcome, world: World, terms: Terms, judgement: Judgement, written: number): void {
    expect(run.evaluatedUntil, `the run ended with ${run.error}`).toBe(run.now);
    if (judgement.looks.length > 1) this.count('catch-ups');
    this.evaluatedUntil = run.now;
    checkAllAlerted(judgement);
    const sending = judgement.episodes.filter(({ due }) => due !== null);
    const after = this.deliver(run, judgement, terms, written);
    expect(shown(run.episodes.map(fromRow), run.now)).toEqual(shown(after, run.now));
    expect(new Set(run.episodes.map(({ id }) => id)).size).toBe(run.episodes.length);
    this.episodes = after;
    if (run.isKilled) return;
    const open = after.filter(({ due }) => due !== null).length;
    if (open === 0) checkError(run, world, terms);
    else expect(String(run.error)).toContain(`; ${open} alert${open === 1 ? '' : 's'} still due`);
    expect(run.stderr.split('catching up').length).toBeLessThanOrEqual(2);
    this.checkReport(run, world, terms, judgement, sending, after);
  }

  /** After the last run, in which nothing went wrong. */
  checkNothingDue(): void {
    expect(this.episodes.filter(({ due }) => due !== null)).toEqual([]);
  }

  private checkNothingWritten(run: RunOutcome): void {
    expect(run.evaluatedUntil).toBe(this.evaluatedUntil);
    expect(shown(run.episodes.map(fromRow), run.now)).toEqual(shown(this.episodes, run.now));
  }

  private checkClock(run: RunOutcome, { behind }: Judgement): void {
    this.count('set-backs');
    expect(run.connections).toEqual([]);
    this.checkNothingWritten(run);
    if (run.isKilled) return;
    expect(run.stdout).toBe('');
    if (behind > SLIGHTLY_BEHIND_SECONDS) expect(String(run.error)).toContain('behind the last completed run');
    else {
      expect(run.error).toBeNull();
      expect(run.stderr).toContain('behind the last completed run');
    }
  }

  /** Checks what was sent and in which order, and how it was recorded; a killed run may have recorded the last one or not. */
  private deliver(run: RunOutcome, { episodes }: Judgement, terms: Terms, written: number): Episode[] {
    const heard = this.hear(run, terms);
    const isExpected = (one: Heard) =>
      episodes.some(({ group, due }) => due && group === one.group && isSame(one, due));
    expect({
      heard: heard.filter((one) => !isExpected(one)),
      due: heard.every(isExpected) ? [] : episodes.filter(({ due }) => due),
    }).toEqual({ heard: [], due: [] });
    const rows = new Map(run.episodes.map((row) => [keyOf(fromRow(row)), row]));
    const failed = run.connections.filter(({ verdict }) => verdict !== 'acknowledge' && verdict !== 'die-after');
    const refused = failed.length - heard.filter(({ isAcknowledged }) => !isAcknowledged).length;
    const sent: Sent[] = [];
    let [unheardFailures, untried] = [0, 0];
    const after = episodes.map((episode) => {
      const { due } = episode;
      if (!due) return episode;
      const key = keyOf(episode);
      if (due !== this.episodes.find((other) => keyOf(other) === key)?.due) this.decided.set(key, written);
      const record = heard.find((one) => one.group === episode.group && isSame(one, due));
      const row = rows.get(key);
      expect(row, `${key} is stored`).toBeDefined();
      const stored = fromRow(row as EpisodeRow);
      if (record) {
        this.checkNews(episode, due, terms, record, written);
        this.checkId(record, due, key);
      }
      const isRecorded = stored.due === null;
      if (record?.isAcknowledged && !record.isDoubtful) expect(isRecorded, `${key} is recorded`).toBe(true);
      if (!record?.isAcknowledged) expect(isRecorded, `${key} is not recorded`).toBe(false);
      if (isRecorded) {
        const said = { ...due.covers, bytes: due.fact.bytes, scope: scopeOf(terms, due.fact.asOf) };
        sent.push({ due, isOpen: episode.closedAt === null, at: record ? heard.indexOf(record) : -1 });
        return { ...episode, said, due: null };
      }
      const failures = stored.due?.failures ?? 0;
      expect([due.failures, due.failures + 1]).toContain(failures);
      if (record && !record.isDoubtful) expect(failures).toBe(due.failures + 1);
      if (!record) {
        if (failures > due.failures) unheardFailures++;
        else untried++;
      }
      const alertId = stored.due?.alertId ?? null;
      if (due.alertId !== null) expect(alertId).toBe(due.alertId);
      return { ...episode, due: { ...due, failures, alertId } };
    });
    expect(heard.length).toBe(new Set(heard.map(({ alertId }) => alertId)).size);
    expect(Math.abs(unheardFailures - refused)).toBeLessThanOrEqual(run.isKilled ? 1 : 0);
    if (!run.isKilled && longestRefusal(run.connections) < DEAD_AFTER) expect(untried).toBe(0);
    this.checkOrder(sent);
    this.count('alerts', sent.length);
    if (failed.length > 0) this.count('failures');
    return after;
  }

  /** Those tried least often first, of these the open ones, of these the largest. */
  private checkOrder(sent: readonly Sent[]): void {
    const inOrder = [...sent].sort((a, b) => a.at - b.at);
    for (const [index, { due, isOpen }] of inOrder.entries()) {
      const next = inOrder[index + 1];
      if (!next) return;
      const rank = (one: Due, open: boolean) => one.failures * 2 + (open ? 0 : 1);
      const [here, there] = [rank(due, isOpen), rank(next.due, next.isOpen)];
      expect(here).toBeLessThanOrEqual(there);
      if (here === there) expect(due.fact.bytes >= next.due.fact.bytes).toBe(true);
    }
  }

  private checkId({ alertId }: Heard, due: Due, key: string): void {
    if (due.alertId !== null) expect(alertId).toBe(due.alertId);
    else expect(this.heardIds.has(alertId)).toBe(false);
    if (this.heardIds.has(alertId)) {
      expect(this.heardIds.get(alertId)).toBe(key);
      this.count('repeats');
    }
    this.heardIds.set(alertId, key);
  }

  /** No alert without bytes that are newer than the group's last one, or were written after it. */
  private checkNews(episode: Episode, due: Due, { groupBy }: Terms, { alertId }: Heard, written: number): void {
    if (this.heardIds.has(alertId)) return;
    const { group } = episode;
    const told = this.told.get(group);
    const decided = this.decided.get(keyOf(episode)) ?? written;
    // Of several episodes of one gap, those that are open were sent first.
    if (told && due.covers.at < told.at) return;
    // With names that change, what belongs to a group changes too.
    if (told && !groupBy.includes('domain')) {
      expect(due.covers.newest > told.newest || decided > told.written, `${group} has new bytes`).toBe(true);
    }
    this.told.set(group, { ...due.covers, written: decided });
  }

  private hear({ connections, isKilled, now }: RunOutcome, { groupBy }: Terms): Heard[] {
    return connections.flatMap(({ verdict, bytes: read }, index) => {
      const text = read.toString('utf8');
      if (text === '') return [];
      expect(text, 'one record of the documented form').toMatch(ALERT);
      const [, source, destination, domain, bytes = '', events, late, alertId = '', as = destination] =
        ALERT.exec(text) ?? [];
      const fields = { source, destination, domain, as };
      return {
        alertId,
        group: groupBy.map((field) => fields[field]).join(' '),
        asOf: late ? Date.parse(late) / 1000 : now,
        bytes: BigInt(bytes),
        events: Number(events),
        isAcknowledged: verdict !== 'lose',
        isDoubtful: isKilled && index === connections.length - 1,
      };
    });
  }

  private checkReport(
    run: RunOutcome,
    { rows }: World,
    terms: Terms,
    { leaks, isLeftOut }: Judgement,
    sending: readonly Episode[],
    after: readonly Episode[],
  ): void {
    const { asOf, events, shownLeaks } = readReport(run.stdout);
    expect(asOf).toBe(run.now);
    const matched = rows.filter((row) => inWindow(row, asOf, terms));
    const unreadable = matched.filter(({ bytes }) => bytes === null).length;
    const excluded = matched.filter((row) => row.bytes !== null && isLeftOut(row, asOf)).length;
    const counted = matched.length - excluded - unreadable;
    expect(events).toMatchObject({ matched: matched.length, counted, excluded, unreadable });
    const isSent = (episode: Episode) => after.find((other) => keyOf(other) === keyOf(episode))?.due === null;
    const outcomeOf = (episode: Episode) => (isSent(episode) ? 'sent' : 'failed');
    expect(shownLeaks).toEqual(reportedLeaks(leaks, sending, outcomeOf));
    for (const { status } of leaks) this.count(status);
  }

  private count(what: string, by = 1): void {
    this.tallies[what] = (this.tallies[what] ?? 0) + by;
  }
}

/** Whatever was above the threshold at a look has an alert that was acknowledged or is due. */
function checkAllAlerted({ crossings, episodes }: Judgement): void {
  for (const { group, fact } of crossings) {
    const isTold = episodes.some(({ said, due, openedAt, closedAt, ...episode }) => {
      if (episode.group !== group || !(said || due)) return false;
      // Only a wrong clock alerts an episode before it opens.
      const isWithin =
        (openedAt <= fact.asOf || (said !== null && said.at < openedAt)) && (closedAt === null || fact.asOf < closedAt);
      return isWithin || [said?.newest ?? -1, due?.covers.newest ?? -1].some((newest) => newest >= fact.lastSeen);
    });
    expect(isTold, `${group} was above the threshold at ${fact.asOf}`).toBe(true);
  }
}

interface Sent {
  readonly due: Due;
  readonly isOpen: boolean;
  readonly at: number;
}

/** The lines of a report as text, sorted. */
export function reportedLeaks(
  leaks: Judgement['leaks'],
  sending: readonly Episode[],
  outcomeOf: (episode: Episode) => string,
): string[] {
  const isAlerted = (group: string) => sending.some((one) => one.group === group && one.closedAt === null);
  const line = (group: string, { fact, status }: Pick<Due, 'fact' | 'status'>, outcome: string) =>
    [group, fact.asOf, fact.bytes, fact.events, fact.firstSeen, fact.lastSeen, status, outcome].join(' ');
  return [
    ...sending.map((episode) => line(episode.group, episode.due as Due, outcomeOf(episode))),
    ...leaks.filter(({ group }) => !isAlerted(group)).map(({ group, ...leak }) => line(group, leak, 'none')),
  ].sort();
}

/** The AS of a group, or the one address that stands for itself. */
export function systemText({ as, destinations }: Pick<ReportText['leaks'][number], 'as' | 'destinations'>) {
  return as ? `AS${as.number}` : destinations?.top[0]?.address;
}

/** Parses a report into the form in which reports are compared. */
export function readReport(stdout: string) {
  // Byte counts may be beyond 2^53: JSON.parse would round them.
  const report = JSON.parse(stdout.replace(/"bytes": (\d+)/g, '"bytes": "$1"')) as ReportText;
  const bytes = report.leaks.map((leak) => BigInt(leak.bytes));
  expect(bytes).toEqual(bytes.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
  const line = (leak: ReportText['leaks'][number]) =>
    [
      ...[leak.source, leak.destination, leak.domain].filter((part) => part !== null),
      ...(report.groupBy.includes('as') ? [systemText(leak)] : []),
      ...[leak.asOf ?? report.asOf, leak.bytes, leak.events, leak.firstSeen, leak.lastSeen, leak.status, leak.alert],
    ].join(' ');
  return { asOf: report.asOf, events: report.events, shownLeaks: report.leaks.map(line).sort() };
}

interface ReportText {
  readonly asOf: number;
  readonly groupBy: readonly string[];
  readonly events: { matched: number; counted: number; excluded: number; unreadable: number };
  readonly leaks: readonly {
    source: string | null;
    destination: string | null;
    domain: string | null;
    as: { readonly number: number } | null;
    destinations?: { readonly top: readonly { readonly address: string }[] };
    bytes: string;
    events: number;
    firstSeen: number;
    lastSeen: number;
    status: string;
    alert: string;
    asOf?: number;
  }[];
}

function isSame({ asOf, bytes, events }: Heard, { fact }: Due): boolean {
  return asOf === fact.asOf && bytes === fact.bytes && events === fact.events;
}

function keyOf({ group, openedAt }: Pick<Episode, 'group' | 'openedAt'>): string {
  return `${group} ${openedAt}`;
}

function fromRow(row: EpisodeRow): Episode {
  const { alerted_at, alerted_bytes, alerted_newest, pending_alert } = row;
  const due = pending_alert === null ? null : (JSON.parse(pending_alert) as StoredAlert);
  return {
    ...{ group: row.group_key, openedAt: row.opened_at, closedAt: row.closed_at },
    said:
      alerted_at === null
        ? null
        : { at: alerted_at, newest: Number(alerted_newest), bytes: BigInt(alerted_bytes ?? 0), scope: '' },
    due: due && {
      fact: { ...due.leak, bytes: BigInt(due.leak.bytes) },
      status: due.leak.status,
      covers: due.covers ?? { at: due.leak.asOf, newest: due.leak.lastSeen },
      failures: due.failures,
      alertId: due.alertId,
    },
  };
}

interface StoredAlert {
  readonly alertId: string;
  readonly failures: number;
  readonly covers?: { readonly at: number; readonly newest: number };
  readonly leak: {
    readonly asOf: number;
    readonly bytes: string;
    readonly events: number;
    readonly firstSeen: number;
    readonly lastSeen: number;
    readonly status: string;
  };
}

const KEPT_SECONDS = 30 * 86_400;

/** Episodes as text, sorted; those that may have been deleted by now are left out. */
function shown(episodes: readonly Episode[], now: number): string[] {
  return episodes
    .filter(({ closedAt, due }) => closedAt === null || due !== null || closedAt >= now - KEPT_SECONDS)
    .map(({ group, openedAt, closedAt, said, due }) => {
      const told = said && [said.at, said.newest, said.bytes].join(' ');
      const { fact, status, covers, failures } = due ?? {};
      const waits = fact && [fact.asOf, fact.bytes, fact.events, fact.firstSeen, fact.lastSeen].join(' ');
      return `${group} ${openedAt}-${closedAt}: told ${told}; due ${status} ${waits} ${covers?.at} ${covers?.newest} ${failures}`;
    })
    .sort();
}

function longestRefusal(connections: readonly ScriptedConnection[]): number {
  let longest = 0;
  let current = 0;
  for (const { verdict } of connections) {
    current = verdict === 'acknowledge' ? 0 : current + 1;
    longest = Math.max(longest, current);
  }
  return longest;
}
