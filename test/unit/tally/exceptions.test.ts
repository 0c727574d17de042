import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pair } from '../../../src/model.ts';
import { readOptions } from '../../../src/options/options.ts';
import { DomainNames } from '../../../src/scrutinizer/domain-names.ts';
import { CellGrid } from '../../../src/tally/cell-grid.ts';
import { Exceptions } from '../../../src/tally/exceptions.ts';
import { groupPairs, groupWithin } from '../../../src/tally/group-pairs.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { PairRules } from '../../../src/tally/pair-rules.ts';
import { PairTable } from '../../../src/tally/pair-table.ts';
import { SlidingWindow } from '../../../src/tally/sliding-window.ts';
import { addressKey, formatAddress, parseAddress } from '../../../src/util/address.ts';
import { emptyFolder } from '../../support/folders.ts';
import { isLeftOut, readLine, type Traits, thresholdOf } from '../../support/oracle/exceptions.ts';

const folder = emptyFolder();
const file = join(folder, 'exceptions.txt');
/** Lines end at midnight, in the middle of the looks. */
const MIDNIGHT = Date.parse('2025-11-24T00:00:00Z') / 1000;
const WINDOW = 1800;
const COMMON = 100;
const SOURCES = ['10.1.1.5', '10.1.2.6', '2001:db8::1f', 'unknown'];
const DESTINATIONS = ['203.0.113.9', '203.0.113.200', '198.51.100.7', '2001:db8:ffff::9', 'unknown'];
const NAMES = ['www.alpha.net', 'alpha.net', 'cdn.beta.com', 'WWW.Beta.com.'];
/** Networks of the destinations. */
const AS_OF: Readonly<Record<string, number>> = { '203.0.113.9': 64_496, '198.51.100.7': 64_497 };

const keyOf = (address: string) => addressKey(parseAddress(address) ?? '');

const line = fc
  .tuple(
    fc.constantFrom(
      ...[
        '203.0.113.9',
        '203.0.113.0/24',
        'destination 203.0.113.128/25',
        '198.51.100.7',
        '2001:db8::/32',
        '0.0.0.0/0',
      ],
      ...['source 10.1.0.0/16', 'source 10.1.1.5', 'source 2001:db8::1f', 'source ::/0', 'source 10.1.1.4/31'],
      ...['alpha.net', 'domain www.beta.com', 'beta.com', 'net', 'as 64496', 'as 64497'],
    ),
    fc.constantFrom('', '', ' above 20', ' above 250', ' above 0'),
    fc.constantFrom('', '', ' until 2025-11-22', ' until 2025-11-23', ' until 2025-11-24'),
  )
  .map((parts) => parts.join(''));
const lines = fc.array(line, { maxLength: 8, size: 'max' });
const event = fc.record({
  source: fc.constantFrom(...SOURCES),
  destination: fc.constantFrom(...DESTINATIONS),
  ago: fc.nat(3 * WINDOW),
  bytes: fc.constantFrom(1, 20, 50, 101),
});
const name = fc.record({
  source: fc.constantFrom(...SOURCES),
  destination: fc.constantFrom(...DESTINATIONS),
  fqdn: fc.constantFrom(...NAMES),
});
const looks = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(299))
  .map(([before, after, odd]) => new Looks(MIDNIGHT - before * 300, MIDNIGHT + after * 300 + odd));

interface Setting {
  readonly rules: PairRules;
  readonly exceptions: Exceptions;
  traitsOf(pair: { source: string; destination: string }): Traits;
}

/** What the product makes of a file, and what the oracle compares its lines with. */
function setUp(
  text: readonly string[],
  looked: Looks,
  names: readonly { source: string; destination: string; fqdn: string }[],
): Setting {
  writeFileSync(file, text.join('\n'));
  const groupBy = 'source,destination,domain';
  const { exceptions: read } = readOptions(
    { database: 'sqlite:events.db', exceptions: file, ipDatabase: ['as.mmdb'], groupBy },
    {},
  );
  const exceptions = new Exceptions(read, looked, (address) => {
    const number = AS_OF[formatAddress(address)];
    return number === undefined ? null : { number, organization: null };
  });
  const pairs = SOURCES.flatMap((source) =>
    DESTINATIONS.map((destination) => ({ source: keyOf(source), destination: keyOf(destination) })),
  );
  const known = new DomainNames(pairs, exceptions);
  for (const { source, destination, fqdn } of names) known.add(keyOf(source), keyOf(destination), fqdn, MIDNIGHT);
  return {
    exceptions,
    rules: new PairRules(exceptions, known, looked, WINDOW),
    traitsOf: ({ source, destination }) => ({
      ...{ source, destination, as: AS_OF[destination] === undefined ? null : `${AS_OF[destination]}` },
      fqdns: names
        .filter((one) => one.source === source && one.destination === destination)
        .map(({ fqdn }) => fqdn.toLowerCase().replace(/\.$/, '')),
    }),
  };
}

