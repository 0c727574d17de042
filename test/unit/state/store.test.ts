import { join } from 'node:path';
import Libsql from 'libsql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import type { Database } from '../../../src/db/database.ts';
import { DatabaseError } from '../../../src/errors.ts';
import type { DueAlert } from '../../../src/state/due-alert.ts';
import { totalScopes } from '../../../src/state/identity.ts';
import { EMPTY_MEMORY, type Memory, type StoredEpisode } from '../../../src/state/memory.ts';
import type { EpisodeRecord } from '../../../src/state/rows.ts';
import type { Schedule } from '../../../src/state/schedule.ts';
import { StateStore } from '../../../src/state/store.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';
import { emptyFolder } from '../../support/folders.ts';

const NOW = 1_764_000_007;
const DAY = 86_400;
const SCHEDULE: Schedule = {
  ...{ rule: 'data-leak', groupBy: ['source', 'destination'], windowSeconds: DAY, thresholdBytes: 100 },
  policies: ['Exceeded 5 MB in 5'],
  exceptions: { includeSources: [], exceptions: [] },
};
const NO_DECISIONS = { changed: [], closed: [], due: [], isDecided: true, now: NOW, clamped: null };

/** A new state file, with stores in it until the test is over. */
async function newState() {
  const file = join(emptyFolder(), 'state.db');
  const open = async (
    schedule: Partial<Schedule> = {},
    table = 'leaktally_state',
    wrap = (database: Database) => database,
  ) => {
    const how = { readOnly: false, create: true, statementSeconds: 60, tables: [] };
    const database = await connect({ kind: 'sqlite', file }, how);
    onTestFinished(() => database.close());
    return new StateStore(wrap(database), table, { ...SCHEDULE, ...schedule });
  };
  const store = await open();
  const raw = new Libsql(file);
  onTestFinished(() => void raw.close());
  const query = <T = Record<string, unknown>>(statement: string) => raw.prepare(statement).all([]) as T[];
  const execute = (statement: string) => void raw.exec(statement);
  return { store, open, query, execute };
}

function alertOf(groupKey: string, more: Partial<DueAlert> & { bytes?: bigint; asOf?: number } = {}): DueAlert {
  const { bytes = 150n, asOf = NOW, ...rest } = more;
  const ids = { alertId: `alert-${groupKey}`, groupKey, episodeId: `row-${groupKey}`, failures: 0 };
  return { ...dueAlertOf({ ...leak, status: 'new', bytes, asOf, lastSeen: asOf - 60 }, ids), ...rest };
}

const { alert: _, ...leak } = LEAK;

/** The alert with its leak in full, to be compared. */
function plain(alert: DueAlert) {
  return { ...alert, leak: alert.leak.describe() };
}

/** What totals of now cover. */
function scopeOf(schedule: Schedule): string {
  return totalScopes(schedule).at(NOW);
}

function opening(groupKey: string, more: Parameters<typeof alertOf>[1] = {}): EpisodeRecord {
  return { stored: null, openedAt: NOW, closedAt: null, alert: alertOf(groupKey, more) };
}

async function record(store: StateStore, decisions: Partial<Parameters<StateStore['recordDecisions']>[0]>) {
  await store.recordDecisions({ ...NO_DECISIONS, ...decisions });
}

/** Opens an episode of each of these groups; their alerts were sent. */
async function openSent(store: StateStore, ...groupKeys: string[]): Promise<void> {
  await store.readOrCreate();
  const changed = groupKeys.map((key) => opening(key));
  await record(store, { changed, due: changed.map(({ alert }) => alert) });
  for (const { alert } of changed) await store.recordSent(alert);
}

async function openOf(store: StateStore, groupKey: string): Promise<StoredEpisode> {
  return (await store.readMemory()).state.open.get(groupKey) as StoredEpisode;
}

/** The alert of the group's episode that is due. */
async function pendingOf(store: StateStore, groupKey: string) {
  const { pending } = await openOf(store, groupKey);
  return pending && plain(pending);
}

const keysOf = ({ state }: Memory) => [...state.open.keys()].sort();

