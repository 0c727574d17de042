import { describe, expect, inject } from 'vitest';
import { insertEvents, insertName, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { receiverTest as base, created, started } from '../support/fixtures.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { DATABASES } from '../support/servers/databases.ts';
import { startDistance } from '../support/servers/distant-server.ts';

const SOURCE = '10.1.1.5';

/** What a run waits for once it is connected: clock, lock, episodes, last run, events, names, pruning, recording. */
const A_RUN = 8;
/** The clock, episodes, last run, events, names. */
const A_DRY_RUN = 5;
/** The last alerts of closed episodes, begin, insert, proof that the rows can be changed, commit. */
const TO_RESERVE_ALERTS = 5;
/** Begin, update, commit. */
const TO_CLOSE_EPISODES = 3;

describe.each([
  // Greeting, password, settings.
  { kind: 'mariadb', withoutTls: 'ssl-mode=disabled', connecting: 1 + 3 },
  // User, challenge and proof of the password, settings.
  { kind: 'postgres', withoutTls: 'sslmode=disable', connecting: 1 + 4 },
] as const)('$kind: what a run costs on a link with latency', ({ kind, withoutTls, connecting }) => {
  const test = base
    .extend('database', created<TestDatabase>(DATABASES[kind]))
    .extend('distance', started(startDistance, inject(kind).port))
    /** Runs with latency. @returns what became of the leaks, and what it cost */
    .extend('run', ({ database, distance }) => async (...args: string[]) => {
      const url = `${database.url.replace(/:\d+\//, `:${distance.port}/`)}?${withoutTls}`;
      const { leaks } = await reportOf({ url, env: database.env }, args);
      const statuses: Record<string, number> = {};
      for (const { status, alert } of leaks) {
        statuses[`${status} ${alert}`] = (statuses[`${status} ${alert}`] ?? 0) + 1;
      }
      return { statuses, ...distance.count() };
    });

  const epoch = Math.floor(Date.now() / 1000) - 600;

  /** Inserts the leaks with the numbers `from` to `to` - 1, each with a host name. */
  async function addLeaks(database: TestDatabase, from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) {
      const destination = `198.18.${number >> 8}.${number & 255}`;
      await insertEvents(database, [{ epoch, destination, bytes: 120 * MB }]);
      await insertName(database, SOURCE, destination, `host${number}.example.net`, epoch);
    }
  }

  test('a fixed number of round trips, whatever the number of known leaks; a dry run has half of them', async ({
    database,
    run,
  }) => {
    const cost = { connections: 2, roundTrips: 2 * connecting + A_RUN };
    const dryCost = { connections: 1, roundTrips: connecting + A_DRY_RUN };
    let added = 0;
    for (const count of [1, 500]) {
      await addLeaks(database, added, count);
      await run();
      const statuses = { 'known none': count };
      expect(await run()).toEqual({ statuses, ...cost });
      expect(await run('--dry-run')).toEqual({ statuses, ...dryCost });
      added = count;
    }
    await database.query(`update alm_bulletin_board_data set message = replace(message, '120000000', '5000000')`);
    const toClose = { connections: 2, roundTrips: cost.roundTrips + TO_CLOSE_EPISODES };
    expect(await run()).toEqual({ statuses: {}, ...toClose });
    expect(await run()).toEqual({ statuses: {}, ...cost });
  });

  test('each new alert costs one more, to record it as sent before the next one is sent', async ({
    database,
    receiver,
    run,
  }) => {
    await run();
    const cost = 2 * connecting + A_RUN + TO_RESERVE_ALERTS;
    const syslog = ['--syslog', receiver.url];
    await addLeaks(database, 0, 1);
    expect(await run(...syslog)).toMatchObject({ statuses: { 'new sent': 1 }, roundTrips: cost + 1 });
    await addLeaks(database, 1, 41);
    expect(await run(...syslog)).toMatchObject({
      statuses: { 'known none': 1, 'new sent': 40 },
      roundTrips: cost + 40,
    });
    expect(receiver.records()).toHaveLength(41);
  });
});
