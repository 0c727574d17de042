import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../src/model.ts';
import { Tallier } from '../../../src/tally/tallier.ts';
import { Timescale } from '../../../src/tally/timescale.ts';
import { addressKey, pairKey } from '../../../src/util/address.ts';

const A = Buffer.from([10, 1, 1, 5]);
const B = Buffer.from([203, 0, 113, 9]);
const LARGEST = Number.MAX_SAFE_INTEGER;

type Row = readonly [source: Buffer | null, destination: Buffer | null, epoch: number, fragment: string];
const event = (
  epoch: number,
  bytes: number | string,
  source: Buffer | null = A,
  destination: Buffer | null = B,
): Row => [source, destination, epoch, `sum_octetdeltacount : ${bytes} `];

const WINDOW = new Timescale(0, 86_400);

function tally(rows: readonly Row[], timescale = WINDOW) {
  const tallier = new Tallier(timescale);
  for (const row of rows) tallier.add(row);
  // As plain objects, to be compared whole.
  const pairs = [...tallier.pairs()].map(({ source, destination, bytes, events, cells }) => {
    const { first, last } = span(cells);
    return { source, destination, bytes, events, firstSeen: first, lastSeen: last };
  });
  return { ...tallier.counts([]), pairs };
}

function span(cells: Iterable<Cell>) {
  const all = [...cells];
  return { first: Math.min(...all.map(({ first }) => first)), last: Math.max(...all.map(({ last }) => last)) };
}

describe('Tallier', () => {
  test('adds up a pair', () => {
    expect(tally([event(300, 7), event(100, 5), event(200, 0)])).toEqual({
      matched: 3,
      counted: 3,
      excluded: 0,
      excludedBytes: 0n,
      unreadable: 0,
      newest: 300,
      samples: [],
      hasSource: true,
      pairs: [
        { source: addressKey(A), destination: addressKey(B), bytes: 12n, events: 3, firstSeen: 100, lastSeen: 300 },
      ],
    });
  });

  test('no event at all', () => {
    expect(tally([])).toMatchObject({
      matched: 0,
      counted: 0,
      excluded: 0,
      unreadable: 0,
      newest: null,
      samples: [],
      hasSource: false,
      pairs: [],
    });
  });

  test('an unreadable event is counted as such, is the newest where it is, and adds to no pair', () => {
    const { pairs, ...counts } = tally([event(100, 5), event(200, '5,242,880')]);
    expect(counts).toMatchObject({
      matched: 2,
      counted: 1,
      unreadable: 1,
      newest: 200,
      samples: ['sum_octetdeltacount : 5,242,880 '],
      hasSource: true,
    });
    expect(pairs).toMatchObject([{ bytes: 5n, events: 1, firstSeen: 100, lastSeen: 100 }]);
  });

  test('a few samples are kept, and they are safe to print', () => {
    const { samples, unreadable } = tally(Array.from({ length: 1000 }, () => event(1, '\x1b[2J\u202e\n-5')));
    expect(unreadable).toBe(1000);
    expect(samples).toEqual(Array.from({ length: 3 }, () => 'sum_octetdeltacount : ?[2J??-5 '));
  });

  test('an event without an address stays in the sums', () => {
    const { pairs, counted } = tally([event(1, 5, null, B), event(2, 6, Buffer.alloc(3), B), event(3, 7, A, null)]);
    expect(counted).toBe(3);
    expect(pairs).toMatchObject([
      { source: '', destination: addressKey(B), bytes: 11n },
      { source: addressKey(A), destination: '', bytes: 7n },
    ]);
  });

  test('an IPv4-mapped address is the IPv4 address', () => {
    const mapped = Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), A]);
    expect(tally([event(1, 5, A, B), event(2, 6, mapped, B)]).pairs).toMatchObject([{ bytes: 11n, events: 2 }]);
  });

  test('totals beyond 2^53 are exact', () => {
    const { pairs } = tally([event(1, LARGEST), event(2, LARGEST), event(3, 1), event(4, LARGEST), event(5, 2)]);
    expect(pairs[0]?.bytes).toBe(3n * BigInt(LARGEST) + 3n);
  });

  test('totals, counts and times agree with a naive BigInt oracle', () => {
    const address = fc.constantFrom(A, B, null);
    const bytes = fc.oneof(fc.maxSafeNat(), fc.constantFrom(LARGEST, LARGEST - 1, 1, 0), fc.constant('5,2'));
    const row = fc.tuple(fc.nat({ max: 86_400 }), bytes, address, address).map((fields) => event(...fields));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60, size: 'max' }), (rows) => {
        const result = tally(rows);
        const readable = rows.filter(([, , , fragment]) => !fragment.includes(','));
        expect(result.matched).toBe(rows.length);
        expect(result.counted).toBe(readable.length);
        expect(result.matched).toBe(result.counted + result.unreadable);
        expect(result.newest).toBe(rows.length === 0 ? null : Math.max(...rows.map(([, , epoch]) => epoch)));
        expect(
          new Map(result.pairs.map(({ source, destination, ...sums }) => [`${source}|${destination}`, sums])),
        ).toEqual(sumsOf(readable));
      }),
    );
  });

  test('many pairs of all kinds of addresses are kept apart', () => {
    const addresses = (count: number, make: (index: number) => Buffer) =>
      Array.from({ length: count }, (_, index) => make(index));
    const hex = (prefix: string, index: number, digits: number) =>
      Buffer.from(prefix + index.toString(16).padStart(digits, '0'), 'hex');
    // IPv4 with and without the highest bit, IPv6 that ends as these do, and nothing at all.
    const sources = [
      ...addresses(60, (index) => hex('00', index, 6)),
      ...addresses(60, (index) => hex('ff', index, 6)),
      null,
    ];
    const destinations = [
      ...addresses(60, (index) => hex('00', index, 6)),
      ...addresses(60, (index) => hex('fe80', index, 28)),
      Buffer.from('ffffffff', 'hex'),
      null,
    ];
    const rows = [1, 2].flatMap((round) =>
      sources.flatMap((source, i) =>
        destinations.map((destination, j) => event(round * 400 + i, i * 1000 + j, source, destination)),
      ),
    );
    const { pairs } = tally(rows);
    expect(pairs).toHaveLength(sources.length * destinations.length);
    expect(new Map(pairs.map(({ source, destination, ...sums }) => [`${source}|${destination}`, sums]))).toEqual(
      sumsOf(rows),
    );
    // In the order in which they came.
    expect(pairs.map(({ destination }) => destination).slice(0, destinations.length)).toEqual(
      destinations.map(addressKey),
    );
  });

  test('text where bytes should be is kept apart from addresses, and is no reason to fail', () => {
    const rows = ['\0\u0100\0\0', '\u0101\0\0\0', '\u20acuro', '\0\0\0\u0100'].map((source) => [
      source,
      B,
      1,
      'sum_octetdeltacount : 5 ',
    ]);
    const tallier = new Tallier(WINDOW);
    for (const row of [...rows, event(1, 7, Buffer.from([1, 0, 0, 0])), event(1, 7, Buffer.from([0, 0, 1, 0]))])
      tallier.add(row);
    expect([...tallier.pairs()].map(({ source, bytes }) => [source, bytes])).toEqual([
      ...rows.map(([source]) => [source, 5n]),
      ['\x01\0\0\0', 7n],
      ['\0\0\x01\0', 7n],
    ]);
  });

  test('a fraction of a second is cut off', () => {
    expect(tally([[A, B, 100.9, 'sum_octetdeltacount : 5 ']])).toMatchObject({
      newest: 100,
      pairs: [{ firstSeen: 100, lastSeen: 100 }],
    });
  });
});