describe('reading', () => {
  test('without tables, nothing is remembered, and only a run that writes makes them', async () => {
    const { store, query } = await newState();
    expect(await store.readMemory()).toEqual(EMPTY_MEMORY);
    expect(await store.readLastRun()).toBeNull();
    expect(await store.readLastAlerted()).toEqual(new Map());
    expect(query('select name from sqlite_master')).toEqual([]);
    expect(await store.readOrCreate()).toEqual(EMPTY_MEMORY);
    expect(query(`select name from sqlite_master where type = 'table' order by name`)).toEqual([
      { name: 'leaktally_state' },
      { name: 'leaktally_state_runs' },
    ]);
    expect(await store.readOrCreate()).toEqual(EMPTY_MEMORY);
  });

  test('other errors than a missing table are errors, with or without writing', async () => {
    const { store, execute, query } = await newState();
    execute('create table leaktally_state (id text)');
    await expect(store.readMemory()).rejects.toThrow(/no such column/);
    await expect(store.readOrCreate()).rejects.toThrow(/no such column/);
    await expect(store.readOrCreate()).rejects.not.toThrow(/administrator/);
    expect(query('select name from sqlite_master')).toEqual([{ name: 'leaktally_state' }]);
    await expect(store.readLastAlerted()).rejects.toThrow(/no such column/);
  });

  test('where access is denied, a run that writes says what an administrator has to do', async () => {
    const { open } = await newState();
    const denied = await open({}, 'leaktally_state', (database) => ({
      ...database,
      explain: () => new DatabaseError('no such privilege', 'denied'),
    }));
    await expect(denied.readOrCreate()).rejects.toThrow(
      /^the state table leaktally_state is missing or not accessible, .*\(no such privilege\).*administrator/,
    );
    await expect(denied.readMemory()).rejects.toThrow(/^no such privilege$/);
    expect(await denied.readLastRun()).toBeNull();
    expect(await denied.readLastAlerted()).toEqual(new Map());
  });

  test('the table may have another name', async () => {
    const { open, query } = await newState();
    const store = await open({}, 'alerts');
    await openSent(store, 'g');
    expect(query('select group_key from alerts')).toEqual([{ group_key: 'g' }]);
    expect(query('select count(*) as n from alerts_runs')).toEqual([{ n: 1 }]);
  });

  test('many rows are read page by page, and written in batches', async () => {
    const { store, query } = await newState();
    await store.readOrCreate();
    const changed = Array.from({ length: 2100 }, (_, index) => opening(`g${index}`));
    await record(store, { changed });
    const memory = await store.readMemory();
    expect(memory.state.open.size).toBe(2100);
    const closed = [...memory.state.open.values()].map(({ id }, index) => ({ id, closedAt: NOW + (index % 2) }));
    await record(store, { closed });
    const { state: after } = await store.readMemory();
    expect([after.open.size, after.undelivered.length]).toEqual([0, 2100]);
    expect(query('select closed_at, count(*) as n from leaktally_state group by 1 order by 1')).toEqual([
      { closed_at: NOW, n: 1050 },
      { closed_at: NOW + 1, n: 1050 },
    ]);
  });

  test.for([2000, 2001])('a page that is full is not the last one (%i rows)', async (count) => {
    const { store } = await newState();
    await store.readOrCreate();
    await record(store, { changed: Array.from({ length: count }, (_, index) => opening(`g${index}`)) });
    expect((await store.readMemory()).state.open.size).toBe(count);
  });

  test('of two open episodes of a group the later one counts', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    const [early, late] = [NOW - 600, NOW];
    await record(store, {
      changed: [
        { ...opening('g', { episodeId: 'a' }), openedAt: early },
        { ...opening('g', { episodeId: 'b' }), openedAt: late },
        { ...opening('h', { episodeId: 'c' }), openedAt: late },
        { ...opening('h', { episodeId: 'd' }), openedAt: early },
        // Ids are hexadecimal.
        { ...opening('i', { episodeId: '0e' }), openedAt: 0 },
      ],
    });
    const { open } = (await store.readMemory()).state;
    expect(Array.from(open, ([key, { id, openedAt }]) => [key, id, openedAt])).toEqual([
      ['i', '0e', 0],
      ['g', 'b', late],
      ['h', 'c', late],
    ]);
  });

  test.for([
    [`pending_alert = 'x'`, /Unexpected token/],
    [`pending_alert = '{"leak":{"bytes":"1"}}'`, /not a stored alert/],
    [`alerted_at = 1, alerted_bytes = '1.5'`, /1\.5/],
    [`alerted_at = 'soon'`, /soon is not an integer/],
    ['alerted_at = 1, alerted_newest = 1.5', /1\.5 is not an integer/],
    [`opened_at = 'then'`, /then is not an integer/],
  ] as const)('a row with %s is skipped and named, others are not', async ([change, reason]) => {
    const { store, execute } = await newState();
    await openSent(store, 'g', 'h');
    execute(`update leaktally_state set ${change} where id = 'row-g'`);
    const memory = await store.readMemory();
    expect(keysOf(memory)).toEqual(['h']);
    expect(memory.damaged).toEqual([
      expect.stringMatching(
        /^row row-g of leaktally_state cannot be read \(.*\) and was skipped; delete it: delete from leaktally_state where id = 'row-g'$/,
      ),
    ]);
    expect(memory.damaged[0]).toMatch(reason);
  });

  test.for([`policies = 'x'`, `policies = '"x"'`, `evaluated_until = 'then'`, 'threshold_bytes = 1.5'])(
    'a record of the last run with %s counts as none, and is named',
    async (change) => {
      const { store, execute } = await newState();
      await openSent(store, 'g');
      execute(`update leaktally_state_runs set ${change}`);
      const memory = await store.readMemory();
      expect(memory.lastRun).toBeNull();
      expect(memory.damaged).toEqual([
        expect.stringMatching(/delete from leaktally_state_runs where id = '[0-9a-f]{64}'$/),
      ]);
      expect(keysOf(memory)).toEqual(['g']);
      expect(await store.readLastRun()).toBeNull();
      if (change.includes('"')) expect(memory.damaged[0]).toContain('(its policies are not a list)');
    },
  );
});

