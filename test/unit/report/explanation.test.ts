import { Chalk } from 'chalk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventCollector } from '../../../src/explain/event-collector.ts';
import type { Explanation } from '../../../src/explain/explain.ts';
import type { ExplainedEvent } from '../../../src/explain/explanation.ts';
import { explainEvents, explainGroups } from '../../../src/explain/explanation.ts';
import type { Exception } from '../../../src/options/exceptions.ts';
import { renderExplainCsv } from '../../../src/report/explanation/csv.ts';
import { renderExplainJson } from '../../../src/report/explanation/json.ts';
import { renderExplainTable } from '../../../src/report/explanation/table.ts';
import type { StoredEpisode } from '../../../src/state/memory.ts';
import { REPORT } from '../../support/builders/example-report.ts';
import { hostileNames, LONGEST_RULE } from '../../support/builders/hostile-leaks.ts';
import { PIPE, TERMINAL } from '../../support/builders/screens.ts';
import { parseCsv } from '../../support/command/output.ts';

const ADDRESSES = ['2001:1db8:1111:2222:3333:4444:5555:6666', '2001:1db8:aaaa:bbbb:cccc:dddd:eeee:ffff'] as const;
const KEYS = ADDRESSES.map((text) => Buffer.from(text.replaceAll(':', ''), 'hex'));
const RULES = { thresholdBytes: 100, realertGrowth: 1.5, realertAfterSeconds: 86_400 };
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** A line of a file, which may have any name. */
const EXCEPTION: Exception = {
  subject: { kind: 'domain', domain: 'example.net' },
  text: 'domain example.net',
  aboveBytes: 100,
  endsAt: 1_764_028_800,
  line: { file: `/etc/\u202e/\u001b[2J/${'x'.repeat(200)}`, number: 7 },
};

/** An explanation with hostile messages, and with state that somebody else wrote. */
function explanation(fragments: readonly string[], alertId: string, groupBy: Explanation['groupBy']): Explanation {
  const collector = new EventCollector({});
  for (const [index, text] of fragments.entries()) {
    const [a, b] = [KEYS[index % 2], KEYS[(index + 1) % 2]];
    collector.observe([a, b, 1_763_950_000 + index, `sum_octetdeltacount : ${text}`.slice(0, 64)]);
    collector.observe([a, a, 1_763_950_000 + index, 'sum_octetdeltacount : 9007199254740991 ']);
  }
  const thresholdOf = () => ({ bytes: RULES.thresholdBytes, exception: EXCEPTION });
  const groupOf = () => {
    const [source, destination] = ADDRESSES;
    const name = { source, destination: groupBy.includes('destination') ? destination : null, domain: null, as: null };
    return { key: 'one', ...name };
  };
  const { events, accounts } = explainEvents(collector.events, { exclusionOf: () => null, groupOf, thresholdOf }, {});
  const leak = { status: 'new', bytes: 10n ** 25n, asOf: 1_763_950_000 };
  const pending = { alertId, groupKey: 'one', failures: 3, leak } as StoredEpisode['pending'];
  const alerted = { at: 1_763_950_000, bytes: 10n ** 25n, newest: 1_763_950_000, scope: null };
  const open = new Map([['one', { id: 'x', groupKey: 'one', openedAt: 1_763_000_000, alerted, pending }]]);
  const undelivered = [{ ...pending, groupKey: `${alertId} b` } as never];
  return {
    ...{ rule: LONGEST_RULE, asOf: 1_763_940_000, windowSeconds: 86_401, thresholdBytes: 100, groupBy },
    ...{ policies: ['P'], tally: REPORT.tally, isStateKnown: true, lastRunAt: 1_763_950_000, events, absence: [] },
    changesSinceLastRun: ['window 24h to 2d', `policies "${'x '.repeat(80)}" to "P"`],
    groups: explainGroups(
      accounts,
      { state: { open, undelivered }, replays: new Map(), thresholdOf, scope: '', isRunPossible: true },
      {},
      groupBy,
      RULES,
    ),
  };
}

