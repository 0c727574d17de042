import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AlertCondition,
  type AlertRules,
  alertStatus,
  closingBytes,
  type Decision,
  decide,
  type Episode,
  growthSince,
  isAlerted,
  type LastAlert,
  nextAlertConditions,
  type Total,
} from '../../../src/state/decide.ts';

const MB = 1_000_000n;
const NOW = 1_763_950_000;
const DAY = 86_400;
const RULES: AlertRules = { thresholdBytes: 100_000_000, realertGrowth: 2, realertAfterSeconds: DAY };

/** A group whose newest event is five minutes old. */
const SCOPE = 'same';
const total = (bytes: bigint, lastSeen = NOW - 300) => ({ bytes, lastSeen, scope: SCOPE });
/** An episode that was last alerted an hour ago, when its newest event was an hour and five minutes old. */
const alerted = (bytes: bigint, at = NOW - 3600, newest = at - 300, scope: string | null = SCOPE): Episode => ({
  alerted: { at, bytes, newest, scope },
});
const OLD_BYTES = NOW - 3900;
const OTHER_WINDOW = alerted(120n * MB, NOW - 3600, OLD_BYTES, 'other');
const undelivered: Episode = { alerted: null };

type Case = readonly [
  why: string,
  group: Total,
  episode: Episode | null,
  rules: Partial<AlertRules>,
  expected: Decision,
];

