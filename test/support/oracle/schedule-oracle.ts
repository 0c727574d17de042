import { expect } from 'vitest';
import type { ScriptedConnection } from '../receivers/scripted-receiver.ts';
import {
  type AlertTerms,
  addUp,
  GroupOracle,
  groupOf,
  type HeardAlert,
  inWindow,
  outstanding,
  type Row,
} from './group-oracle.ts';
import type { RunOutcome } from './simulation.ts';

/** Episodes close only while the newest row is at most this fraction of the window old. */
const FRESH_PARTS = 12;
/** Time without a completed run is looked at this often per window, and at most so often in one run. */
const [LOOKS_PER_WINDOW, MOST_LOOKS] = [12, 200];
/** A schedule runs every five minutes, and a run may be late. */
const FRESH_AT_LEAST_SECONDS = 900;
/** A receiver is given up after this many refusals in a row; before that, the other alerts are tried. */
const DEAD_AFTER = 3;

const ALERT =
  /^<174>.* DATAEXFIL\[\d+\]: Data Leak: Source IP: (.+); Destination IP: (.+); Total Byte Exfil: (\d+); Events: (\d+); Window: \w+(?: to (\S+Z))?(?:; Grown by: -?[\d.]+ [kMGTPEZY]?B since the last alert \d+ (?:s|min|h|days) ago)?; FQDN: none; Rule: data-leak; Alert: (\w+)\n$/;

interface ReportText {
  readonly asOf: number;
  readonly events: { matched: number; counted: number; excluded: number; unreadable: number };
  readonly leaks: readonly {
    source: string | null;
    destination: string | null;
    bytes: string;
    events: number;
    firstSeen: number;
    lastSeen: number;
    status: string;
    alert: string;
    asOf?: number;
  }[];
}

/** How often each thing happened in the histories, to prove that it did. */
export interface Tallies {
  [what: string]: number;
}

/** Judges each run of one schedule by sections 2, 4 and 5 of the contract. */
export class ScheduleOracle {
  private readonly groups = new Map<string, GroupOracle>();
  private readonly heardIds = new Set<string>();
  private evaluatedUntil: number | null = null;

  constructor(
    private readonly terms: AlertTerms,
    private readonly tallies: Tallies,
  ) {}

  check(run: RunOutcome, rows: readonly Row[]): void {
    const times = this.times(run.now);
    const done = times.filter((time) => run.evaluatedUntil !== null && time <= run.evaluatedUntil);
    if (run.evaluatedUntil !== this.evaluatedUntil) expect(times).toContain(run.evaluatedUntil);
    if (!run.isKilled) expect(run.evaluatedUntil, `the run ended with ${run.error}`).toBe(times.at(-1));
    const heard = this.hear(run);
    const failures = run.connections.filter(({ verdict }) => verdict !== 'acknowledge').length;
    for (const row of rows) this.group(groupOf(row, this.terms.groupBy));
    for (const { group } of heard) expect([...this.groups.keys()]).toContain(group);
    for (const [name, group] of this.groups) {
      group.begin(heard.filter((record) => record.group === name));
      for (const time of done) group.complete(rows, time, this.isFresh(rows, time));
      const cut = times[done.length];
      if (cut !== undefined) group.interrupt(rows, cut);
      group.end(!run.isKilled && failures === 0, run.open.includes(name));
    }
    this.count('runs');
    this.count('evaluations', done.length);
    this.count('alerts', heard.length);
    if (run.isKilled) this.count('kills');
    if (failures > 0) this.count('failures');
    this.evaluatedUntil = run.evaluatedUntil;
    if (run.isKilled) expect(run.error).not.toBeNull();
    else this.checkEnd(run, rows, failures);
  }

  /** A run that was not killed: what it printed, and which alerts it called due. */
  private checkEnd(run: RunOutcome, rows: readonly Row[], failures: number): void {
    this.checkReport(run, rows);
    const counts = [...this.groups.values()].map(({ states }) => [...new Set(states.map(outstanding))]);
    const due = counts.reduce((sum, [count = 0]) => sum + count, 0);
    if (longestRefusal(run.connections) < DEAD_AFTER) expect(due).toBeLessThanOrEqual(failures);
    if (!counts.every(({ length }) => length === 1)) return;
    if (due === 0) {
      if (failures === 0) expect(run.error).toBeNull();
    } else expect(String(run.error)).toContain(`; ${due} alert${due === 1 ? '' : 's'} still due`);
  }

