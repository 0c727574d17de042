import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB, type TestEvent } from '../../support/builders/events.ts';
import { checksOf, faultsOf, isSkipped } from '../../support/command/check-report.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import type { TestDatabase } from '../../support/servers/database.ts';

const PERIOD = 300;
const WINDOW_CHECK = ['--as-of', `${AS_OF}`];

/** An upload that gives an event every five minutes, or as often as the distance says, up to a minute ago. */
function steady(count: number, { distance = PERIOD, ...event }: Partial<TestEvent> & { distance?: number } = {}) {
  return Array.from({ length: count }, (_, index) => ({
    epoch: AS_OF - 60 - index * distance,
    bytes: 6 * MB + index,
    ...event,
  }));
}

async function insertHealthy(database: TestDatabase): Promise<void> {
  await insertEvents(database, [...steady(30), ...steady(30, { source: '10.1.1.6' })]);
  for (const source of ['10.1.1.5', '10.1.1.6']) {
    await insertName(database, source, '203.0.113.9', 'upload.example.net', AS_OF - 60);
  }
}

const INDEX = 'create index by_epoch on alm_bulletin_board_data (epoch)';
const DROP_INDEX = {
  mariadb: 'alter table alm_bulletin_board_data drop index epoch',
  postgres: 'drop index plixer.alm_bulletin_board_data_epoch_idx',
  sqlite: 'drop index by_epoch',
};
const MILLISECONDS_COLUMN = {
  mariadb: 'alter table alm_bulletin_board_data modify epoch bigint',
  postgres: 'alter table alm_bulletin_board_data alter epoch type bigint',
  sqlite: 'select 1',
};