// biome-ignore format: one line a case
const CASES: readonly Case[] = [
  // no open episode: the first crossing, and the first after a closing, is new
  ['just above the threshold', total(100n * MB + 1n), null, {}, 'new'],
  ['far above the threshold', total(2n ** 80n), null, {}, 'new'],
  ['a threshold of 0 and one byte', total(1n), null, { thresholdBytes: 0 }, 'new'],
  // strictly above is a leak; exactly at the threshold is none
  ['exactly at the threshold', total(100n * MB), null, {}, 'below'],
  ['exactly at the threshold, episode open', total(100n * MB), alerted(150n * MB), {}, 'below'],
  ['no byte at all, no episode', total(0n), null, {}, 'below'],
  ['a threshold of 0 and no byte', total(0n), null, { thresholdBytes: 0 }, 'below'],
  // an unacknowledged alert opened the episode, but nobody was told
  ['never acknowledged', total(120n * MB), undelivered, {}, 'new'],
  // closing: at or below half the threshold, and not before
  ['one byte above half', total(50n * MB + 1n), alerted(150n * MB), {}, 'below'],
  ['exactly half', total(50n * MB), alerted(150n * MB), {}, 'closed'],
  ['nothing left', total(0n, 0), alerted(150n * MB), {}, 'closed'],
  ['half of an odd threshold is 50.5: 51 is above', total(51n), alerted(150n), { thresholdBytes: 101 }, 'below'],
  ['half of an odd threshold is 50.5: 50 is below', total(50n), alerted(150n), { thresholdBytes: 101 }, 'closed'],
  ['half, but no episode to close', total(50n * MB), null, {}, 'below'],
  ['half of a threshold of 0', total(0n), alerted(1n), { thresholdBytes: 0 }, 'closed'],
  // between half and the threshold the episode stays open, so the next crossing is not new
  ['up again before it closed', total(120n * MB), alerted(150n * MB), {}, 'known'],
  // grown: factor x the total at the last alert, and new bytes
  ['one byte less than twice', total(240n * MB - 1n), alerted(120n * MB), {}, 'known'],
  ['exactly twice', total(240n * MB), alerted(120n * MB), {}, 'grown'],
  ['twice, by bytes that came late', total(240n * MB, OLD_BYTES), alerted(120n * MB), {}, 'grown'],
  ['twice, by bytes that a longer window brought back', total(240n * MB, OLD_BYTES), OTHER_WINDOW, {}, 'known'],
  ['twice, one second newer', total(240n * MB, OLD_BYTES + 1), alerted(120n * MB), {}, 'grown'],
  ['grown and due again: grown', total(240n * MB), alerted(120n * MB, NOW - 2 * DAY), {}, 'grown'],
  ['growth is off', total(9999n * MB), alerted(120n * MB), { realertGrowth: 0 }, 'known'],
  ['growth is off, due again', total(9999n * MB), alerted(120n * MB, NOW - DAY), { realertGrowth: 0 }, 'repeat'],
  ['factor 1: any new byte', total(120n * MB), alerted(120n * MB), { realertGrowth: 1 }, 'grown'],
  // the factor is exact, even where 64-bit floating point is not
  ['1.5 x 3 is 4.5: 4 is less', total(4n), alerted(3n), { realertGrowth: 1.5, thresholdBytes: 1 }, 'known'],
  ['1.5 x 3 is 4.5: 5 is more', total(5n), alerted(3n), { realertGrowth: 1.5, thresholdBytes: 1 }, 'grown'],
  ['1.5 x 2^80', total(3n * 2n ** 79n), alerted(2n ** 80n), { realertGrowth: 1.5 }, 'grown'],
  ['1.5 x 2^80, less one', total(3n * 2n ** 79n - 1n), alerted(2n ** 80n), { realertGrowth: 1.5 }, 'known'],
  ['1.1 x 10^20', total(11n * 10n ** 19n), alerted(10n ** 20n), { realertGrowth: 1.1 }, 'grown'],
  ['1.1 x 10^20, less one', total(11n * 10n ** 19n - 1n), alerted(10n ** 20n), { realertGrowth: 1.1 }, 'known'],
  // repeat: the time has passed since the last alert, and new bytes
  ['a second too early', total(120n * MB), alerted(120n * MB, NOW - DAY + 1), {}, 'known'],
  ['exactly then', total(120n * MB), alerted(120n * MB, NOW - DAY), {}, 'repeat'],
  ['long after', total(120n * MB), alerted(120n * MB, NOW - 9 * DAY), {}, 'repeat'],
  ['smaller than at the alert', total(101n * MB), alerted(500n * MB, NOW - DAY), {}, 'repeat'],
  ['another delay', total(120n * MB), alerted(120n * MB), { realertAfterSeconds: 3600 }, 'repeat'],
  ['repeating is off', total(120n * MB), alerted(120n * MB, 0), { realertAfterSeconds: Number.POSITIVE_INFINITY }, 'known'],
  ['repeating is off, grown', total(240n * MB), alerted(120n * MB, 0), { realertAfterSeconds: Number.POSITIVE_INFINITY }, 'grown'],
  ['both are off', total(999n * MB), alerted(120n * MB, 0), { realertGrowth: 0, realertAfterSeconds: Number.POSITIVE_INFINITY }, 'known'],
  // old bytes are no news: they keep a rolling total high for up to a window
  ['due again, but no byte since', total(120n * MB, NOW - DAY - 300), alerted(120n * MB, NOW - DAY), {}, 'known'],
  ['due again, but no byte since', total(120n * MB, OLD_BYTES), alerted(120n * MB), { realertAfterSeconds: 60 }, 'known'],
  ['due again, with bytes that came late', total(121n * MB, OLD_BYTES), alerted(120n * MB), { realertAfterSeconds: 60 }, 'repeat'],
  ['grown and due again by a longer window only', total(999n * MB, OLD_BYTES), OTHER_WINDOW, { realertAfterSeconds: 60 }, 'known'],
];

