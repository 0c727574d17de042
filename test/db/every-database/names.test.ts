import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB, sent } from '../../support/builders/events.ts';
import { insertManyNames, LEAKING_PAIRS, LEAKING_SOURCES } from '../../support/builders/many-names.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

onEveryDatabase((test, kind) => {
  // PostgreSQL compiled a condition for each pair, which went on for minutes after the run had been ended.
  test('900 leaks are named from 300,000 rows long before the time is over', async ({ database, look }) => {
    await insertEvents(
      database,
      LEAKING_PAIRS.map((pair) => ({ epoch: AS_OF, ...pair, bytes: 120 * MB })),
    );
    await insertManyNames(database, kind, 300_000, AS_OF);
    const { leaks } = await look('--timeout', '20s');
    expect(leaks).toHaveLength(LEAKING_PAIRS.length);
    for (const { source, fqdns } of leaks) {
      // Both addresses of a leaking pair have the same number, and a row's destination changes every 900 rows.
      const number = LEAKING_PAIRS.findIndex((pair) => pair.source === source);
      const row = number * LEAKING_SOURCES + number;
      expect(fqdns).toEqual(row < 300_000 ? [`host${row}.cdn.example.net`] : []);
    }
  });

  test('a label may hold any byte, and the domain is still that at the end', async ({ database, look }) => {
    const names = [
      ...['microsoft.com/.attacker.net', 'microsoft.com\x01.attacker.net', 'http://r1.com/.attacker.net'],
      ...['a!b.attacker.net', '*.attacker.net', 'A.Attacker.NET', 'b.attacker.net.', 'x; y.attacker.net'],
    ];
    await insertEvents(
      database,
      names.map((_, index) => sent('10.1.1.5', `203.0.113.${index}`, 20)),
    );
    for (const [index, name] of names.entries()) {
      await insertName(database, '10.1.1.5', `203.0.113.${index}`, name, AS_OF - 60);
      // Newer, and below no domain.
      await insertName(database, '10.1.1.5', `203.0.113.${index}`, `a.192.0.2.${index}`, AS_OF);
    }
    const { leaks } = await look('--group-by', 'source,domain');
    expect(leaks).toMatchObject([{ domain: 'attacker.net', bytes: 160 * MB, destinations: { count: 8 } }]);
  });

  test('of hundreds of names those under no excluded domain are kept, and the others counted', async ({
    database,
    look,
  }) => {
    await insertEvents(database, [sent('10.1.1.5', '203.0.113.9', 120)]);
    for (let index = 0; index < 150; index++) {
      await insertName(database, '10.1.1.5', '203.0.113.9', `${index}.good.example`, AS_OF - index);
    }
    await insertName(database, '10.1.1.5', '203.0.113.9', 'bad.example', AS_OF - 3600);
    const { leaks } = await look('--exclude-domain', 'good.example');
    expect(leaks).toMatchObject([
      { fqdnsOmitted: 51, fqdns: expect.arrayContaining(['bad.example', '0.good.example']) },
    ]);
    expect(leaks[0]?.fqdns).toHaveLength(100);
  });
});
