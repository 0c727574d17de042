import { expect } from 'vitest';
import { connect } from '../../src/db/connect.ts';
import type { GroupField } from '../../src/model.ts';
import { exclusionOf } from '../../src/options/exception-subjects.ts';
import type { StoredEpisode } from '../../src/state/memory.ts';
import { openGroups } from '../../src/state/memory.ts';
import { NO_IP_DATABASES } from '../../src/tally/ip-database.ts';
import { Looks } from '../../src/tally/looks.ts';
import { readWindow, type WindowContext } from '../../src/tally/read-window.ts';
import { AS_OF, insertEvents, POLICY, sent } from '../support/builders/events.ts';
import { created, receiverTest } from '../support/fixtures.ts';
import { createSqliteDatabase } from '../support/servers/sqlite.ts';

const test = receiverTest.extend('database', created(createSqliteDatabase)).extend('look', ({ database }) => {
  /** Reads a window whose names cannot be read. @param open keys of the groups with an open episode */
  return async (groupBy: readonly GroupField[], excludeDomains: readonly string[], open: readonly string[] = []) => {
    await database.query('drop table domain_index');
    await insertEvents(database, [sent('10.1.1.5', '203.0.113.9', 40), sent('10.1.1.6', '203.0.113.8', 30)]);
    const source = await connect(
      { kind: 'sqlite', file: database.file },
      { readOnly: true, create: false, statementSeconds: 60, tables: [] },
    );
    const episodes = open.map((groupKey): [string, StoredEpisode] => [
      groupKey,
      { id: '', groupKey, openedAt: AS_OF - 600, alerted: null, pending: null },
    ]);
    const context: WindowContext = {
      source,
      ipDatabases: NO_IP_DATABASES,
      showProgress: (_, work) => work(),
      open: openGroups({ open: new Map(episodes), undelivered: [] }, groupBy),
      namesSeconds: () => 5,
    };
    const exceptions = excludeDomains.map((domain) => exclusionOf({ kind: 'domain', domain }));
    const question = {
      ...{ policies: [POLICY], windowSeconds: 3600, groupBy },
      exceptions: { includeSources: [], exceptions },
    };
    try {
      const window = await readWindow(question, context, new Looks(AS_OF, AS_OF), () => true);
      const names = await window.names(window.groups.flatMap(({ pairs }) => pairs));
      return { keys: window.groups.map(({ key }) => key), undecided: window.undecided, failure: names.failure };
    } finally {
      await source.close();
    }
  };
});

const FAILURE = expect.stringContaining('no such table: domain_index');

test('without names, a pair is a leak all the same; nothing was to be decided by them', async ({ look }) => {
  expect(await look(['source', 'destination'], [])).toEqual({
    keys: ['10.1.1.5 203.0.113.9', '10.1.1.6 203.0.113.8'],
    undecided: null,
    failure: FAILURE,
  });
});

test('an exclusion that cannot be decided excludes nothing', async ({ look }) => {
  expect(await look(['source'], ['good.example'])).toEqual({
    keys: ['10.1.1.5', '10.1.1.6'],
    undecided: FAILURE,
    failure: FAILURE,
  });
});

test('grouped by domain, a pair stands for its address, unless its source has a domain with an open episode', async ({
  look,
}) => {
  const open = ['10.1.1.5 attacker.net', '10.1.1.6 203.0.113.8'];
  expect(await look(['source', 'domain'], [], open)).toEqual({
    keys: ['10.1.1.6 203.0.113.8'],
    undecided: FAILURE,
    failure: FAILURE,
  });
});
