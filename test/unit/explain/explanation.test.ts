import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absenceReasons } from '../../../src/explain/absence.ts';
import { EventCollector } from '../../../src/explain/event-collector.ts';
import { explainEvents, explainGroups, type RunDecisions } from '../../../src/explain/explanation.ts';
import type { AddressPair, Cell, GroupName } from '../../../src/model.ts';
import { EMPTY_STATE, type State, type StoredEpisode } from '../../../src/state/memory.ts';
import { replay } from '../../../src/state/replay.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { formatAddress } from '../../../src/util/address.ts';
import { Steps } from '../../../src/util/steps.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
const RULES = { thresholdBytes: 100, realertGrowth: 2, realertAfterSeconds: 1000 };
const host = (last: number) => Buffer.from([10, 0, 0, last]);
const bySource = ({ source }: AddressPair): GroupName => {
  const shown = formatAddress(source);
  return { key: shown, source: shown, destination: null, domain: null, as: null };
};
const ALL = {
  exclusionOf: () => null,
  groupOf: bySource,
  thresholdOf: () => ({ bytes: RULES.thresholdBytes, exception: null }),
};

const excluding = (text: string) => ({ text, description: `${text} (x.txt, line 2)` });

function collect(rows: readonly (readonly [source: Buffer | null, epoch: number, count: number | string])[]) {
  const collector = new EventCollector({});
  for (const [source, epoch, count] of rows) {
    collector.observe([source, host(9), epoch, `sum_octetdeltacount : ${count} threshold`]);
  }
  return collector.events;
}

describe('events', () => {
  test('come in order of time, each with the total so far; one of them crosses the threshold', () => {
    const collected = collect([
      [host(1), 30, 1],
      [host(1), 10, 60],
      [host(1), 20, 40],
      [host(1), 40, 5],
    ]);
    const { events, accounts } = explainEvents(collected, ALL, {});
    expect(events.map(({ time, total, crosses }) => [time, total, crosses])).toEqual([
      [10, 60n, false],
      // Exactly the threshold is no leak.
      [20, 100n, false],
      [30, 101n, true],
      [40, 106n, false],
    ]);
    expect(accounts.get('10.0.0.1')).toMatchObject({ bytes: 106n, events: 4, lastSeen: 40, crossedAt: 30 });
  });

  test('an event that is not counted says why, and changes no total', () => {
    const collected = collect([
      [host(1), 10, 60],
      [host(2), 20, 70],
      [host(1), 30, '5,242,880\u202e'],
      [host(2), 40, '-1'],
    ]);
    const facts = {
      ...ALL,
      exclusionOf: ({ source }: AddressPair) => (source.endsWith('\x02') ? excluding('source 10.0.0.2') : null),
      thresholdOf: () => ({ bytes: 50, exception: null }),
    };
    const { events, accounts } = explainEvents(collected, facts, {});
    expect(events.map(({ total, reason, fragment }) => [total, reason, fragment])).toEqual([
      [60n, null, null],
      [0n, 'excluded: source 10.0.0.2 (x.txt, line 2)', null],
      [60n, 'unreadable', 'sum_octetdeltacount : 5,242,880? threshold'],
      [0n, 'unreadable', 'sum_octetdeltacount : -1 threshold'],
    ]);
    expect([...accounts.values()]).toMatchObject([
      { bytes: 60n, events: 1, excludedEvents: 0, unreadableEvents: 1, lastSeen: 10, crossedAt: 10 },
      {
        bytes: 0n,
        events: 0,
        excludedEvents: 1,
        excludedBytes: 70n,
        exclusions: ['source 10.0.0.2 (x.txt, line 2)'],
        unreadableEvents: 1,
        lastSeen: 0,
        crossedAt: null,
      },
    ]);
  });

  test('totals, crossings and counts are those of a naive sum, also beyond 2^53', () => {
    const row = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 20 }),
      fc.oneof(fc.constantFrom<number | string>('', '1,5', LARGEST, LARGEST - 1), fc.nat(60)),
    );
    const manyRows = fc.array(row, { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(manyRows, fc.constantFrom(0, 100, LARGEST), (rows, threshold) => {
        const facts = {
          ...ALL,
          exclusionOf: ({ source }: AddressPair) => (source.endsWith('\x03') ? excluding('source 10.0.0.3') : null),
          thresholdOf: () => ({ bytes: threshold, exception: null }),
        };
        const collected = collect(rows.map(([source, epoch, count]) => [host(source), epoch, count]));
        const { events, accounts } = explainEvents(collected, facts, {});
        expect(events.map(({ time }) => time)).toEqual(rows.map(([, epoch]) => epoch).sort((a, b) => a - b));
        for (const source of [1, 2, 3]) {
          const mine = events.filter((event) => event.source === `10.0.0.${source}`);
          const counts = (upTo: number) =>
            rows.filter(
              ([of, epoch, count]) => of === source && source < 3 && epoch <= upTo && typeof count === 'number',
            );
          const sum = (upTo: number) => counts(upTo).reduce((total, [, , count]) => total + BigInt(count), 0n);
          // The total after a second's last event includes that whole second.
          const last = mine.filter((event, index) => mine[index + 1]?.time !== event.time);
          expect(last.map(({ total }) => total)).toEqual(last.map(({ time }) => sum(time)));
          const crossed = mine.find(({ time }) => sum(time) > threshold)?.time ?? null;
          expect(mine.filter(({ crosses }) => crosses).map(({ time }) => time)).toEqual(
            crossed === null ? [] : [crossed],
          );
          const account = accounts.get(`10.0.0.${source}`);
          if (account) expect(account).toMatchObject({ bytes: sum(20), events: counts(20).length, crossedAt: crossed });
          expect(account === undefined).toBe(mine.length === 0);
        }
      }),
    );
  });

  test('only those of the given addresses are kept', () => {
    const collector = new EventCollector({ source: host(1).toString('latin1') });
    const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), host(1)]);
    for (const source of [host(1), host(2), null, mapped])
      collector.observe([source, host(9), 1, 'sum_octetdeltacount : 1']);
    expect(collector.events).toHaveLength(2);
    expect(collector.pairs()).toHaveLength(1);
  });
});

