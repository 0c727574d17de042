import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB } from '../../support/builders/events.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

onEveryDatabase((test) => {
  test('adds up exactly what is in the window', async ({ database, run, look }) => {
    await insertEvents(database, [
      { epoch: AS_OF - 2 * 86_400 - 1, bytes: 1000 * MB },
      { epoch: AS_OF - 86_400, bytes: 40 * MB },
      { epoch: AS_OF - 5, bytes: 40 * MB },
      { epoch: AS_OF, bytes: 20 * MB + 1 },
      { epoch: AS_OF + 1, bytes: 1000 * MB },
      { epoch: AS_OF, bytes: '5,242,880' },
      { epoch: AS_OF, policy: 'exceeded 5 mb in 5', bytes: 1000 * MB },
      { epoch: AS_OF, message: 'Exceeded 5 MB in 5 without a count' },
      { epoch: AS_OF, message: 'Exceeded 5 MB in 5 SUM_OCTETDELTACOUNT : 7' },
      { epoch: AS_OF, source: null, destination: Buffer.from('odd'), bytes: 200 * MB },
      { epoch: AS_OF, source: '::ffff:10.1.1.5', bytes: 7 },
      { epoch: AS_OF, source: '2001:db8::1', destination: '2001:db8::2', bytes: Number.MAX_SAFE_INTEGER },
      { epoch: AS_OF, source: '2001:db8::1', destination: '2001:db8::2', bytes: Number.MAX_SAFE_INTEGER },
    ]);
    const { events, leaks } = await look();
    expect(events).toEqual({ matched: 10, counted: 7, excluded: 0, unreadable: 3, newest: AS_OF, excludedBytes: 0 });
    expect(leaks.map(({ source, destination, events }) => [source, destination, events])).toEqual([
      ['2001:db8::1', '2001:db8::2', 2],
      ['unknown', 'unknown', 1],
      ['10.1.1.5', '203.0.113.9', 4],
    ]);
    expect(leaks[2]).toMatchObject({ bytes: 100 * MB + 8, firstSeen: AS_OF - 86_400, lastSeen: AS_OF });
    const { stdout } = await run('--as-of', `${AS_OF}`, '--format', 'json');
    expect(stdout).toContain(`"bytes": ${BigInt(Number.MAX_SAFE_INTEGER) * 2n},`);
  });

  test('takes policy names literally', async ({ database, look }) => {
    const policy = `100% "of_it" don't \\!`;
    await insertEvents(database, [
      { epoch: AS_OF, policy, bytes: 60 * MB },
      { epoch: AS_OF, policy: `100x "of it" don't \\!`, bytes: 60 * MB },
      { epoch: AS_OF, policy: 'Other', bytes: 70 * MB },
    ]);
    expect((await look('--policy', policy)).events.matched).toBe(1);
    expect((await look('--policy', policy, '--policy', 'Other')).leaks[0]?.bytes).toBe(130 * MB);
  });

  test('takes text of any script as it is, character by character', async ({ database, report }) => {
    const policy = 'Überlast 漢字 😀';
    const now = (await database.now()) - 60;
    await insertEvents(database, [
      { epoch: now, policy, bytes: 60 * MB },
      { epoch: now, message: `前置き${policy}: sum_octetdeltacount=60000000漢` },
      { epoch: now, policy: policy.toLowerCase(), bytes: 1000 * MB },
      { epoch: now, policy: policy.normalize('NFD'), bytes: 1000 * MB },
      { epoch: now, policy: 'Uberlast 漢字 😀', bytes: 1000 * MB },
      { epoch: now, policy: 'Überlast 漢字 😁', bytes: 1000 * MB },
    ]);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'bücher-漢字-😀.example.net', now);
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

  test("names destinations, newest first, each name once, from one window before the window's start on", async ({
    database,
    look,
  }) => {
    await insertEvents(database, [{ epoch: AS_OF, bytes: 101 * MB }]);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'older.example.net', AS_OF - 100);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'newest.example.net', AS_OF - 10);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'older.example.net', AS_OF - 50);
    await insertName(database, '::ffff:10.1.1.5', '203.0.113.9', 'evil\n\u001b[31m\u202e', AS_OF - 200);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'too-old.example.net', AS_OF - 2 * 86_400 - 1);
    await insertName(database, '10.1.1.6', '203.0.113.9', 'not-mine.example.net', AS_OF);
    expect((await look()).leaks[0]?.fqdns).toEqual(['newest.example.net', 'older.example.net', 'evil??[31m?']);
  });
});
