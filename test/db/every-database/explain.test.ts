import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB } from '../../support/builders/events.ts';
import { explanationOf } from '../../support/command/json-explanation.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

const SIX = '2001:db8::1f';

onEveryDatabase((base) => {
  const test = base.extend('explained', ({ database }) => async (group: string, ...args: string[]) => {
    return explanationOf(database, group, ['--as-of', `${AS_OF}`, ...args]);
  });

  test('explains the groups of a source as a run adds them up', async ({ database }) => {
    await insertEvents(database, [
      { epoch: AS_OF - 50, source: SIX, destination: SIX, bytes: Number.MAX_SAFE_INTEGER },
      { epoch: AS_OF - 60, source: SIX, destination: SIX, bytes: Number.MAX_SAFE_INTEGER },
      { epoch: AS_OF - 40, source: SIX, bytes: 60 * MB },
      { epoch: AS_OF - 30, source: SIX, bytes: 40 * MB },
      { epoch: AS_OF - 20, source: SIX, bytes: 1 },
      { epoch: AS_OF - 10, source: SIX, bytes: '5,242,880' },
      { epoch: AS_OF - 10, source: '::ffff:10.1.1.5', bytes: 200 * MB },
      { epoch: AS_OF - 10, source: SIX, destination: null, bytes: 5 },
    ]);
    const args = ['--as-of', `${AS_OF}`, '--explain', '2001:DB8:0::1F'];
    const { stdout } = await runOn(database, [...args, '--format', 'json']);
    // Exact, where JSON.parse is not.
    const total = BigInt(Number.MAX_SAFE_INTEGER) * 2n;
    expect(stdout.match(new RegExp(`"(bytes|total)": ${total},`, 'g'))).toHaveLength(2);
    const { groups, events, isStateKnown } = JSON.parse(stdout);
    expect(isStateKnown).toBe(true);
    expect(groups).toMatchObject([
      { source: SIX, destination: SIX, events: 2, crossedAt: AS_OF - 60, decision: 'new' },
      { destination: '203.0.113.9', bytes: 100 * MB + 1, events: 3, unreadableEvents: 1, crossedAt: AS_OF - 20 },
      { destination: 'unknown', bytes: 5, decision: 'below' },
    ]);
    expect(events.map(({ time, destination }: Record<string, unknown>) => [AS_OF - Number(time), destination])).toEqual(
      [
        [60, SIX],
        [50, SIX],
        [40, '203.0.113.9'],
        [30, '203.0.113.9'],
        [20, '203.0.113.9'],
        [10, '203.0.113.9'],
        [10, 'unknown'],
      ],
    );
    const { leaks } = await reportOf(database, ['--as-of', `${AS_OF}`]);
    expect(leaks.filter(({ source }) => source === SIX).map(({ bytes }) => bytes)).toEqual(
      groups.slice(0, 2).map(({ bytes }: { bytes: number }) => bytes),
    );
    const table = (await runOn(database, args)).stdout;
    expect(table).toContain(total.toLocaleString('en-US'));
    for (const line of table.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
  });

  test('reads the question by the fields that events are grouped by', async ({ database, explained }) => {
    await insertEvents(database, [
      { epoch: AS_OF - 3, bytes: 60 * MB },
      { epoch: AS_OF - 2, source: '10.1.1.6', bytes: 60 * MB },
      { epoch: AS_OF - 1, destination: '203.0.113.10', bytes: 60 * MB },
      { epoch: AS_OF - 1, source: null, bytes: '5.2e6' },
    ]);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'a.example.net', AS_OF);
    await insertName(database, '10.1.1.5', '203.0.113.10', 'b.example.net', AS_OF);
    const seen = async (groupBy: string, group: string) => {
      const { groups, events } = await explained(group, '--group-by', groupBy);
      return [groups.map(({ bytes }) => bytes / MB), events.map(({ time }) => time - AS_OF)];
    };
    expect(await seen('source', '10.1.1.5')).toEqual([[120], [-3, -1]]);
    expect(await seen('source', 'unknown')).toEqual([[0], [-1]]);
    expect(await seen('destination', '203.0.113.9')).toEqual([[120], [-3, -2, -1]]);
    expect(await seen('domain', 'example.net')).toEqual([[120], [-3, -1]]);
    expect(await seen('domain', 'a.example.net')).toEqual([[120], [-3, -1]]);
    expect(await seen('domain', '203.0.113.9')).toEqual([[60], [-2, -1]]);
    expect(await seen('source,domain', '10.1.1.5,example.net')).toEqual([[120], [-3, -1]]);
    expect(await seen('source,domain', '10.1.1.5,example.org')).toEqual([[], []]);
    expect(await seen('source,destination,domain', '10.1.1.5,203.0.113.10')).toEqual([[60], [-1]]);
  });

  test('gives the reasons why a group has no events', async ({ database, explained }) => {
    await insertEvents(database, [
      { epoch: AS_OF - 100_000, bytes: 1 },
      { epoch: AS_OF - 90_000, bytes: 1 },
      { epoch: AS_OF - 5, policy: 'Other', source: '10.1.1.6' },
      { epoch: AS_OF + 7, source: '10.1.1.6', bytes: 1 },
      { epoch: AS_OF + 9, source: '10.1.1.6', bytes: 1 },
      { epoch: AS_OF - 5, source: '10.1.1.7', bytes: 1 },
      { epoch: AS_OF - 90_000, source: Buffer.from('odd'), bytes: 1 },
    ]);
    const why = async (group: string, ...args: string[]) => (await explained(group, ...args)).absence.join('\n');
    expect(await why('10.1.1.5')).toMatch(
      /1 event .*none of this group.*\n.*before the window was at 2025-11-23 01:06:40 UTC.*$/,
    );
    expect(await why('10.1.1.6,203.0.113.9')).toMatch(
      /\n.* 1 event of this group .*--policy\.\n.*after the window was at 2025-11-24 02:06:47 UTC.*$/,
    );
    expect(await why('10.1.1.6,203.0.113.1')).toMatch(/It has none outside the window/);
    expect(await why('unknown')).toMatch(/before the window/);
    expect(await why('10.1.1.5', '--policy', 'Renamed')).toMatch(/^No event in the window contains "Renamed"/);
    const { code, stdout } = await runOn(database, ['--explain', '10.1.1.5', '--as-of', `${AS_OF}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No events +The window has 1 event/m);
  });
});