describe('groups', () => {
  const episode = (groupKey: string, bytes: bigint | null, pending = false): StoredEpisode => ({
    id: groupKey,
    groupKey,
    openedAt: 5,
    alerted: bytes === null ? null : { at: 15, bytes, newest: 10, scope: '' },
    pending: pending
      ? dueAlertOf(
          { ...LEAK, bytes: 120n, asOf: 15, lastSeen: 10 },
          { alertId: 'a', groupKey, episodeId: groupKey, failures: 2 },
        )
      : null,
  });
  const open = (...episodes: StoredEpisode[]) => ({
    open: new Map(episodes.map((one) => [one.groupKey, one])),
    undelivered: [],
  });
  const explained = (bytes: number, state = open(), epoch = 20) => {
    const { accounts } = explainEvents(collect([[host(1), epoch, bytes]]), ALL, {});
    const cells = [{ first: epoch, last: epoch, bytes, events: 1 }];
    return explainGroups(accounts, decisionsOn(state, new Map([['10.0.0.1', cells]])), {}, ['source'], RULES);
  };
  const decisionsOn = (state: State, cells = new Map<string, Cell[]>()): RunDecisions => {
    const thresholds = Steps.constant(ALL.thresholdOf());
    const rules = { ...RULES, windowSeconds: 30, closing: 'all' as const, thresholds, scopes: Steps.constant('') };
    const replayed = [...new Set([...cells.keys(), ...state.open.keys()])].map((key) => {
      const history = { episode: state.open.get(key) ?? null, lastAlerted: null };
      return [key, replay(cells.get(key) ?? [], history, new Looks(null, 30), rules)] as const;
    });
    return { state, replays: new Map(replayed), thresholdOf: ALL.thresholdOf, scope: '', isRunPossible: true };
  };

  test('are decided on as in a run', () => {
    expect(explained(150)).toMatchObject([{ decision: 'new', isDue: true, hasNewBytes: null }]);
    expect(explained(100)).toMatchObject([{ decision: 'below', isDue: false }]);
    const alerted = open(episode('10.0.0.1', 120n));
    expect(explained(150, alerted)).toMatchObject([{ decision: 'known', isDue: false, hasNewBytes: true }]);
    expect(explained(110, alerted, 10)).toMatchObject([{ decision: 'known', isDue: false, hasNewBytes: false }]);
    expect(explained(240, alerted)).toMatchObject([{ decision: 'grown', isDue: true }]);
    expect(explained(50, alerted)).toMatchObject([{ decision: 'closed', isDue: false, closesAtBytes: 50n }]);
  });

  test('an alert that could not be sent is due whatever the total is', () => {
    expect(explained(60, open(episode('10.0.0.1', 120n, true)))).toMatchObject([{ decision: 'below', isDue: true }]);
    const undelivered = [{ alertId: 'a', groupKey: '10.0.0.1', failures: 1 } as never];
    expect(explained(60, { ...open(), undelivered })).toMatchObject([{ decision: 'below', isDue: true, undelivered }]);
  });

  test('those that only the state knows are included, the largest first', () => {
    const groups = explained(60, open(episode('10.0.0.7', 120n)));
    expect(groups).toMatchObject([
      { key: '10.0.0.1', bytes: 60n, decision: 'below', episode: null },
      { key: '10.0.0.7', source: '10.0.0.7', destination: null, bytes: 0n, lastSeen: 0, decision: 'closed' },
    ]);
    const other = { source: host(8).toString('latin1') };
    expect(explainGroups(new Map(), decisionsOn(open(episode('10.0.0.7', 120n))), other, ['source'], RULES)).toEqual(
      [],
    );
    expect(explainGroups(new Map(), decisionsOn(EMPTY_STATE), {}, ['source'], RULES)).toEqual([]);
  });
});

