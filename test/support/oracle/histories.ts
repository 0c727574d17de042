import fc from 'fast-check';
import type { Verdict } from '../receivers/scripted-receiver.ts';

export const POLICY = 'Exceeded 5 MB in 5';
export const OTHER_POLICY = 'Another report';

// Most of it happens in one group, so that it comes back before it is forgotten.
const SOURCES = ['10.1.1.5', '10.1.1.5', '10.1.1.5', '2001:db8::1f', 'unknown'];
const DESTINATIONS = [
  ...['203.0.113.9', '203.0.113.9', '203.0.113.9', '203.0.113.9', '198.51.100.7', '198.51.100.7'],
  ...['192.0.2.1', '2001:db8:ffff::1'],
];

// Around each limit of the contract: the threshold, its half, growth, exact totals beyond 2^53, no count at all.
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

/** What happens from one run to the next, and in that one. */
export interface Step {
  readonly gapSlots: number;
  /** Seconds by which the run is late, unless the schedule is exact. */
  readonly jitter: number;
  /** Seconds by which the clock is set back before the run. */
  readonly setBack: number;
  readonly uploads: readonly {
    readonly source: string;
    readonly destination: string;
    readonly size: keyof typeof SIZES;
    readonly counts: boolean;
    /** When, as a part of the time since the run before: 0 is just after it, 1 is now; below 0 it was written late. */
    readonly at: number;
  }[];
  /** Names that a source looks up. */
  readonly lookups: readonly { readonly source: string; readonly destination: string; readonly fqdn: string }[];
  /** The collector deletes rows: of each of so many one; 0 is none. */
  readonly deletes: number;
  /** Which form of an address its column holds. */
  readonly form: number;
  /** Otherwise the collector writes nothing at all. */
  readonly isCollecting: boolean;
  /** One row has its time in milliseconds. */
  readonly hasMilliseconds: boolean;
  readonly script: readonly Verdict[];
  /** The process is killed before this statement. */
  readonly statements: number;
  /** The other schedule of the same rule runs too. */
  readonly both: boolean;
  /** Which of the history's options this run has. */
  readonly options: number;
  /** A dry run and an explanation come first. */
  readonly isPreviewed: boolean;
}

interface OptionFlags {
  readonly window: string;
  readonly threshold: string;
  readonly realertGrowth: string;
  readonly realertAfter: string;
  readonly excludeDomain: readonly string[];
  readonly excludeAs: readonly string[];
  /** Lines of the exceptions file. */
  readonly exceptions: readonly string[];
  readonly policy: readonly string[];
  readonly catchUp: boolean;
}

export interface History {
  /** The first ones are used most. */
  readonly options: readonly OptionFlags[];
  /** Rows then come to lie exactly on the edges of windows. */
  readonly isExact: boolean;
  /** The schedules, of which the first runs every time. */
  readonly groupBy: readonly string[];
  readonly steps: readonly Step[];
}

/** Numbers of which the small ones are the usual ones. */
function rarely<T>(usual: T, rare: fc.Arbitrary<T>, one: number, of: number): fc.Arbitrary<T> {
  return fc.oneof({ weight: of - one, arbitrary: fc.constant(usual) }, { weight: one, arbitrary: rare });
}

/** Without it, a history that failed is printed with its prototypes. */
const PLAIN = { noNullPrototype: true };

const VERDICTS: readonly Verdict[] = ['acknowledge', 'acknowledge', 'refuse', 'lose', 'die-before', 'die-after'];

const uploads = fc.array(
  fc.record(
    {
      source: fc.constantFrom(...SOURCES),
      destination: fc.constantFrom(...DESTINATIONS),
      size: fc.constantFrom('half', 'half', ...(Object.keys(SIZES) as (keyof typeof SIZES)[])),
      counts: rarely(true, fc.constant(false), 1, 8),
      at: fc.constantFrom(0, 0.3, 0.8, 1, 1, -1, -9),
    },
    PLAIN,
  ),
  { minLength: 1, maxLength: 3, size: 'max' },
);

const lookup = fc.record(
  {
    source: fc.constantFrom('10.1.1.5', '2001:db8::1f'),
    destination: fc.constantFrom(...DESTINATIONS),
    fqdn: fc.constantFrom('www.alpha.net', 'cdn.alpha.net', 'www.beta.com'),
  },
  PLAIN,
);

// Odd, so that no run has the time of an earlier one: its episodes are told apart by the time at which they opened.
const setBack = fc.constantFrom(1, 307, 1201, 5413, 93_607);

const step: fc.Arbitrary<Step> = fc.record(
  {
    gapSlots: rarely(
      1,
      rarely(13, fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 41, max: 400 })), 1, 2),
      1,
      6,
    ),
    jitter: rarely(0, fc.integer({ min: 1, max: 299 }), 1, 4),
    setBack: rarely(0, setBack, 1, 20),
    uploads: rarely([], uploads, 2, 5),
    lookups: rarely([], fc.array(lookup, { minLength: 1, maxLength: 2, size: 'max' }), 1, 6),
    deletes: rarely(0, fc.constantFrom(1, 2), 1, 25),
    form: fc.nat(1),
    isCollecting: rarely(true, fc.constant(false), 1, 6),
    hasMilliseconds: rarely(false, fc.constant(true), 1, 20),
    script: rarely([], fc.array(fc.constantFrom(...VERDICTS), { minLength: 1, maxLength: 4, size: 'max' }), 1, 3),
    statements: rarely(Number.POSITIVE_INFINITY, fc.integer({ min: 1, max: 40 }), 1, 6),
    both: rarely(false, fc.constant(true), 1, 3),
    options: rarely(0, fc.nat(2), 1, 6),
    isPreviewed: rarely(false, fc.constant(true), 1, 4),
  },
  PLAIN,
);

