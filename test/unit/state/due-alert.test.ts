import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Breakdown, Leak } from '../../../src/model.ts';
import { renderCsv } from '../../../src/report/csv.ts';
import { renderJson } from '../../../src/report/json.ts';
import { renderHtml } from '../../../src/report/page/page.ts';
import { renderTable } from '../../../src/report/table.ts';
import { type DueAlert, decodeDueAlert, encodeDueAlert } from '../../../src/state/due-alert.ts';
import { dueAlertOf, entries, LEAK, REPORT, summaryOf } from '../../support/builders/example-report.ts';
import { TERMINAL } from '../../support/builders/screens.ts';

const bytes = fc.bigInt({ min: 0n, max: 2n ** 90n });
const seconds = fc.nat({ max: 4_102_444_800 });
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('bytes', '"', '\\u0022', '__proto__'),
);
const facts = {
  as: fc.option(fc.record({ number: fc.nat(), organization: fc.option(text) })),
  country: fc.option(text),
};
const share = fc.oneof(fc.record({ address: text, bytes }), fc.record({ address: text, bytes, ...facts }));
const breakdown: fc.Arbitrary<Breakdown | null> = fc.option(
  fc.record({ count: fc.nat(), top: fc.array(share, { maxLength: 5 }) }),
);
const leak: fc.Arbitrary<Leak> = fc.record({
  source: fc.option(text),
  destination: fc.option(text),
  sources: breakdown,
  destinations: breakdown,
  domain: fc.option(text),
  ...facts,
  timeline: fc.array(bytes, { maxLength: 24, size: 'max' }),
  activeSlots: fc.nat(),
  longestPauseSeconds: seconds,
  bytes,
  events: fc.nat(),
  firstSeen: seconds,
  lastSeen: seconds,
  fqdns: fc.array(text, { maxLength: 20, size: 'max' }),
  fqdnsOmitted: fc.nat(),
  fqdnsFailure: fc.option(text),
  status: fc.constantFrom('new' as const, 'grown' as const, 'repeat' as const),
  thresholdBytes: fc.option(fc.maxSafeNat()),
  growth: fc.option(fc.record({ bytes: fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), sinceSeconds: fc.nat() })),
  crossedAt: fc.option(seconds),
  asOf: seconds,
});
const due: fc.Arbitrary<DueAlert> = fc.record({
  alertId: text,
  groupKey: text,
  episodeId: text,
  failures: fc.nat(),
  covers: fc.record({ at: seconds, newest: seconds }),
  leak: leak.map(summaryOf),
});

/** The alert with its whole leak, to compare. */
const whole = ({ leak, ...alert }: DueAlert) => ({ ...alert, leak: leak.describe() });

describe('a due alert in the state table', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(due, (alert) => {
        const decoded = decodeDueAlert(encodeDueAlert(alert));
        expect(whole(decoded)).toEqual(whole(alert));
        const { describe: _, ...summary } = decoded.leak;
        expect(whole(alert).leak).toMatchObject(summary);
      }),
    );
  });

  test('is printable ASCII, whatever the names are', () => {
    fc.assert(
      fc.property(due, (alert) => {
        expect(encodeDueAlert(alert)).toMatch(/^[ -~]*$/);
      }),
    );
  });

  test('keeps the newest names only, and fits into a TEXT column of MySQL', () => {
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const fqdns = Array.from({ length: 100 }, (_, at) => `${at}${'😀'.repeat(250)}`);
    const encoded = encodeDueAlert({ ...alert, leak: summaryOf({ ...alert.leak.describe(), fqdns }) });
    expect(encoded.length).toBeLessThan(65_536);
    const kept = decodeDueAlert(encoded).leak.describe().fqdns;
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(fqdns.slice(0, kept.length));
  });

  test('of an earlier version has no growth', () => {
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const stored = JSON.parse(encodeDueAlert(alert)) as { leak: { growth?: unknown } };
    delete stored.leak.growth;
    const { leak } = whole(alert);
    expect(whole(decodeDueAlert(JSON.stringify(stored)))).toEqual({ ...alert, leak: { ...leak, growth: null } });
  });

  test('of a version without domains and shapes can still be shown', async () => {
    const { domain, timeline, activeSlots, longestPauseSeconds, growth, alert: outcome, ...before } = LEAK;
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const stored = { ...JSON.parse(encodeDueAlert(alert)), leak: { ...before, bytes: `${before.bytes}` } };
    const leak = decodeDueAlert(JSON.stringify(stored)).leak.describe();
    expect(leak).toMatchObject({ ...before, domain: null, as: null, country: null, growth: null, activeSlots: 0 });
    const report = { ...REPORT, leaks: entries({ ...leak, alert: outcome, alertId: null }) };
    expect(await renderTable(report, new Chalk({ level: 0 }), TERMINAL)).toContain('10.1.1.5');
    const [json, csv] = [renderJson(report), renderCsv(report)].map((parts) => [...parts].join(''));
    for (const text of [json, csv, renderHtml(report)]) expect(text).toContain('10.1.1.5');
  });

  test('says up to when it covers its episode only where that is not the time of its leak', () => {
    const { alert: _, ...leak } = LEAK;
    const own = dueAlertOf(leak, { alertId: 'a', groupKey: 'g', episodeId: 'e', failures: 0 });
    const { at, newest } = own.covers;
    expect(JSON.parse(encodeDueAlert(own))).not.toHaveProperty('covers');
    for (const covers of [own.covers, { at: at + 1, newest }, { at, newest: newest + 1 }, { at: at - 1, newest: 0 }]) {
      expect(decodeDueAlert(encodeDueAlert({ ...own, covers })).covers).toEqual(covers);
    }
  });

  test.each(['bytes', 'asOf', 'lastSeen', 'status'])('without the %s of its leak it is none', (field) => {
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const stored = JSON.parse(encodeDueAlert(alert));
    delete stored.leak[field];
    expect(() => decodeDueAlert(JSON.stringify(stored))).toThrow('not a stored alert');
  });

  test.each([undefined, null, 5])('with %s for an id it is none', (alertId) => {
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const stored = { ...JSON.parse(encodeDueAlert(alert)), alertId };
    expect(() => decodeDueAlert(JSON.stringify(stored))).toThrow('not a stored alert');
  });

  test('of a version without a timeline has one without bytes', () => {
    const [alert] = fc.sample(due, { numRuns: 1, seed: 1 }) as [DueAlert];
    const stored = JSON.parse(encodeDueAlert(alert));
    delete stored.leak.timeline;
    const { timeline } = decodeDueAlert(JSON.stringify(stored)).leak.describe();
    expect(timeline).toEqual(Array.from({ length: 24 }, () => 0n));
  });

  test('any other text is an error', () => {
    expect(() => decodeDueAlert('')).toThrow();
    expect(() => decodeDueAlert('{"leak":{"bytes":"many"}}')).toThrow();
  });
});