test('without an event, only the reasons that hold are given', () => {
  const nowhere = { within: 0, before: null, after: null };
  const facts = {
    policies: ['A', 'B\u001b'],
    matched: 5,
    groupBy: ['domain' as const],
    ofOtherNames: 0,
    elsewhere: nowhere,
    sourceAlone: null,
  };
  const said = (more: object) => absenceReasons({ ...facts, ...more }).join('\n');
  expect(said({ matched: 0 })).toContain('No event in the window contains "A" or "B?"');
  expect(said({})).toMatch(/5 events .*none of this group.*\nIt has none outside/);
  expect(said({ elsewhere: { ...nowhere, within: 3 } })).toMatch(/3 events of this group .*--policy\.$/);
  expect(said({ elsewhere: { ...nowhere, before: 0 } })).toMatch(/before the window was at 1970-01-01 00:00:00 UTC.*$/);
  expect(said({ elsewhere: { ...nowhere, after: 60 } })).toMatch(/after the window was at 1970-01-01 00:01:00 UTC.*$/);
  const here = { ofOtherNames: 1, elsewhere: { ...nowhere, within: 1 } };
  expect(said(here)).not.toContain('other policies');
  expect(said(here)).toMatch(/\n1 event between these addresses went to other domains.*$/);
  expect(said({ ...here, groupBy: ['as'] })).toMatch(/ went to other autonomous systems; .*IP database.*$/);
  expect(said({ elsewhere: null })).toMatch(/^The window has 5 events.*$/);
  const asked = { sourceAlone: '203.0.113.9' };
  expect(said(asked)).toMatch(/\n203\.0\.113\.9 .*as a source.* --group-by destination --explain 203\.0\.113\.9$/);
  // It is a source.
  expect(said({ ...asked, elsewhere: { ...nowhere, before: 0 } })).not.toContain('--group-by');
});
