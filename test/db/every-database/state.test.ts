import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { insertEvents, MB } from '../../support/builders/events.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { alertDestinations, parseAlert } from '../../support/receivers/parse-alert.ts';
import type { TestDatabase } from '../../support/servers/database.ts';
import type { DatabaseKind } from '../../support/servers/databases.ts';

/** Creates a schema for the state where there can be more than one. */
const OWN_SCHEMA: Readonly<Record<DatabaseKind, (database: TestDatabase) => Promise<string>>> = {
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

onEveryDatabase((test, kind) => {
  test('alerts each leak once, and again when it is new again', async ({ database, receiver, report }) => {
    const now = await database.now();
    await insertEvents(database, [
      { epoch: now - 600, bytes: 60 * MB },
      { epoch: now - 300, bytes: 60 * MB },
    ]);
    const leaks = [...(await report()).leaks, ...(await report()).leaks];
    expect(leaks.map(({ status, alert }) => [status, alert])).toEqual([
      ['new', 'sent'],
      ['known', 'none'],
    ]);
    await insertEvents(database, [{ epoch: now - 1, bytes: 120 * MB }]);
    expect((await report()).leaks[0]).toMatchObject({
      status: 'grown',
      alert: 'sent',
      bytes: 240 * MB,
    });
    await database.query('delete from alm_bulletin_board_data where epoch < ?', [now - 200]);
    await database.query('update alm_bulletin_board_data set message = ?', [
      'Exceeded 5 MB in 5 sum_octetdeltacount : 50000000',
    ]);
    expect((await report()).leaks).toEqual([]);
    const [episode] = await database.query('select closed_at from leaktally_state');
    expect(episode?.closed_at).not.toBeNull();
    await sleep(1000);
    await insertEvents(database, [{ epoch: now, bytes: 60 * MB }]);
    expect((await report()).leaks[0]).toMatchObject({ status: 'new', alert: 'sent' });
    const alerts = receiver.records().map(parseAlert);
    expect(alerts.map((alert) => alert['Total Byte Exfil'])).toEqual(['120000000', '240000000', '110000000']);
    expect(new Set(alerts.map(({ Alert }) => Alert)).size).toBe(3);
  });

  test('a dry run writes nothing, and knows what was alerted before', async ({ database, receiver, run, report }) => {
    const now = await database.now();
    await insertEvents(database, [{ epoch: now - 300, bytes: 101 * MB }]);
    const first = await report('--dry-run');
    expect(first.leaks[0]).toMatchObject({ status: 'new', alert: 'would-send' });
    await expect(database.query('select * from leaktally_state')).rejects.toThrow();
    await run();
    const second = await report('--dry-run');
    expect(second.leaks[0]).toMatchObject({ status: 'known', alert: 'none' });
    expect(receiver.records()).toHaveLength(1);
  });

  test('keeps state in the given schema and table, and nowhere else', async ({ database, receiver, report }) => {
    const schema = await OWN_SCHEMA[kind](database);
    await insertEvents(database, [{ epoch: (await database.now()) - 60, bytes: 120 * MB }]);
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
      // The default table knows nothing of it.
      expect((await report()).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
      expect(alertDestinations(receiver.records())).toEqual(['203.0.113.9', '203.0.113.9']);
    } finally {
      if (kind === 'mariadb') await database.query(`drop database ${schema}`);
    }
  });
});
