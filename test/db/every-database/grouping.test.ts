import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB, sent } from '../../support/builders/events.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

onEveryDatabase((test) => {
  test('grouped by domain, a cloud that changes its addresses is one group', async ({ database, run, look }) => {
    await insertEvents(database, [
      ...[1, 2, 3].map((last) => sent('10.1.1.5', `203.0.113.${last}`, 40)),
      sent('10.1.1.6', '203.0.113.1', 30),
      sent('10.1.1.6', '203.0.113.99', 105),
    ]);
    await insertName(database, '10.1.1.5', '203.0.113.1', 'a.files.example.co.uk', AS_OF - 60);
    await insertName(database, '10.1.1.5', '203.0.113.1', 'older.example.org', AS_OF - 600);
    await insertName(database, '10.1.1.5', '203.0.113.2', 'B.Example.co.uk', AS_OF - 60);
    await insertName(database, '10.1.1.5', '203.0.113.3', 'example.co.uk', AS_OF - 60);
    await insertName(database, '10.1.1.6', '203.0.113.1', 'x.example.co.uk', AS_OF - 60);
    // Nobody can register these.
    await insertName(database, '10.1.1.6', '203.0.113.99', 'co.uk', AS_OF - 60);
    const bySource = await look('--group-by', 'source,domain');
    expect(bySource.groupBy).toEqual(['source', 'domain']);
    expect(bySource.leaks).toMatchObject([
      {
        ...{ source: '10.1.1.5', destination: null, domain: 'example.co.uk', bytes: 120 * MB, events: 3 },
        destinations: { count: 3 },
        fqdns: expect.arrayContaining(['a.files.example.co.uk', 'B.Example.co.uk', 'older.example.org']),
      },
      { source: '10.1.1.6', domain: '203.0.113.99', bytes: 105 * MB },
    ]);
    const byDomain = await look('--group-by', 'domain');
    expect(byDomain.leaks).toMatchObject([
      { source: null, destination: null, domain: 'example.co.uk', bytes: 150 * MB, sources: { count: 2 } },
      { domain: '203.0.113.99', bytes: 105 * MB },
    ]);
    const table = (await run('--as-of', `${AS_OF}`, '--group-by', 'source,domain')).stdout;
    expect(table).toMatch(/^10\.1\.1\.5 +example\.co\.uk +120 MB/m);
    expect(table).toContain('3 destinations');
  });

  test('more pairs than fit into a statement are named all the same', async ({ database, look }) => {
    const pairs = Array.from({ length: 1100 }, (_, index) => `203.0.${index >> 8}.${index & 255}`);
    await insertEvents(
      database,
      pairs.map((destination) => sent('10.1.1.5', destination, 1)),
    );
    for (const [index, destination] of pairs.entries()) {
      await insertName(database, '10.1.1.5', destination, `host${index}.example.com`, AS_OF - 60);
    }
    await insertName(database, '10.1.1.99', '203.0.0.1', 'other.example.org', AS_OF - 60);
    const { leaks } = await look('--threshold', '500kB');
    expect(leaks).toHaveLength(1100);
    const names = new Map(leaks.map(({ destination, fqdns }) => [destination, fqdns]));
    for (const [index, destination] of pairs.entries()) {
      expect(names.get(destination)).toEqual([`host${index}.example.com`]);
    }
  });

  test('groups by either end, and says what is behind the group', async ({ database, look }) => {
    const destinations = Array.from({ length: 7 }, (_, index) => ({
      epoch: AS_OF - index,
      destination: `203.0.113.${index}`,
      bytes: (20 + index) * MB,
    }));
    await insertEvents(database, [
      ...destinations,
      { epoch: AS_OF, destination: '::ffff:203.0.113.0', bytes: 100 * MB },
      { epoch: AS_OF, destination: null, bytes: 50 * MB },
      { epoch: AS_OF, source: null, destination: '203.0.113.6', bytes: 90 * MB },
      { epoch: AS_OF, source: '2001:db8::1f', destination: '203.0.113.6', bytes: 1 },
    ]);
    const top = (addresses: Record<string, number>) =>
      Object.entries(addresses).map(([address, bytes]) => ({ address, bytes }));
    const bySource = await look('--group-by', 'source');
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
    const byDestination = await look('--group-by', 'destination');
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
});