describe('decide', () => {
  test.each(CASES)('%s', (_, group, episode, rules, expected) => {
    expect(decide(group, episode, NOW, { ...RULES, ...rules })).toBe(expected);
  });

  test('re-opening: what closed and crosses again is new', () => {
    const closed = decide(total(50n * MB), alerted(120n * MB), NOW, RULES);
    expect(closed).toBe('closed');
    expect(decide(total(101n * MB), null, NOW + 300, RULES)).toBe('new');
  });

  test('only new, grown and repeat are alerted', () => {
    const all: Decision[] = ['new', 'grown', 'repeat', 'known', 'below', 'closed'];
    expect(all.filter(isAlerted)).toEqual(['new', 'grown', 'repeat']);
  });

  test('any factor of up to six decimals is compared exactly', () => {
    const millionths = fc.integer({ min: 1_000_000, max: 1_000_000_000_000 });
    const bytes = fc.bigInt({ min: 1n, max: 2n ** 90n });
    fc.assert(
      fc.property(millionths, bytes, fc.bigInt({ min: -2n, max: 2n }), (factor, before, offset) => {
        const after = (before * BigInt(factor)) / 1_000_000n + offset;
        fc.pre(after > 0n);
        const rules = { ...RULES, thresholdBytes: 0, realertGrowth: factor / 1_000_000 };
        const expected = after * 1_000_000n >= before * BigInt(factor) ? 'grown' : 'known';
        expect(decide(total(after), alerted(before), NOW, rules)).toBe(expected);
      }),
    );
  });
});

test('what was alerted in a closed episode does not matter to an open one', () => {
  expect(decide(total(240n * MB, OLD_BYTES), alerted(120n * MB), NOW, RULES, NOW)).toBe('grown');
  expect(decide(total(240n * MB), null, NOW, RULES, NOW - 300)).toBe('known');
  expect(decide(total(240n * MB), null, NOW, RULES, NOW - 301)).toBe('new');
});

describe('the status of an alert that is due again', () => {
  const { alerted: last } = alerted(120n * MB);

  test.each<[string, bigint, LastAlert | null, number, string]>([
    ['the first alert', 150n * MB, null, 2, 'new'],
    ['one byte less than twice', 240n * MB - 1n, last, 2, 'repeat'],
    ['exactly twice', 240n * MB, last, 2, 'grown'],
    ['less than before', 101n * MB, last, 2, 'repeat'],
    ['growth is off', 999n * MB, last, 0, 'repeat'],
  ])('%s', (_, bytes, before, realertGrowth, status) => {
    expect(alertStatus(bytes, before, { ...RULES, realertGrowth })).toBe(status);
  });
});

describe('growth since the last alert', () => {
  const then = NOW - 6 * 3600;

  test('is the increase of the total, and the time that took', () => {
    expect(growthSince(alerted(120n * MB, then), total(332n * MB), NOW)).toEqual({
      bytes: 212n * MB,
      sinceSeconds: 21_600,
    });
    expect(growthSince(alerted(2n ** 80n, then), total(2n ** 80n + 1n), NOW)).toEqual({
      bytes: 1n,
      sinceSeconds: 21_600,
    });
  });

  test('is known in the second of the alert', () => {
    expect(growthSince(alerted(120n * MB, then), total(121n * MB), then)).toEqual({ bytes: MB, sinceSeconds: 0 });
  });

  test('is negative when more bytes have left the window than arrived', () => {
    expect(growthSince(alerted(150n * MB, then), total(110n * MB), NOW)).toEqual({
      bytes: -40n * MB,
      sinceSeconds: 21_600,
    });
  });

  test.each<[string, Episode | null, number]>([
    ['no episode', null, NOW],
    ['an alert that nobody acknowledged', undelivered, NOW],
    ['an alert over another window', OTHER_WINDOW, NOW],
    ['a look at the time before the alert', alerted(120n * MB, then), then - 1],
  ])('is unknown with %s', (_, episode, now) => {
    expect(growthSince(episode, total(332n * MB), now)).toBeNull();
  });
});

const NEVER = Number.POSITIVE_INFINITY;
const asNew: AlertCondition = { status: 'new', atBytes: 100n * MB + 1n, notBefore: null };
const asGrown = (atBytes: bigint): AlertCondition => ({ status: 'grown', atBytes, notBefore: null });
const asRepeat = (notBefore: number): AlertCondition => ({ status: 'repeat', atBytes: 100n * MB + 1n, notBefore });