onEveryDatabase((test, kind) => {
  test.beforeEach(async ({ database }) => {
    if (kind === 'sqlite') await database.query(INDEX);
  });

  test('all is well: each point says what was found', async ({ database }) => {
    await insertHealthy(database);
    const points = await checksOf(database, WINDOW_CHECK);
    expect(faultsOf(points)).toEqual({});
    const details = Object.fromEntries(Object.values(points).map(({ name, detail }) => [name, detail]));
    expect(details).toMatchObject({
      'settings.origins': expect.stringContaining('from command line: --database'),
      'database.connection': expect.stringMatching(
        /^(MariaDB|PostgreSQL|SQLite) \d+\.\d+.*, (not encrypted|local file)$/,
      ),
      'events.columns': expect.stringMatching(/alm_bulletin_board_data: epoch int.*, message text$/),
      'events.index': expect.stringContaining('epoch'),
      'names.columns': expect.stringMatching(
        /domain_index: requester_id \w+, resolved_to_id \w+, fqdn [\w ]+, last_seen int/,
      ),
      'events.epochs': 'none is in the future',
      'events.newest': '1 min old (2025-11-24 02:05:40 UTC), of any policy',
      'events.policy': '60 events of "Exceeded 5 MB in 5" in the last 24h, the newest 1 min ago',
      'events.readable': '"sum_octetdeltacount : 6000000 threshold : 5000000" is read as 6,000,000 bytes',
      'events.duplicates': 'none of 60 events',
      'events.periods': 'usually 5 min between two events of a pair (of 58 distances)',
      'names.coverage': '2 of 2 pairs (100%) have a host name',
    });
  });

  test('without an event of the policy, the texts that messages begin with are ready to be copied', async ({
    database,
  }) => {
    await insertEvents(database, [
      ...steady(3, { policy: "Guests' uploads" }),
      ...steady(2, { policy: 'Exceeded 50 MB in 5' }),
      { epoch: AS_OF - 60, message: 'no bytes at all' },
    ]);
    const points = await checksOf(database, WINDOW_CHECK);
    expect(points['events.policy']).toMatchObject({
      status: 'fail',
      detail: 'none in the last 24h contains "Exceeded 5 MB in 5"',
      advice: expect.stringMatching(
        /\n3 events: --policy 'Guests'\\'' uploads'\n2 events: --policy 'Exceeded 50 MB in 5'$/,
      ),
    });
    expect(
      Object.values(points)
        .filter(isSkipped)
        .map(({ name }) => name),
    ).toEqual([
      ...['events.prefix', 'events.readable', 'events.addresses', 'events.duplicates', 'events.periods'],
      ...['names.coverage', 'events.ip-databases', 'events.exceptions'],
    ]);
  });

  test('an empty table fails, and a collector that has stopped is warned of', async ({ database }) => {
    const empty = await checksOf(database, WINDOW_CHECK);
    expect(empty['events.newest']?.status).toBe('fail');
    expect(empty['events.policy']).toMatchObject({ status: 'fail', advice: expect.stringContaining('threshold') });
    await insertEvents(database, [{ epoch: AS_OF - 4 * 3600, bytes: MB }]);
    expect((await checksOf(database, WINDOW_CHECK))['events.newest']).toMatchObject({
      status: 'warn',
      detail: '4 h old (2025-11-23 22:06:40 UTC), of any policy',
    });
    const stale = await checksOf(database, [...WINDOW_CHECK, '--fail-if-stale', '3h']);
    expect(stale['events.newest']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('--fail-if-stale'),
    });
  });

  test('names that are the beginning of others, or that no event has, are warned of', async ({ database }) => {
    await insertEvents(database, [...steady(3), ...steady(2, { policy: 'Exceeded 5 MB in 50' })]);
    const cut = await checksOf(database, WINDOW_CHECK);
    expect(cut['events.prefix']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('"Exceeded 5 MB in 5 violation" 3 times, "Exceeded 5 MB in 50" 2 times'),
    });
    const policies = ['Exceeded 5 MB in 5', 'Exceeded 5 MB in 50', 'Großer Upload'];
    const all = await checksOf(database, [...WINDOW_CHECK, ...policies.flatMap((name) => ['--policy', name])]);
    expect(all['events.prefix']?.status).toBe('ok');
    expect(all['events.policy']).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/none of "Großer Upload"$/),
    });
  });

  test('a name in letters that are not ASCII is followed by the same kind of text', async ({ database }) => {
    await insertEvents(database, [
      ...steady(3, { policy: 'Großer Upload' }),
      ...steady(2, { policy: 'Großer Uploads 日本' }),
    ]);
    const points = await checksOf(database, [...WINDOW_CHECK, '--policy', 'Großer Upload']);
    expect(points['events.prefix']?.detail).toContain('"Großer Upload violation" 3 times, "Großer Uploads" 2 times');
  });

  test('counts that cannot be read and addresses that are none are warned of, and fail when all are', async ({
    database,
  }) => {
    await insertEvents(database, steady(2, { source: null, bytes: '5,242,880' }));
    const all = await checksOf(database, WINDOW_CHECK);
    expect(all['events.readable']).toMatchObject({
      status: 'fail',
      detail: '2 of 2 messages (100%) cannot be read, such as "sum_octetdeltacount : 5,242,880 threshold : 5000000"',
    });
    expect(all['events.addresses']).toMatchObject({
      status: 'fail',
      detail: '2 of 2 events (100%) have no usable source',
      advice: expect.stringMatching(/inet_a2b.*\nselect violator_address, .* limit 5;$/),
    });
    await insertEvents(database, [...steady(17), { epoch: AS_OF - 10, destination: Buffer.from('short'), bytes: 7 }]);
    const some = await checksOf(database, WINDOW_CHECK);
    expect(some['events.readable']).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(
        /^2 of 20 messages \(10%\) .*"sum_octetdeltacount : 7 threshold : 5000000" is read as 7 bytes$/,
      ),
    });
    expect(some['events.addresses']).toMatchObject({
      status: 'warn',
      detail: '2 of 20 events (10%) have no usable source, 1 of 20 events (5.0%) no usable destination',
    });
    const statement = some['events.addresses']?.advice?.split('\n').at(-1) ?? '';
    expect(await database.query(statement)).toHaveLength(3);
  });

  test('rows that stand twice are counted, and the statement shows them', async ({ database }) => {
    const twice = { epoch: AS_OF - 60, bytes: 6 * MB };
    await insertEvents(database, [...steady(8), twice, { ...twice, bytes: 1 }, { ...twice, source: '10.1.1.9' }]);
    const { 'events.duplicates': point } = await checksOf(database, WINDOW_CHECK);
    expect(point).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(
        /^1 of 11 events \(9\.1%\) .* they add 6 MB\. .*10\.1\.1\.5 to 203\.0\.113\.9 at 2025-11-24 02:05:40 UTC, 2 times$/,
      ),
    });
    expect(await database.query(point?.advice?.split('\n').at(-1) ?? '')).toHaveLength(3);
  });

  test('rows that stand for several periods are found by the distance of events', async ({ database }) => {
    await insertEvents(database, steady(24, { distance: 12 * PERIOD }));
    const { 'events.periods': few } = await checksOf(database, [...WINDOW_CHECK, '--window', '6h']);
    expect(few).toMatchObject({ status: 'ok', detail: expect.stringContaining('too few') });
    const { 'events.periods': point } = await checksOf(database, WINDOW_CHECK);
    expect(point).toMatchObject({
      status: 'warn',
      detail: 'usually 1 h between two events of a pair (of 23 distances), hardly ever less than 1 h',
    });
    const rows = await database.query(point?.advice?.split('\n').at(-1) ?? '');
    expect(rows).toHaveLength(24);
  });

  test('pauses of one length inside steady streams are found', async ({ database }) => {
    // Four events, then the next one an hour later, and so on.
    const epochs = Array.from({ length: 40 }, (_, index) => (index + Math.floor(index / 4) * 11) * PERIOD);
    await insertEvents(
      database,
      epochs.map((after, index) => ({ epoch: AS_OF - 86_000 + after, bytes: 6 * MB + index })),
    );
    const { 'events.periods': point } = await checksOf(database, WINDOW_CHECK);
    expect(point).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/^usually 5 min .*, but \d+ pauses of 1 h inside steady streams$/),
    });
  });

  test('times in the future and in milliseconds are warned of', async ({ database }) => {
    const now = await database.now();
    await insertEvents(database, [{ epoch: now + 3600 }]);
    expect((await checksOf(database, WINDOW_CHECK))['events.epochs']).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/^1 row is in the future, by up to (59|60) min$/),
    });
    await database.query(MILLISECONDS_COLUMN[kind]);
    await insertEvents(database, [{ epoch: now * 1000 }]);
    const { 'events.epochs': point } = await checksOf(database, WINDOW_CHECK);
    expect(point).toMatchObject({ status: 'warn', detail: expect.stringContaining('but in milliseconds') });
    expect(await database.query(point?.advice?.split('\n').at(-1) ?? '')).toHaveLength(2);
  });

  test('pairs without names are warned of, also when domains decide', async ({ database }) => {
    await insertEvents(
      database,
      [1, 2, 3].flatMap((last) => steady(2, { source: `10.1.1.${last}` })),
    );
    expect((await checksOf(database, WINDOW_CHECK))['names.coverage']).toMatchObject({
      status: 'warn',
      detail: '0 of 3 pairs (0.0%) have a host name',
    });
    await insertName(database, '10.1.1.1', '203.0.113.9', 'upload.example.net', AS_OF - 60);
    expect((await checksOf(database, WINDOW_CHECK))['names.coverage']?.status).toBe('ok');
    for (const args of [
      ['--group-by', 'source,domain'],
      ['--exclude-domain', 'example.org'],
    ]) {
      expect((await checksOf(database, [...WINDOW_CHECK, ...args]))['names.coverage']).toMatchObject({
        status: 'warn',
        advice: expect.stringContaining('domains decide'),
      });
    }
  });

  test('a missing index is warned of, and a view is no table that lacks one', async ({ database }) => {
    await insertHealthy(database);
    await database.query(DROP_INDEX[kind]);
    const { 'events.index': point } = await checksOf(database, WINDOW_CHECK);
    expect(point).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('\ncreate index leaktally_epoch on '),
    });
    await database.query(point?.advice?.split('\n').at(-1) ?? '');
    expect((await checksOf(database, WINDOW_CHECK))['events.index']?.detail).toContain('leaktally_epoch');
    await database.query(`alter table ${database.schema}alm_bulletin_board_data rename to behind`);
    await database.query(
      `create view ${database.schema}alm_bulletin_board_data as select * from ${database.schema}behind`,
    );
    expect((await checksOf(database, WINDOW_CHECK))['events.index']).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('it is a view'),
    });
  });

  test('a missing table fails its own point, and the others are still looked at', async ({ database }) => {
    await insertHealthy(database);
    await database.query(`drop table ${database.schema}domain_index`);
    expect(faultsOf(await checksOf(database, WINDOW_CHECK))).toEqual({
      'names.columns': 'fail',
      'names.coverage': 'fail',
    });
    await database.query(`drop table ${database.schema}alm_bulletin_board_data`);
    const points = await checksOf(database, WINDOW_CHECK);
    expect(points['events.columns']).toMatchObject({ status: 'fail', advice: expect.stringContaining('Scrutinizer') });
    expect(points['database.clock']?.status).toBe('ok');
    expect(points['state.tables']?.status).toBe('ok');
  });

  test('what is shown of untrusted text has no control characters', async ({ database }) => {
    await insertEvents(database, [
      ...steady(2, { policy: 'Exceeded 5 MB in 5\u001b[31m\u202e' }),
      { epoch: AS_OF - 5, message: 'Exceeded 5 MB in 5 sum_octetdeltacount : x\n\u001b]0;t\u0007' },
      { epoch: AS_OF - 5, message: '\u001b[2J\nevil sum_octetdeltacount : 7' },
    ]);
    const texts = [...(await everyText(WINDOW_CHECK)), ...(await everyText([...WINDOW_CHECK, '--policy', 'none']))];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);

    async function everyText(args: readonly string[]): Promise<string[]> {
      const points = await checksOf(database, args);
      return Object.values(points).flatMap(({ detail, advice }) => `${detail}\n${advice}`.split('\n'));
    }
  });
});
