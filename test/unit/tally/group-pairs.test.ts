import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AddressField, Group, GroupField, Pair } from '../../../src/model.ts';
import { breakDown, type DestinationFacts, groupPairs } from '../../../src/tally/group-pairs.ts';
import { addressKey } from '../../../src/util/address.ts';

const host = (last: number) => addressKey(Buffer.from([10, 0, 0, last]));
const site = (last: number) => addressKey(Buffer.from([203, 0, 113, last]));
const pair = (source: number, destination: number, bytes: bigint, time = 100): Pair => ({
  source: host(source),
  destination: site(destination),
  bytes,
  events: 1,
  cells: [{ first: time, last: time, bytes: Number(BigInt.asUintN(53, bytes)), events: 1 }],
});
const everything = () => true;
/** A domain for every second destination, and an AS for those that can be divided by three. */
const evenOrOdd: DestinationFacts = {
  domainOf: ({ destination }) => (destination.charCodeAt(3) % 2 ? null : 'even.example'),
  asOf: (destination) => (destination.charCodeAt(3) % 3 ? null : { number: 64_496, organization: 'Example' }),
};
const PAIRS = [pair(1, 1, 10n, 300), pair(1, 2, 30n, 100), pair(2, 1, 25n, 200)];

describe('groupPairs', () => {
  test('by source and destination: every pair is a group, the largest first', () => {
    expect(groupPairs(PAIRS, ['source', 'destination'], everything)).toMatchObject([
      { source: '10.0.0.1', destination: '203.0.113.2', bytes: 30n, events: 1, firstSeen: 100, lastSeen: 100 },
      { source: '10.0.0.2', destination: '203.0.113.1', bytes: 25n },
      { source: '10.0.0.1', destination: '203.0.113.1', bytes: 10n },
    ]);
  });

  test('by source: a field outside the key is null', () => {
    expect(groupPairs(PAIRS, ['source'], everything)).toMatchObject([
      { source: '10.0.0.1', destination: null, bytes: 40n, events: 2, firstSeen: 100, lastSeen: 300 },
      { source: '10.0.0.2', destination: null, bytes: 25n, events: 1, firstSeen: 200, lastSeen: 200 },
    ]);
  });

  test('by destination', () => {
    expect(groupPairs(PAIRS, ['destination'], everything)).toMatchObject([
      { source: null, destination: '203.0.113.1', bytes: 35n, events: 2, firstSeen: 200, lastSeen: 300 },
      { source: null, destination: '203.0.113.2', bytes: 30n, events: 1 },
    ]);
  });

  test('by domain: addresses of one domain are one group, an address without one stands for itself', () => {
    const pairs = [pair(1, 2, 10n), pair(1, 4, 5n), pair(2, 4, 1n), pair(1, 3, 7n)];
    expect(groupPairs(pairs, ['domain'], everything, evenOrOdd)).toMatchObject([
      { key: 'even.example', source: null, destination: null, domain: 'even.example', bytes: 16n },
      { key: '203.0.113.3', domain: '203.0.113.3', bytes: 7n },
    ]);
    expect(groupPairs(pairs, ['source', 'domain'], everything, evenOrOdd)).toMatchObject([
      { key: '10.0.0.1 even.example', source: '10.0.0.1', domain: 'even.example', bytes: 15n },
      { key: '10.0.0.1 203.0.113.3', bytes: 7n },
      { key: '10.0.0.2 even.example', bytes: 1n },
    ]);
  });

  test('by AS: its addresses are one group, an address without one stands for itself', () => {
    const pairs = [pair(1, 3, 10n), pair(1, 6, 5n), pair(2, 6, 1n), pair(1, 4, 7n)];
    expect(groupPairs(pairs, ['as'], everything, evenOrOdd)).toMatchObject([
      { key: 'AS64496', source: null, destination: null, domain: null, as: 'AS64496', bytes: 16n },
      { key: '203.0.113.4', as: '203.0.113.4', bytes: 7n },
    ]);
    expect(groupPairs(pairs, ['source', 'as'], everything, evenOrOdd)).toMatchObject([
      { key: '10.0.0.1 AS64496', source: '10.0.0.1', as: 'AS64496', bytes: 15n },
      { key: '10.0.0.1 203.0.113.4', bytes: 7n },
      { key: '10.0.0.2 AS64496', bytes: 1n },
    ]);
    expect(groupPairs(pairs, ['source', 'domain', 'as'], everything, evenOrOdd).map(({ key }) => key)).toEqual([
      '10.0.0.1 203.0.113.3 AS64496',
      '10.0.0.1 even.example 203.0.113.4',
      '10.0.0.1 even.example AS64496',
      '10.0.0.2 even.example AS64496',
    ]);
  });

  test('keeps only the groups that are wanted, judged by their whole total', () => {
    expect(groupPairs(PAIRS, ['source'], (bytes) => bytes > 39n)).toMatchObject([{ source: '10.0.0.1' }]);
  });

  test('groups of equal size have an order that does not depend on that of the events', () => {
    const equal = [pair(3, 1, 5n), pair(1, 1, 5n), pair(2, 1, 5n)];
    const order = (pairs: readonly Pair[]) => groupPairs(pairs, ['source'], everything).map(({ source }) => source);
    expect(order(equal)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(order([...equal].reverse())).toEqual(order(equal));
  });

  test('a 4+16 byte pair and a 16+4 byte pair with the same bytes are two groups', () => {
    const bytes = Buffer.from('0a010105'.repeat(5), 'hex');
    const [short, long] = [addressKey(bytes.subarray(0, 4)), addressKey(bytes.subarray(4))];
    const pairs = [
      { ...pair(1, 1, 5n), source: short, destination: long },
      { ...pair(1, 1, 6n), source: long, destination: short },
    ];
    const groups = groupPairs(pairs, ['source', 'destination'], everything);
    expect(groups.map((group) => group.bytes)).toEqual([6n, 5n]);
    expect(new Set(groups.map(({ key }) => key)).size).toBe(2);
  });

  test('pairs without an address are a group of their own', () => {
    const groups = groupPairs([{ ...pair(1, 1, 5n), source: '' }, pair(2, 1, 4n)], ['source'], everything);
    expect(groups).toMatchObject([
      { source: 'unknown', bytes: 5n },
      { source: '10.0.0.2', bytes: 4n },
    ]);
  });

  test.each<[GroupField[]]>([
    [['source', 'destination']],
    [['source']],
    [['destination']],
    [['domain']],
    [['source', 'domain']],
    [['as']],
    [['source', 'as']],
    [['domain', 'as']],
    [['destination', 'domain']],
    [['source', 'destination', 'domain']],
  ])('by %s: nothing is lost, nothing is counted twice, keys are unique, totals fall', (groupBy) => {
    const anyPair = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.bigInt({ min: 0n, max: 2n ** 70n }))
      .map((fields) => pair(...fields));
    const pairs = fc.uniqueArray(anyPair, {
      maxLength: 16,
      size: 'max',
      selector: ({ source, destination }) => source + destination,
    });
    fc.assert(
      fc.property(pairs, (all) => {
        const groups = groupPairs(all, groupBy, everything, evenOrOdd);
        expect(sum(groups)).toBe(sum(all));
        expect(groups.flatMap((group) => group.pairs)).toHaveLength(all.length);
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        const totals = groups.map(({ bytes }) => bytes);
        expect(totals).toEqual([...totals].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
        for (const group of groups) expect(group.bytes).toBe(sum(group.pairs));
      }),
    );
  });
});

describe('breakDown', () => {
  const groupOf = (pairs: readonly Pair[], by: AddressField) => groupPairs(pairs, [by], everything)[0] as Group;

  test('says how many there are and names the five largest', () => {
    const pairs = [3, 1, 7, 5, 2, 6, 4].map((size) => pair(1, size, BigInt(size)));
    expect(breakDown(groupOf(pairs, 'source'), 'destination')).toEqual({
      count: 7,
      top: [7, 6, 5, 4, 3].map((size) => ({ address: `203.0.113.${size}`, bytes: BigInt(size) })),
    });
  });

  test('says what is known of the largest', () => {
    const facts = { as: { number: 64_496, organization: null }, country: 'NL' };
    const factsOf = (address: string) => (address === site(1) ? facts : { as: null, country: null });
    const pairs = [pair(1, 1, 2n), pair(1, 2, 1n)];
    expect(breakDown(groupOf(pairs, 'source'), 'destination', factsOf).top).toEqual([
      { address: '203.0.113.1', bytes: 2n, ...facts },
      { address: '203.0.113.2', bytes: 1n, as: null, country: null },
    ]);
  });

  test('adds up what an address has in several pairs, exactly', () => {
    const huge = 2n ** 60n;
    const group: Group = { ...groupOf([pair(1, 1, 1n)], 'source'), pairs: [pair(1, 1, huge), pair(2, 1, 1n)] };
    expect(breakDown(group, 'destination')).toEqual({ count: 1, top: [{ address: '203.0.113.1', bytes: huge + 1n }] });
  });

  test('many sources of a single destination', () => {
    const pairs = [pair(1, 9, 1n), pair(2, 9, 3n), { ...pair(3, 9, 2n), source: '' }];
    expect(breakDown(groupOf(pairs, 'destination'), 'source')).toEqual({
      count: 3,
      top: [
        { address: '10.0.0.2', bytes: 3n },
        { address: 'unknown', bytes: 2n },
        { address: '10.0.0.1', bytes: 1n },
      ],
    });
  });
});

function sum(items: readonly { readonly bytes: bigint }[]): bigint {
  return items.reduce((total, { bytes }) => total + bytes, 0n);
}