const plain = new Chalk({ level: 0 });
/** Wide or full width (Unicode Standard Annex #11, version 12); hexagrams and symbols without emoji presentation are narrow. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4c6\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6b\uff01-\uff60]|\p{Emoji_Presentation}/u;
/** Emoji of later versions, which string-width's table does not know. */
const LATER_EMOJI =
  /[\u{1f6d6}-\u{1f6df}\u{1f6fb}-\u{1f6ff}\u{1f7f0}\u{1f90c}\u{1f972}\u{1f977}-\u{1f979}\u{1f9a3}\u{1f9a4}\u{1f9ab}-\u{1f9ad}\u{1f9cb}\u{1f9cc}\u{1fa74}-\u{1fa77}\u{1fa7b}\u{1fa7c}\u{1fa83}-\u{1faff}]/u;
/** Columns on a terminal. */
const width = (line: string) =>
  [...line].reduce((sum, one) => sum + (WIDE.test(one) && !LATER_EMOJI.test(one) ? 2 : 1), 0);

test('whatever the database holds, the table fits 80 columns, and no format has anything unsafe in it', () => {
  const groupings = fc.constantFrom<Explanation['groupBy']>(['source'], ['source', 'destination']);
  fc.assert(
    fc.property(fc.array(hostileNames, { maxLength: 6 }), hostileNames, groupings, (fragments, alertId, groupBy) => {
      const explained = explanation(fragments, alertId, groupBy);
      const table = renderExplainTable(explained, plain, TERMINAL);
      for (const line of table.split('\n')) {
        expect(UNSAFE.test(line), JSON.stringify(line)).toBe(false);
        expect(width(line), line).toBeLessThanOrEqual(80);
      }
      const json = renderExplainJson(explained);
      expect(UNSAFE.test(json.replaceAll('\n', ''))).toBe(false);
      expect(JSON.parse(json).events).toHaveLength(explained.events.length);
      const csv = renderExplainCsv(explained);
      expect(UNSAFE.test(csv.replaceAll('\r\n', ''))).toBe(false);
      expect(csv).not.toContain(';');
      expect(parseCsv(csv)).toHaveLength(explained.events.length);
    }),
    { numRuns: 60 },
  );
});

test('addresses are whole in the table, folded within their column if they are too long', () => {
  const table = renderExplainTable(explanation(['1', '2'], 'a', ['source']), plain, TERMINAL);
  const column = table.split('\n').flatMap((line) => /^(?:11-24 \d\d:\d\d:\d\d|\s{14}) {2}(\S+)/.exec(line)?.[1] ?? []);
  expect(column.join('')).toContain(ADDRESSES[1]);
});

test('in a pipe no address is split, and without UTF-8 it is drawn in ASCII', () => {
  const explained = explanation(['1', '2'], 'a', ['source']);
  const lines = renderExplainTable(explained, plain, PIPE).split('\n');
  expect(lines.filter((line) => line.includes(ADDRESSES[1]))).not.toEqual([]);
  expect(renderExplainTable(explained, plain, { ...PIPE, isUnicode: false })).toMatch(/^[\n -~]+$/);
});

test('each line of the table says what became of an event', () => {
  const explained = explanation([], 'a', ['source']);
  const group = { key: 'one', source: '10.1.1.5', destination: null, domain: null, as: null };
  const event: ExplainedEvent = {
    ...{ time: 1_763_950_000, group, source: '10.1.1.5', destination: '203.0.113.9', bytes: 60, total: 60n },
    ...{ reason: null, shortReason: null, fragment: null, crosses: false, ipFacts: null },
  };
  const events = [
    event,
    {
      ...event,
      reason: 'excluded: source 10.0.0.0/8 (x.txt, line 2)',
      shortReason: 'excluded: source 10.0.0.0/8',
    },
    { ...event, bytes: null, reason: 'unreadable', fragment: 'sum_octetdeltacount : x' },
    { ...event, total: 120n, crosses: true },
  ];
  const lines = renderExplainTable({ ...explained, groups: [], events }, plain, TERMINAL)
    .split('\n')
    .slice(2, 9);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['11-24 02:06:40', '60', '60'],
    ['11-24 02:06:40', '60'],
    ['└ excluded: source 10.0.0.0/8'],
    ['11-24 02:06:40', 'unreadable'],
    ['└ "sum_octetdeltacount : x"'],
    ['11-24 02:06:40', '60', '120'],
    ['└ above 100 B from here on'],
  ]);
});