  private checkReport({ stdout, connections, evaluatedUntil }: RunOutcome, rows: readonly Row[]): void {
    // Byte counts may exceed 2^53, which JSON.parse would round.
    const report = JSON.parse(stdout.replace(/"bytes": (\d+)/g, '"bytes": "$1"')) as ReportText;
    const { asOf, events } = report;
    expect(asOf).toBe(evaluatedUntil);
    const matched = rows.filter((row) => inWindow(row, asOf, this.terms.windowSeconds));
    const unreadable = matched.filter(({ bytes }) => bytes === null).length;
    expect(events).toMatchObject({ matched: matched.length, counted: matched.length - unreadable, unreadable });
    const current = report.leaks.filter((leak) => leak.asOf === undefined);
    const expected = [...this.groups.keys()]
      .map((group) => ({ group, ...addUp(rows, group, asOf, this.terms) }))
      .filter(({ bytes }) => bytes > this.terms.thresholdBytes);
    const shown = current.map((leak) => ({ ...leak, group: this.terms.groupBy.map((field) => leak[field]).join(' ') }));
    const facts = expected.map(({ group, bytes, events, firstSeen, lastSeen }) => ({
      ...{ group, bytes: `${bytes}`, events, firstSeen, lastSeen },
    }));
    const bytes = shown.map((leak) => BigInt(leak.bytes));
    expect(bytes).toEqual(bytes.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
    expect(shown).toHaveLength(facts.length);
    expect(shown).toEqual(expect.arrayContaining(facts.map((fact) => expect.objectContaining(fact))));
    for (const { group, status, alert } of shown) {
      const states = this.group(group).states;
      expect(states.map((state) => state.shown)).toContain(status);
      expect(alert === 'none').toBe(status === 'known');
      if (alert === 'failed') expect(longestRefusal(connections)).toBeGreaterThan(0);
      this.count(status);
    }
  }

  /** When this run must look at the window: in steps since the last completed run, and now. */
  private times(now: number): number[] {
    const since = this.evaluatedUntil ?? now;
    const step = Math.floor(this.terms.windowSeconds / LOOKS_PER_WINDOW);
    const missed = Math.max(0, Math.ceil((now - since) / step) - 1);
    const times = [...Array.from({ length: missed }, (_, index) => since + (index + 1) * step), now];
    // The next run does the rest.
    return times.slice(0, MOST_LOOKS);
  }

  private hear({ connections, isKilled, now }: RunOutcome): HeardAlert[] {
    return connections.flatMap(({ verdict, bytes: read }, index) => {
      const text = read.toString('utf8');
      if (text === '') return [];
      const [, source, destination, bytes = '', events, late, alertId = ''] = ALERT.exec(text) ?? [];
      expect(text, 'one record of the documented form').toMatch(ALERT);
      const addresses = { source, destination };
      const isNew = !this.heardIds.has(alertId);
      this.heardIds.add(alertId);
      if (!isNew) this.count('repeats');
      return {
        alertId,
        group: this.terms.groupBy.map((field) => addresses[field]).join(' '),
        asOf: late ? Date.parse(late) / 1000 : now,
        bytes: BigInt(bytes),
        events: Number(events),
        isNew,
        acknowledged: verdict !== 'lose' && (isKilled && index === connections.length - 1 ? 'doubtful' : true),
      };
    });
  }

  /** An end is only believed while the collector is alive: recent rows of any kind prove it. */
  private isFresh(rows: readonly Row[], asOf: number): boolean {
    const tolerance = Math.max(this.terms.windowSeconds / FRESH_PARTS, FRESH_AT_LEAST_SECONDS);
    return rows.some(({ epoch }) => epoch >= asOf - tolerance);
  }

  private group(name: string): GroupOracle {
    const group = this.groups.get(name) ?? new GroupOracle(name, this.terms);
    this.groups.set(name, group);
    return group;
  }

  private count(what: string, by = 1): void {
    this.tallies[what] = (this.tallies[what] ?? 0) + by;
  }
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