type NextCase = readonly [
  why: string,
  bytes: bigint,
  episode: Episode | null,
  rules: Partial<AlertRules>,
  ways: AlertCondition[],
];

// biome-ignore format: one line a case
const NEXT_CASES: readonly NextCase[] = [
  ['no episode', 30n * MB, null, {}, [asNew]],
  ['no episode, a leak', 130n * MB, null, {}, [asNew]],
  ['never acknowledged', 130n * MB, undelivered, {}, [asNew]],
  ['alerted', 130n * MB, alerted(120n * MB), {}, [asGrown(240n * MB), asRepeat(NOW - 3600 + DAY)]],
  ['below, its episode still open', 60n * MB, alerted(120n * MB), {}, [asGrown(240n * MB), asRepeat(NOW - 3600 + DAY)]],
  ['about to end: the next crossing is new', 50n * MB, alerted(120n * MB), {}, [asNew]],
  ['a fraction of a byte is a byte', 4n * MB, alerted(3n), { thresholdBytes: 2, realertGrowth: 1.5, realertAfterSeconds: NEVER }, [asGrown(5n)]],
  ['alerted under a lower threshold', 99n * MB, alerted(10n * MB), { realertAfterSeconds: NEVER }, [asGrown(100n * MB + 1n)]],
  ['growth is off', 130n * MB, alerted(120n * MB), { realertGrowth: 0 }, [asRepeat(NOW - 3600 + DAY)]],
  ['both are off', 130n * MB, alerted(120n * MB), { realertGrowth: 0, realertAfterSeconds: NEVER }, []],
];

describe('the next alert', () => {
  test.each(NEXT_CASES)('%s', (_, bytes, episode, rules, ways) => {
    const all = { ...RULES, ...rules };
    expect(nextAlertConditions(decide(total(bytes), episode, NOW, all), episode, all)).toEqual(ways);
  });

  test('comes exactly when it is announced, whatever happens until then', () => {
    const bytes = fc.bigInt({ min: 0n, max: 400n });
    const seconds = fc.integer({ min: 0, max: 40 });
    const group = fc.record({ bytes, lastSeen: seconds, scope: fc.constant(SCOPE) });
    const episodes = fc.option(
      fc
        .record({ at: seconds, bytes, newest: seconds, scope: fc.constantFrom(SCOPE, 'other', null) })
        .map((last) => ({ alerted: last })),
    );
    const rules = fc.record({
      thresholdBytes: fc.constantFrom(0, 99, 100, 101),
      realertGrowth: fc.constantFrom(0, 1, 1.5, 2),
      realertAfterSeconds: fc.constantFrom(1, 10, NEVER),
    });
    fc.assert(
      fc.property(group, group, episodes, seconds, seconds, rules, (now, later, episode, at, wait, rule) => {
        const ways = nextAlertConditions(decide(now, episode, at, rule), episode, rule);
        // A run in between ends the episode that is to end.
        const still = decide(now, episode, at, rule) === 'closed' ? null : episode;
        const last = still?.alerted;
        const isNews = !last || later.lastSeen > last.newest || (last.scope === SCOPE && later.bytes > last.bytes);
        const met = ways.find(
          ({ atBytes, notBefore }) => isNews && later.bytes >= atBytes && at + wait >= (notBefore ?? 0),
        );
        const decision = decide(later, still, at + wait, rule);
        expect(isAlerted(decision) ? decision : undefined).toBe(met?.status);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [100, 50n],
    [101, 50n],
    [0, 0n],
  ])('an episode under a threshold of %d is over at %d', (thresholdBytes, over) => {
    const rules = { ...RULES, thresholdBytes };
    expect(closingBytes(rules)).toBe(over);
    expect(decide(total(over), alerted(150n), NOW, rules)).toBe('closed');
    expect(decide(total(over + 1n), alerted(150n), NOW, rules)).not.toBe('closed');
  });
});
