import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ORDINARY } from '../../../src/options/exceptions.ts';
import { DomainNames } from '../../../src/scrutinizer/domain-names.ts';
import { addressKey } from '../../../src/util/address.ts';

const SOURCE = addressKey(Buffer.from([10, 1, 1, 5]));
const PAIR = { source: SOURCE, destination: addressKey(Buffer.from([203, 0, 113, 9])) };
const OTHER = { source: SOURCE, destination: addressKey(Buffer.from([203, 0, 113, 8])) };

interface Row {
  readonly fqdn: string;
  readonly lastSeen: number;
}

const isUnderSuffix = (fqdn: string) => fqdn.endsWith('.good.example');
/** Names below one domain are always left out. */
const RULES = {
  ruleOnName: (fqdn: string) =>
    isUnderSuffix(fqdn) ? { ...ORDINARY, countsFrom: Number.POSITIVE_INFINITY } : ORDINARY,
  now: 0,
};
const isLeftOut = (names: DomainNames) => names.ruleOn(PAIR).countsFrom === Number.POSITIVE_INFINITY;

function namesOf(rows: readonly Row[], others: readonly Row[] = []): DomainNames {
  const names = new DomainNames([PAIR, OTHER], RULES);
  for (const { fqdn, lastSeen } of rows) names.add(PAIR.source, PAIR.destination, fqdn, lastSeen);
  for (const { fqdn, lastSeen } of others) names.add(OTHER.source, OTHER.destination, fqdn, lastSeen);
  return names;
}

test('of more than a hundred names, those under no excluded domain are kept first, then the newest', () => {
  const good = Array.from({ length: 300 }, (_, at) => ({ fqdn: `${at}.good.example`, lastSeen: 1000 + at }));
  const bad = Array.from({ length: 30 }, (_, at) => ({ fqdn: `${at}.bad.example`, lastSeen: at }));
  const { fqdns, fqdnsOmitted } = namesOf([...bad, ...good]).of([PAIR]);
  expect(fqdns).toEqual([
    ...Array.from({ length: 70 }, (_, at) => `${299 - at}.good.example`),
    ...Array.from({ length: 30 }, (_, at) => `${29 - at}.bad.example`),
  ]);
  expect(fqdnsOmitted).toBe(230);
});

test('a group has at most a hundred names too, and counts those of all its pairs', () => {
  const rows = (name: string) => Array.from({ length: 250 }, (_, at) => ({ fqdn: `${at}.${name}`, lastSeen: at }));
  const { fqdns, fqdnsOmitted } = namesOf(rows('a.example'), rows('b.example')).of([PAIR, OTHER]);
  expect(fqdns).toHaveLength(100);
  expect(new Set(fqdns).size).toBe(100);
  expect(fqdnsOmitted).toBe(400);
});

test('a name that was not kept still tells that not all are under excluded domains', () => {
  const good = Array.from({ length: 500 }, (_, at) => ({ fqdn: `${at}.good.example`, lastSeen: at }));
  expect(isLeftOut(namesOf(good))).toBe(true);
  for (const at of [0, 250, 500]) {
    const rows = good.toSpliced(at, 0, { fqdn: 'bad.example', lastSeen: 0 });
    expect(isLeftOut(namesOf(rows))).toBe(false);
    expect(namesOf(rows).of([PAIR]).fqdns).toContain('bad.example');
  }
  expect(isLeftOut(namesOf([]))).toBe(false);
});

test('the order of the rows does not matter, and no name is kept in vain', () => {
  const row = fc.record({
    fqdn: fc.nat(400).map((at) => `${at}.${at % 3 === 0 ? 'bad' : 'good'}.example`),
    lastSeen: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 700, size: 'max' }), (rows) => {
      const newest = new Map<string, number>();
      for (const { fqdn, lastSeen } of rows) newest.set(fqdn, Math.max(lastSeen, newest.get(fqdn) ?? 0));
      const byAge = ([a, seenA]: [string, number], [b, seenB]: [string, number]) => seenB - seenA || (a < b ? -1 : 1);
      const kept = [...newest]
        .sort((a, b) => Number(isUnderSuffix(a[0])) - Number(isUnderSuffix(b[0])) || byAge(a, b))
        .slice(0, 100)
        .sort(byAge)
        .map(([fqdn]) => fqdn);
      const names = namesOf(rows);
      expect(names.of([PAIR]).fqdns).toEqual(kept);
      expect(names.ofPair(PAIR)).toEqual(kept);
      expect(namesOf(rows.toReversed()).of([PAIR]).fqdns).toEqual(kept);
    }),
    { numRuns: 60 },
  );
});