describe('what a run decides', () => {
  test('is what the next one remembers', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    const alert = alertOf('10.1.1.5 203.0.113.9', { failures: 2, covers: { at: NOW + 300, newest: NOW + 200 } });
    await record(store, { changed: [{ stored: null, openedAt: NOW - 300, closedAt: null, alert }], due: [alert] });
    const { groupKey } = alert;
    const pending = { ...alert, leak: { ...alert.leak, describe: expect.any(Function) } };
    const episode = { id: alert.episodeId, groupKey, openedAt: NOW - 300, alerted: null, pending };
    expect(await pendingOf(store, groupKey)).toEqual(plain(alert));
    expect(await store.readMemory()).toEqual({
      state: { open: new Map([[groupKey, episode]]), undelivered: [] },
      lastRun: { evaluatedUntil: NOW, windowSeconds: DAY, thresholdBytes: 100, policies: ['Exceeded 5 MB in 5'] },
      damaged: [],
    });
    expect(await store.readLastRun()).toEqual((await store.readMemory()).lastRun);
  });

  test('belongs to its rule and group-by fields alone', async () => {
    const { store, open, execute } = await newState();
    await openSent(store, 'g');
    for (const other of [{ rule: 'night' }, { groupBy: ['source'] }]) {
      const elsewhere = await open(other);
      expect(await elsewhere.readMemory()).toEqual(EMPTY_MEMORY);
      await openSent(elsewhere, 'h');
      expect(keysOf(await elsewhere.readMemory())).toEqual(['h']);
      execute(`delete from leaktally_state where group_key = 'h'`);
    }
    expect(keysOf(await store.readMemory())).toEqual(['g']);
  });

  test('takes the place of what the last run recorded', async () => {
    const { store, open, query } = await newState();
    await openSent(store, 'g');
    const changed = { windowSeconds: 2 * DAY, thresholdBytes: 7, policies: ['Another', 'größer'] };
    await record(await open(changed), { now: NOW + 300 });
    expect(await store.readLastRun()).toEqual({ ...changed, evaluatedUntil: NOW + 300 });
    expect(query('select count(*) as n from leaktally_state_runs')).toEqual([{ n: 1 }]);
  });

  test('is looked at again where it is not decided', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    await record(store, { changed: [opening('g')], isDecided: false });
    const memory = await store.readMemory();
    expect(memory.lastRun).toBeNull();
    expect(keysOf(memory)).toEqual(['g']);
    await record(store, { now: NOW });
    await record(store, { now: NOW + 300, isDecided: false });
    expect((await store.readLastRun())?.evaluatedUntil).toBe(NOW);
  });

  test('keeps the last alert of an episode whose next one is due', async () => {
    const { store, open, query } = await newState();
    await openSent(store, 'g');
    const stored = await openOf(store, 'g');
    const alerted = { at: NOW, bytes: 150n, newest: NOW - 60, scope: scopeOf(SCHEDULE) };
    expect(stored).toEqual({ id: 'row-g', groupKey: 'g', openedAt: NOW, alerted, pending: null });
    const next = alertOf('g', { alertId: 'second', bytes: 400n, asOf: NOW + 300 });
    await record(store, { changed: [{ stored, openedAt: NOW, closedAt: null, alert: next }], due: [next] });
    expect(await openOf(store, 'g')).toMatchObject({ ...stored, pending: { alertId: 'second' } });
    expect(await pendingOf(store, 'g')).toEqual(plain(next));
    expect(query('select count(*) as n from leaktally_state')).toEqual([{ n: 1 }]);
    // An alert over another window stays one.
    const wider = await open({ windowSeconds: 2 * DAY });
    const incomparable = await openOf(wider, 'g');
    expect(incomparable.alerted).toEqual(alerted);
    await record(wider, { changed: [{ stored: incomparable, openedAt: NOW, closedAt: null, alert: next }] });
    expect((await openOf(wider, 'g')).alerted).toEqual(alerted);
    await wider.recordSent(next);
    const scope = scopeOf({ ...SCHEDULE, windowSeconds: 2 * DAY });
    expect((await openOf(wider, 'g')).alerted).toMatchObject({ bytes: 400n, scope });
    expect(scope).not.toBe(alerted.scope);
  });

  test('closes episodes, of which those whose alert is due are still remembered', async () => {
    const { store, query } = await newState();
    await openSent(store, 'g', 'h', 'open');
    const due = opening('due');
    await record(store, { changed: [due] });
    await record(store, {
      closed: [
        { id: 'row-g', closedAt: NOW + 300 },
        { id: 'row-h', closedAt: NOW + 600 },
        { id: 'row-due', closedAt: NOW + 300 },
      ],
    });
    const { state: memory } = await store.readMemory();
    expect([...memory.open.keys()]).toEqual(['open']);
    expect(memory.undelivered.map(plain)).toEqual([plain(due.alert)]);
    expect(query('select id, closed_at from leaktally_state order by id')).toEqual([
      { id: 'row-due', closed_at: NOW + 300 },
      { id: 'row-g', closed_at: NOW + 300 },
      { id: 'row-h', closed_at: NOW + 600 },
      { id: 'row-open', closed_at: null },
    ]);
  });

  test('may open and close an episode at once', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    await record(store, { changed: [{ ...opening('g'), closedAt: NOW + 300 }] });
    const { state: memory } = await store.readMemory();
    expect([memory.open.size, memory.undelivered.map(({ groupKey }) => groupKey)]).toEqual([0, ['g']]);
  });

  test('is stored as a whole or not at all', async () => {
    const { store, execute } = await newState();
    await openSent(store, 'g');
    execute(`create trigger no before update on leaktally_state_runs begin select raise(abort, 'disk full'); end`);
    const closed = [{ id: 'row-g', closedAt: NOW + 300 }];
    await expect(record(store, { changed: [opening('h')], closed, now: NOW + 300 })).rejects.toThrow('disk full');
    execute('drop trigger no');
    const memory = await store.readMemory();
    expect(keysOf(memory)).toEqual(['g']);
    expect(memory.lastRun?.evaluatedUntil).toBe(NOW);
  });

  test('fails before anything is sent when it could not be recorded as sent', async () => {
    const { store, execute, query } = await newState();
    await store.readOrCreate();
    const { alert } = opening('g');
    await record(store, { changed: [opening('g')] });
    const before = query('select * from leaktally_state');
    execute(`create trigger no before update on leaktally_state begin select raise(abort, 'not permitted'); end`);
    await record(store, {});
    await expect(record(store, { due: [alert] })).rejects.toThrow('not permitted');
    execute('drop trigger no');
    await record(store, { due: [alert] });
    expect(query('select * from leaktally_state')).toEqual(before);
  });

  test('forgets episodes that closed over 30 days ago, or over a longer window, unless their alert is due', async () => {
    const { store, open, query } = await newState();
    await openSent(store, 'old', 'kept', 'open');
    await record(store, { changed: [opening('due')] });
    const night = await open({ rule: 'night' });
    const [from, late] = [NOW - 30 * DAY, NOW - 40 * DAY];
    await record(store, {
      closed: [
        { id: 'row-old', closedAt: from - 1 },
        { id: 'row-kept', closedAt: from },
        { id: 'row-due', closedAt: late },
      ],
    });
    const ids = () => query<{ id: string }>('select id from leaktally_state order by id').map(({ id }) => id);
    await record(night, {});
    await record(await open({ windowSeconds: 60 * DAY }), {});
    expect(ids()).toEqual(['row-due', 'row-kept', 'row-old', 'row-open']);
    await record(store, {});
    expect(ids()).toEqual(['row-due', 'row-kept', 'row-open']);
    await record(await open({ windowSeconds: 60 * DAY }), { now: NOW + 30 * DAY });
    expect(ids()).toEqual(['row-due', 'row-kept', 'row-open']);
    await record(await open({ windowSeconds: 60 * DAY }), { now: NOW + 30 * DAY + 1 });
    expect(ids()).toEqual(['row-due', 'row-open']);
  });

  test('moves times in the future back to now, those of alerts that are due too', async () => {
    const { store, open, execute } = await newState();
    const night = await open({ rule: 'night' });
    await openSent(night, 'n');
    execute(`update leaktally_state set id = 'row-night'`);
    await openSent(store, 'g', 'h');
    const past = NOW - 3 * DAY;
    const covers = { at: past, newest: past };
    const due = opening('due');
    await record(store, { changed: [due, { ...opening('over'), closedAt: NOW }] });
    const { open: episodes, undelivered } = (await store.readMemory()).state;
    const pending = { ...due.alert, covers };
    const clamped = {
      open: new Map([...episodes, ['due', { ...(episodes.get('due') as StoredEpisode), pending }]]),
      undelivered: undelivered.map((alert) => ({ ...alert, covers })),
    };
    await record(store, { clamped, now: past });
    const after = await store.readMemory();
    for (const key of ['g', 'h']) expect(after.state.open.get(key)?.alerted).toMatchObject(covers);
    expect(await pendingOf(store, 'due')).toEqual(plain(pending));
    expect(after.state.undelivered).toMatchObject([{ groupKey: 'over', covers }]);
    expect(after.lastRun?.evaluatedUntil).toBe(past);
    expect((await openOf(night, 'n')).alerted).toMatchObject({ at: NOW, newest: NOW - 60 });
  });

  test('moves no time that is not in the future', async () => {
    const { store } = await newState();
    await openSent(store, 'g');
    await record(store, { clamped: (await store.readMemory()).state, now: NOW - 30 });
    expect((await openOf(store, 'g')).alerted).toMatchObject({ at: NOW - 30, newest: NOW - 60 });
  });
});