function timesOf(looked: Looks): number[] {
  return Array.from({ length: looked.count }, (_, index) => looked.time(index));
}

test('a pair is left out now by what an oracle that goes line by line says', () => {
  fc.assert(
    fc.property(lines, fc.array(name, { maxLength: 12, size: 'max' }), looks, (text, names, looked) => {
      const { rules, traitsOf } = setUp(text, looked, names);
      const all = text.map(readLine);
      for (const source of SOURCES) {
        for (const destination of DESTINATIONS) {
          const found = rules.exclusionOf({ source: keyOf(source), destination: keyOf(destination) });
          const expected = isLeftOut(all, traitsOf({ source, destination }), looked.now);
          expect(found !== null, `${source} to ${destination}: ${found?.description}`).toBe(expected);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('at each look, the total and the threshold of a group are those of the oracle', () => {
  const fields = fc.constantFrom<readonly ('source' | 'destination')[]>(
    ['source'],
    ['destination'],
    ['source', 'destination'],
  );
  const events = fc.array(event, { minLength: 1, maxLength: 25, size: 'max' });
  fc.assert(
    fc.property(
      lines,
      fc.array(name, { maxLength: 12, size: 'max' }),
      events,
      looks,
      fields,
      (text, names, sent, looked, groupBy) => {
        const { rules, exceptions, traitsOf } = setUp(text, looked, names);
        const all = text.map(readLine);
        const epochOf = ({ ago }: { ago: number }) => looked.now - ago;
        const table = new PairTable(new CellGrid(looked, WINDOW));
        const read = sent.filter((one) => epochOf(one) >= looked.first - WINDOW);
        for (const one of read) table.add(keyOf(one.source), keyOf(one.destination), epochOf(one), one.bytes);
        const mayCount = (pair: Pair) =>
          exceptions.ruleOnPair(pair).countsFrom <= looked.now && !rules.isLeftOutByName(pair);
        const pairs = [...rules.countFromTheirTime([...table].filter(mayCount))];
        const groups = groupPairs(pairs, groupBy, () => true);
        const keys = new Set(read.map((one) => groupBy.map((field) => one[field]).join(' ')));
        for (const key of keys) {
          const group = groups.find((one) => one.key === key);
          const window = group && new SlidingWindow(group.cells, looked, WINDOW);
          for (const time of timesOf(looked)) {
            const counting = read.filter(
              (one) =>
                groupBy.map((field) => one[field]).join(' ') === key &&
                epochOf(one) >= time - WINDOW &&
                epochOf(one) <= time &&
                !isLeftOut(all, traitsOf(one), time),
            );
            const bytes = BigInt(counting.reduce((sum, one) => sum + one.bytes, 0));
            window?.moveTo(time);
            expect(window?.bytes ?? 0n).toBe(bytes);
            expect(window?.lastSeen ?? 0).toBe(Math.max(0, ...counting.map(epochOf)));
            if (!group || counting.length === 0) continue;
            expect(groupWithin(group, time - WINDOW, time).bytes).toBe(bytes);
            const own = rules.thresholdsOf(group, COMMON).at(time);
            const expected = thresholdOf(all, counting.map(traitsOf), BigInt(COMMON), time);
            expect(BigInt(own.bytes), `at ${time}`).toBe(expected);
            expect(Math.min(rules.leastThreshold(group.pairs) ?? COMMON, COMMON)).toBeLessThanOrEqual(own.bytes);
            if (own.exception === null) expect(own.bytes).toBe(COMMON);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a window that jumps from change to change misses none', () => {
  const late = fc.record({
    first: fc.integer({ min: -6000, max: 0 }),
    bytes: fc.constantFrom(1, 50),
    countsFrom: fc.option(fc.integer({ min: -6000, max: 600 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(late, { maxLength: 20, size: 'max' }), fc.nat(20), (relative, count) => {
      const looked = new Looks(MIDNIGHT - count * 300, MIDNIGHT);
      const cells = relative
        .map(({ first, countsFrom, ...cell }) => ({
          ...{ ...cell, first: MIDNIGHT + first, last: MIDNIGHT + first, events: 1 },
          ...(countsFrom === undefined ? {} : { countsFrom: MIDNIGHT + countsFrom }),
        }))
        .sort((a, b) => a.first - b.first);
      const [every, jumping] = [new SlidingWindow(cells, looked, WINDOW), new SlidingWindow(cells, looked, WINDOW)];
      let next = jumping.nextChange();
      for (const [index, time] of timesOf(looked).entries()) {
        every.moveTo(time);
        if (index !== next) continue;
        jumping.moveTo(time);
        next = jumping.nextChange();
        expect([jumping.bytes, jumping.lastSeen]).toEqual([every.bytes, every.lastSeen]);
      }
      expect(jumping.bytes).toBe(every.bytes);
    }),
    { numRuns: 150 },
  );
});