// The histories begin two hours before midnight.
const exceptions = fc.array(
  fc
    .tuple(
      fc.constantFrom(
        ...['203.0.113.9', 'destination 198.51.100.0/24', '2001:db8::/32', 'source 10.1.0.0/16', 'source 2001:db8::1f'],
        ...['alpha.net', 'domain www.beta.com', 'net', 'as 64496', 'as 64511'],
      ),
      fc.constantFrom('', '', ' above 50000000', ' above 250000000', ' above 0'),
      fc.constantFrom('', ' until 2025-11-23', ' until 2025-11-24', ' until 2025-11-24', ' until 2025-11-25'),
    )
    .map((parts) => parts.join('')),
  { minLength: 1, maxLength: 5, size: 'max' },
);

const optionFlags: fc.Arbitrary<OptionFlags> = fc.record(
  {
    window: rarely('1h', fc.constantFrom('15s', '2h', '24h'), 1, 2),
    threshold: fc.constantFrom('100MB', '99999999', '20000003'),
    realertGrowth: fc.constantFrom('2', '1.5', '1', 'none'),
    realertAfter: fc.constantFrom('20m', '1h', '24h', 'none'),
    excludeDomain: rarely<readonly string[]>([], fc.constant(['alpha.net']), 1, 4),
    excludeAs: rarely<readonly string[]>([], fc.constantFrom(['64511'], ['AS64496']), 1, 8),
    exceptions: rarely<readonly string[]>([], exceptions, 1, 2),
    policy: rarely<readonly string[]>([POLICY], fc.constant([OTHER_POLICY, POLICY]), 1, 4),
    catchUp: rarely(true, fc.constant(false), 1, 8),
  },
  PLAIN,
);

export const histories: fc.Arbitrary<History> = fc.record(
  {
    options: fc.array(optionFlags, { minLength: 3, maxLength: 3 }),
    isExact: fc.boolean(),
    groupBy: fc.constantFrom(
      ['source,destination', 'source'],
      ['source', 'destination'],
      ['source,domain', 'source,destination'],
      ['domain', 'source,destination,domain'],
      ['source,as', 'as'],
      ['as', 'source,domain,as'],
    ),
    steps: fc.array(step, { minLength: 20, maxLength: 30, size: 'max' }),
  },
  PLAIN,
);

/** A receiver and a process that live: what was due must be out after it. */
export const CALM: Step = {
  ...{ gapSlots: 1, jitter: 0, setBack: 0, uploads: [], lookups: [], deletes: 0, form: 0, isCollecting: true },
  ...{ hasMilliseconds: false, script: [], statements: Number.POSITIVE_INFINITY, both: true, options: 0 },
  isPreviewed: true,
};

const USUAL = { source: '10.1.1.5', destination: '203.0.113.9', counts: true, at: 1 };
const USUAL_OPTIONS: OptionFlags = {
  ...{ window: '1h', threshold: '100MB', realertGrowth: '2', realertAfter: 'none' },
  ...{ excludeDomain: [], excludeAs: [], exceptions: [], policy: [POLICY], catchUp: true },
};

const hour: readonly string[][] = Array.from({ length: 12 }, () => []);
const silentHour: readonly null[] = Array.from({ length: 12 }, () => null);

/** One run a slot, before each of which uploads of these sizes were made; null is a collector that stands still. */
function exactly(
  slots: readonly (readonly string[] | null)[],
  script: readonly Verdict[] = [],
  options: Partial<OptionFlags> = {},
): History {
  return {
    ...{ options: [{ ...USUAL_OPTIONS, ...options }], isExact: true, groupBy: ['source,destination', 'source'] },
    steps: slots.map((sizes) => ({
      ...{ ...CALM, script, isCollecting: sizes !== null },
      uploads: (sizes ?? []).map((size) => ({ ...USUAL, size: size as keyof typeof SIZES })),
    })),
  };
}

/** What chance seldom hits. */
export const EDGES: readonly History[] = [
  // Each exact limit: twice the last total, half the threshold, the threshold, the last second of a window.
  exactly([[], ['over'], ['over'], ['half'], ...hour, ['threshold'], ['over']]),
  // The collector stands still for longer than the leak lives: its end is to be seen only after that.
  exactly([[], ['over'], ...silentHour, null, null, ['quarter']]),
  // The receiver is down for longer than the leak lives.
  exactly([[], ['over'], ...hour, [], []], ['refuse']),
  exactly([[], ['over'], ...hour, ['over'], ...hour, []], ['lose']),
  // New bytes, too few for growth, when the time for a repeat has come.
  exactly([[], ['over'], [], [], [], [], ['quarter'], []], [], { realertAfter: '20m' }),
];
