import fc from 'fast-check';
import type { Verdict } from '../receivers/scripted-receiver.ts';

// Most uploads belong to one group, so that it leaks again before its episode is forgotten.
const SOURCES = ['10.1.1.5', '10.1.1.5', '10.1.1.5', '2001:db8::1f', 'unknown'];
const DESTINATIONS = ['203.0.113.9', '203.0.113.9', '198.51.100.7'];

// Sizes around each limit of the contract: the threshold, half of it, growth, exact totals beyond 2^53, no readable count.
export const SIZES = {
  quarter: (threshold: bigint) => threshold / 4n,
  half: (threshold: bigint) => threshold / 2n,
  overHalf: (threshold: bigint) => threshold / 2n + 1n,
  threshold: (threshold: bigint) => threshold,
  over: (threshold: bigint) => threshold + 1n,
  double: (threshold: bigint) => threshold * 2n + 2n,
  usual: () => 5_000_001n,
  largest: () => 2n ** 53n - 1n,
  unreadable: () => null,
};

/** What happens between two runs, and in the second one. */
export interface Step {
  readonly gapSlots: number;
  /** How many seconds the run is late, unless the schedule is exact. */
  readonly jitter: number;
  readonly uploads: readonly {
    readonly source: string;
    readonly destination: string;
    readonly size: keyof typeof SIZES;
    readonly counts: boolean;
    /** When it happened, as a share of the time since the previous run: 0 is just after that, 1 is now. */
    readonly at: number;
  }[];
  /** In which form the column stores the addresses. */
  readonly form: number;
  /** False: the collector writes nothing at all. */
  readonly isCollecting: boolean;
  readonly script: readonly Verdict[];
  /** The process is killed before the statement with this number. */
  readonly statements: number;
  /** The rule's second schedule runs too. */
  readonly both: boolean;
}

export interface History {
  readonly flags: { readonly window: string; readonly threshold: string; readonly realertGrowth: string };
  readonly realertAfter: string;
  /** Every run is on time, so that rows fall exactly on the edges of windows. */
  readonly isExact: boolean;
  /** The schedules; the first one runs at every step. */
  readonly groupBy: readonly string[];
  readonly steps: readonly Step[];
}

/** A value that is usually this one, and another one in so many cases. */
function rarely<T>(usual: T, rare: fc.Arbitrary<T>, one: number, of: number): fc.Arbitrary<T> {
  return fc.oneof({ weight: of - one, arbitrary: fc.constant(usual) }, { weight: one, arbitrary: rare });
}

/** Keeps prototypes out of the printout of a failing history. */
const PLAIN = { noNullPrototype: true };

const VERDICTS: readonly Verdict[] = ['acknowledge', 'acknowledge', 'refuse', 'lose', 'die-before', 'die-after'];

const uploads = fc.array(
  fc.record(
    {
      source: fc.constantFrom(...SOURCES),
      destination: fc.constantFrom(...DESTINATIONS),
      size: fc.constantFrom('half', 'half', ...(Object.keys(SIZES) as (keyof typeof SIZES)[])),
      counts: rarely(true, fc.constant(false), 1, 8),
      at: fc.constantFrom(0, 0.3, 0.8, 1, 1),
    },
    PLAIN,
  ),
  { minLength: 1, maxLength: 3 },
);

const step: fc.Arbitrary<Step> = fc.record(
  {
    gapSlots: rarely(1, rarely(13, fc.integer({ min: 2, max: 40 }), 1, 2), 1, 6),
    jitter: rarely(0, fc.integer({ min: 1, max: 20 }), 1, 4),
    uploads: rarely([], uploads, 2, 5),
    form: fc.nat(1),
    isCollecting: rarely(true, fc.constant(false), 1, 6),
    script: rarely([], fc.array(fc.constantFrom(...VERDICTS), { minLength: 1, maxLength: 4 }), 1, 3),
    statements: rarely(Number.POSITIVE_INFINITY, fc.integer({ min: 1, max: 60 }), 1, 6),
    both: rarely(false, fc.constant(true), 1, 3),
  },
  PLAIN,
);

export const histories: fc.Arbitrary<History> = fc.record(
  {
    flags: fc.record(
      {
        window: rarely('1h', fc.constantFrom('2h', '24h'), 1, 3),
        threshold: fc.constantFrom('100MB', '99999999', '20000003'),
        realertGrowth: fc.constantFrom('2', '1.5', '1', '0'),
      },
      PLAIN,
    ),
    isExact: fc.boolean(),
    realertAfter: fc.constantFrom('20m', '1h', '24h', 'never'),
    groupBy: fc.constantFrom(['source,destination', 'source'], ['source', 'destination'], ['destination', 'source']),
    steps: fc.array(step, { minLength: 20, maxLength: 30, size: 'max' }),
  },
  PLAIN,
);

/** A step in which nothing fails: afterwards no alert may be due. */
export const CALM: Step = {
  ...{ gapSlots: 1, jitter: 0, uploads: [], form: 0, isCollecting: true, script: [] },
  ...{ statements: Number.POSITIVE_INFINITY, both: true },
};

const USUAL = { source: '10.1.1.5', destination: '203.0.113.9', counts: true, at: 1 };

const hour: readonly string[][] = Array.from({ length: 12 }, () => []);
const silentHour: readonly null[] = Array.from({ length: 12 }, () => null);

/** One run per slot, each after uploads of these sizes; null: the collector is down. */
function exactly(slots: readonly (readonly string[] | null)[], script: readonly Verdict[] = []): History {
  return {
    flags: { window: '1h', threshold: '100MB', realertGrowth: '2' },
    ...{ isExact: true, realertAfter: 'never', groupBy: ['source,destination', 'source'] },
    steps: slots.map((sizes) => ({
      ...{ ...CALM, script, isCollecting: sizes !== null },
      uploads: (sizes ?? []).map((size) => ({ ...USUAL, size: size as keyof typeof SIZES })),
    })),
  };
}

/** Cases that random histories seldom hit. */
export const EDGES: readonly History[] = [
  // Exactly at each limit: twice the last total, half the threshold, the threshold, the last second of a window.
  exactly([[], ['over'], ['over'], ['half'], ...hour, ['threshold'], ['over']]),
  // The collector is down for longer than the leak lasts: the end may only be noticed afterwards.
  exactly([[], ['over'], ...silentHour, null, null, ['quarter']]),
  // The receiver is down for longer than the leak lasts.
  exactly([[], ['over'], ...hour, [], []], ['refuse']),
  exactly([[], ['over'], ...hour, ['over'], ...hour, []], ['lose']),
];
