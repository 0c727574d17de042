import { expect } from 'vitest';
import { insertEvents, type TestEvent } from '../builders/events.ts';
import { created, receiverTest } from '../fixtures.ts';
import { parseAlert, type ReceivedAlert } from '../receivers/parse-alert.ts';
import { NOBODY_LISTENS, type Receiver } from '../receivers/receiver.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../servers/sqlite.ts';
import { type JsonReport, parseReport } from './json-report.ts';
import { type CommandResult, runOn, startOn } from './leaktally.ts';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A time to count from: 2025-11-24 16:00:00 UTC, between two slots of no importance. */
export const T = 1_764_000_000;

/** Lets the clock of the command stand at this time. */
export function clockAt(seconds: number): Record<string, string> {
  const script = `Date.now = () => ${seconds * 1000};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

/** Tests of runs on SQLite at any time; all times are in seconds from `T`. */
export const test = receiverTest
  .extend('database', created(createSqliteDatabase))
  .extend('schedule', ({ database, receiver }) => new TimedSchedule(database, receiver));

class TimedSchedule {
  constructor(
    readonly database: SqliteDatabase,
    private readonly receiver: Receiver,
  ) {}

  /** Events of the usual pair unless they say more. */
  events(...events: readonly (readonly [after: number, bytes: number, more?: Partial<TestEvent>])[]): Promise<void> {
    return insertEvents(
      this.database,
      events.map(([after, bytes, more]) => ({ epoch: T + after, bytes, ...more })),
    );
  }

  /** Events of another policy every 15 minutes: the collector is alive. */
  async signs(from: number, to: number): Promise<void> {
    const count = Math.floor((to - from) / (15 * MINUTE)) + 1;
    const more = { policy: 'Another report', source: '10.9.9.9' };
    await this.events(...Array.from({ length: count }, (_, index) => [from + index * 15 * MINUTE, 1, more] as const));
  }

  run(after: number, ...args: readonly string[]): Promise<CommandResult> {
    return runOn(this.database, ['--threshold', '100', '--syslog', this.receiver.url, ...args], {
      env: clockAt(T + after),
    });
  }

  start(after: number, ...args: readonly string[]) {
    return startOn(this.database, ['--threshold', '100', ...args], { env: clockAt(T + after) });
  }

  /** A run that has to end well. */
  async ok(after: number, ...args: readonly string[]): Promise<CommandResult> {
    const result = await this.run(after, ...args);
    expect(result.code, result.stderr).toBe(0);
    return result;
  }

  async report(after: number, ...args: readonly string[]): Promise<JsonReport> {
    return parseReport(await this.ok(after, '--format', 'json', ...args));
  }

  /** A run whose alerts nobody takes. */
  async unheard(after: number, ...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.run(after, '--syslog', NOBODY_LISTENS, ...args);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('still due') });
  }

  alerts(): ReceivedAlert[] {
    return this.receiver.records().map(parseAlert);
  }

  /** What each alert said of its total and its window, oldest first. */
  heard(): string[] {
    return this.alerts().map((alert) => `${alert['Total Byte Exfil']} in ${alert.Window}`);
  }

  episodes(): Promise<readonly { id: string; opened_at: number; closed_at: number | null }[]> {
    return this.database.query('select * from leaktally_state order by opened_at');
  }
}

/** How an alert of an earlier look names the end of its window. */
export function until(after: number): string {
  return `to ${new Date((T + after) * 1000).toISOString().replace('.000', '')}`;
}