describe('an alert', () => {
  test('that was sent is the last one of its episode, up to what it covers', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    const covers = { at: NOW + 300, newest: NOW + 240 };
    const [one, other] = [opening('g', { covers }), opening('h')];
    await record(store, { changed: [one, other], due: [one.alert, other.alert] });
    await store.recordSent(one.alert);
    expect(await openOf(store, 'g')).toMatchObject({
      alerted: { ...covers, bytes: 150n, scope: scopeOf(SCHEDULE) },
      pending: null,
    });
    expect((await openOf(store, 'h')).alerted).toBeNull();
    expect(await pendingOf(store, 'h')).toEqual(plain(other.alert));
  });

  test('that failed is due with one more failure', async () => {
    const { store } = await newState();
    await store.readOrCreate();
    const [one, other] = [opening('g', { failures: 2 }), opening('h')];
    await record(store, { changed: [one, other] });
    await store.recordFailure(one.alert);
    expect(await pendingOf(store, 'g')).toEqual({ ...plain(one.alert), failures: 3 });
    expect(await pendingOf(store, 'h')).toEqual(plain(other.alert));
  });

  test('is recorded with all others of a report, or none is', async () => {
    const { store, execute } = await newState();
    await store.readOrCreate();
    const changed = ['g', 'h'].map((key) => opening(key));
    const alerts = changed.map(({ alert }) => alert);
    await record(store, { changed, due: alerts });
    execute(
      `create trigger no before insert on leaktally_state when new.id = 'row-h' begin select raise(abort, 'disk full'); end`,
    );
    await expect(store.recordAllSent(alerts)).rejects.toThrow('disk full');
    for (const { groupKey } of alerts) expect((await openOf(store, groupKey)).pending).not.toBeNull();
    execute('drop trigger no');
    await store.recordAllSent(alerts);
    const alerted = { bytes: 150n, scope: scopeOf(SCHEDULE) };
    for (const { groupKey } of alerts) expect(await openOf(store, groupKey)).toMatchObject({ pending: null, alerted });
    // As of earlier versions, which did not know what a total covers.
    execute('update leaktally_state set alerted_scope = null');
    expect((await openOf(store, 'g')).alerted).toMatchObject({ bytes: 150n, scope: null });
    // A row that is gone stays gone.
    execute('delete from leaktally_state');
    await store.recordAllSent(alerts);
    expect((await store.readMemory()).state.open.size).toBe(0);
  });

  test('is remembered by the newest event of its group, once its episode is closed', async () => {
    const { store, open } = await newState();
    await openSent(store, 'g', 'open');
    await record(store, { closed: [{ id: 'row-g', closedAt: NOW + 300 }] });
    const later = alertOf('g', { episodeId: 'later', asOf: NOW + 900 });
    await record(store, { changed: [{ stored: null, openedAt: NOW + 900, closedAt: null, alert: later }] });
    await store.recordSent(later);
    expect(await store.readLastAlerted()).toEqual(new Map([['g', NOW - 60]]));
    await record(store, {
      closed: [{ id: 'later', closedAt: NOW + 1200 }],
      changed: [{ ...opening('due'), closedAt: NOW }],
    });
    // `due` was never heard of.
    expect(await store.readLastAlerted()).toEqual(new Map([['g', NOW + 840]]));
    for (const other of [{ rule: 'night' }, { groupBy: ['source'] }]) {
      expect(await (await open(other)).readLastAlerted()).toEqual(new Map());
    }
  });
});

test('one run of a rule at a time holds the lock', async () => {
  const { store, open } = await newState();
  expect(await store.tryLock()).toBe(true);
  expect(await (await open()).tryLock()).toBe(false);
  expect(await (await open({ groupBy: ['source'] })).tryLock()).toBe(false);
  expect(await (await open({ rule: 'night' })).tryLock()).toBe(true);
  expect(await (await open({}, 'another')).tryLock()).toBe(true);
});

test('letters that earlier versions stored in keys are found under today’s keys', async () => {
  const { store, execute } = await newState();
  await openSent(store, 'g');
  execute(`update leaktally_state set group_key = 'bücher.example'`);
  const [key = ''] = keysOf(await store.readMemory());
  expect(key).toMatch(/^b\?cher\.example#[0-9a-f]{32}$/);
  expect((await openOf(store, key)).groupKey).toBe(key);
  execute(`update leaktally_state set group_key = '${key}'`);
  expect(keysOf(await store.readMemory())).toEqual([key]);
});
