import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MB } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import type { JsonReport } from '../support/command/report.ts';
import { parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { type AnyDatabase, addEvents, addName, DATABASES } from '../support/servers/databases.ts';

const NOW = 1_763_950_000;

/** A schema for the state: one that is made for it, or the only one that there always is. */
const OWN_SCHEMA: Readonly<Record<string, (database: AnyDatabase) => Promise<string>>> = {
  mariadb: async (database) => {
    const name = `own${new URL(database.url).pathname.slice(1)}`;
    await database.query(`create database ${name}`);
    return name;
  },
  postgres: async (database) => {
    await database.query('create schema own');
    return 'own';
  },
  sqlite: async () => 'main',
};

describe.each(Object.entries(DATABASES))('%s', (kind, create) => {
  let database: AnyDatabase;
  let receiver: Receiver;
  beforeEach(async () => {
    [database, receiver] = await Promise.all([create(), startReceiver()]);
  });
  afterEach(async () => {
    await receiver.stop();
    await database.drop();
  });

  /** The report of a run that has nothing to complain about. */
  const report = async (...args: string[]): Promise<JsonReport> => {
    const options = { env: { ...database.env, LEAKTALLY_SYSLOG: receiver.url } };
    const all = ['--database', database.url, '--format', 'json', ...args];
    const { code, stdout, stderr } = await leaktally(all, options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as JsonReport;
  };

  test('groups by either end, and says what is behind the group', async () => {
    const destinations = Array.from({ length: 7 }, (_, index) => ({
      epoch: NOW - index,
      destination: `203.0.113.${index}`,
      bytes: (20 + index) * MB,
    }));
    await addEvents(database, [
      ...destinations,
      { epoch: NOW, destination: '::ffff:203.0.113.0', bytes: 100 * MB },
      { epoch: NOW, destination: null, bytes: 50 * MB },
      { epoch: NOW, source: null, destination: '203.0.113.6', bytes: 90 * MB },
      { epoch: NOW, source: '2001:db8::1f', destination: '203.0.113.6', bytes: 1 },
    ]);
    const top = (addresses: Record<string, number>) =>
      Object.entries(addresses).map(([address, bytes]) => ({ address, bytes }));
    const bySource = await report('--as-of', `${NOW}`, '--group-by', 'source');
    expect(bySource.leaks).toMatchObject([
      {
        source: '10.1.1.5',
        destination: null,
        bytes: 311 * MB,
        events: 9,
        destinations: {
          count: 8,
          top: top({
            '203.0.113.0': 120 * MB,
            unknown: 50 * MB,
            '203.0.113.6': 26 * MB,
            '203.0.113.5': 25 * MB,
            '203.0.113.4': 24 * MB,
          }),
        },
      },
    ]);
    const byDestination = await report('--as-of', `${NOW}`, '--group-by', 'destination');
    expect(byDestination.leaks).toMatchObject([
      { source: null, destination: '203.0.113.0', bytes: 120 * MB, sources: { count: 1 } },
      {
        source: null,
        destination: '203.0.113.6',
        bytes: 116 * MB + 1,
        sources: { count: 3, top: top({ unknown: 90 * MB, '10.1.1.5': 26 * MB, '2001:db8::1f': 1 }) },
      },
    ]);
  });

  test('takes text of any script as it is, character by character', async () => {
    const policy = 'Überlast 漢字 😀';
    const now = Math.floor(Date.now() / 1000) - 60;
    await addEvents(database, [
      { epoch: now, policy, bytes: 60 * MB },
      { epoch: now, message: `前置き${policy}: sum_octetdeltacount=60000000漢` },
      { epoch: now, policy: policy.toLowerCase(), bytes: 1000 * MB },
      { epoch: now, policy: policy.normalize('NFD'), bytes: 1000 * MB },
      { epoch: now, policy: 'Uberlast 漢字 😀', bytes: 1000 * MB },
      { epoch: now, policy: 'Überlast 漢字 😁', bytes: 1000 * MB },
    ]);
    await addName(database, '10.1.1.5', '203.0.113.9', 'bücher-漢字-😀.example.net', now);
    const runs = [await report('--policy', policy), await report('--policy', policy)];
    for (const { policies, events } of runs) {
      expect(policies).toEqual([policy]);
      expect(events).toMatchObject({ matched: 2, counted: 2 });
    }
    const leak = { bytes: 120 * MB, fqdns: ['bücher-漢字-😀.example.net'] };
    expect(runs.map(({ leaks }) => leaks)).toMatchObject([
      [{ ...leak, status: 'new', alert: 'sent' }],
      [{ ...leak, status: 'known', alert: 'none' }],
    ]);
  });

  test('keeps state in the schema and table that are named, and nowhere else', async () => {
    const schema = (await OWN_SCHEMA[kind]?.(database)) ?? '';
    await addEvents(database, [{ epoch: Math.floor(Date.now() / 1000) - 60, bytes: 120 * MB }]);
    const args = ['--state-table', `${schema}.alerts`];
    try {
      const statuses = [];
      for (const more of [['--dry-run'], [], [], ['--dry-run']]) {
        statuses.push((await report(...args, ...more)).leaks.map(({ status, alert }) => `${status}, ${alert}`));
      }
      expect(statuses).toEqual([['new, would-send'], ['new, sent'], ['known, none'], ['known, none']]);
      const [episodes, runs] = [
        await database.query(`select group_key from ${schema}.alerts`),
        await database.query(`select rule_name from ${schema}.alerts_runs`),
      ];
      expect([episodes, runs]).toMatchObject([[{}], [{ rule_name: 'data-leak' }]]);
      await expect(database.query('select * from leaktally_state')).rejects.toThrow();
      // Another table knows nothing of it.
      expect((await report()).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
      expect(receiver.records().map((record) => parseAlert(record).destination)).toEqual([
        '203.0.113.9',
        '203.0.113.9',
      ]);
    } finally {
      if (kind === 'mariadb') await database.query(`drop database ${schema}`);
    }
  });
});