describe('cells', () => {
  const cellsOf = (rows: readonly Row[], timescale = WINDOW) => {
    const tallier = new Tallier(timescale);
    for (const row of rows) tallier.add(row);
    return [...([...tallier.pairs()][0]?.cells ?? [])].sort((a, b) => a.first - b.first);
  };

  test('events of one slot are one cell', () => {
    expect(cellsOf([event(310, 1), event(450, 2), event(320, 3), event(600, 4)])).toEqual([
      { first: 310, last: 450, bytes: 6, events: 3 },
      { first: 600, last: 600, bytes: 4, events: 1 },
    ]);
  });

  test('no cell reaches over the border of a timeline step', () => {
    // 15 minutes: steps of 37.5 seconds in slots of 300.
    expect(cellsOf([event(100, 1), event(112, 2), event(113, 4)], new Timescale(0, 900))).toEqual([
      { first: 100, last: 112, bytes: 3, events: 2 },
      { first: 113, last: 113, bytes: 4, events: 1 },
    ]);
  });

  test('a cell holds safe integers only', () => {
    const cells = cellsOf([event(1, LARGEST), event(2, LARGEST)]);
    expect(cells.map(({ bytes }) => bytes)).toEqual([LARGEST, LARGEST]);
  });

  test('events in any order, more than there is room for at first, keep every byte and need few cells', () => {
    const rows = Array.from({ length: 300_000 }, (_, index) =>
      event((index * 7919) % 86_400, index, A, index % 3 ? B : A),
    );
    const { pairs } = tally(rows);
    const expected = sumsOf(rows);
    expect(new Map(pairs.map(({ source, destination, ...sums }) => [`${source}|${destination}`, sums]))).toEqual(
      expected,
    );
    // 100,000 events of this pair lie in 288 slots; what came since cells were last put together is on top.
    expect(cellsOf(rows).length).toBeLessThan(50_000);
  });
});

describe('pairKey', () => {
  test('keeps a 4+16 byte pair apart from a 16+4 byte pair with the same bytes', () => {
    const bytes = Buffer.from('0a010105'.repeat(5), 'hex');
    const [short, long] = [bytes.subarray(0, 4), bytes.subarray(4)];
    expect(pairKey(addressKey(short), addressKey(long))).not.toBe(pairKey(addressKey(long), addressKey(short)));
    expect(tally([event(1, 5, short, long), event(2, 6, long, short)]).pairs).toHaveLength(2);
  });

  test('keeps a pair without a source apart from one without a destination', () => {
    expect(pairKey('', addressKey(A))).not.toBe(pairKey(addressKey(A), ''));
  });
});

interface Sums {
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** By `source|destination`; no address in these tests has a byte that reads as a bar. */
function sumsOf(rows: readonly Row[]): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  for (const [source, destination, epoch, fragment] of rows) {
    const key = `${addressKey(source)}|${addressKey(destination)}`;
    const before = sums.get(key);
    sums.set(key, {
      bytes: (before?.bytes ?? 0n) + BigInt(fragment.replace(/\D/g, '')),
      events: (before?.events ?? 0) + 1,
      firstSeen: Math.min(before?.firstSeen ?? epoch, epoch),
      lastSeen: Math.max(before?.lastSeen ?? epoch, epoch),
    });
  }
  return sums;
}
