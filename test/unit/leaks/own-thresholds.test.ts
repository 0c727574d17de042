import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareThresholds } from '../../../src/leaks/compare-thresholds.ts';
import { sharedFacts } from '../../../src/leaks/describe-group.ts';
import { findLeaks } from '../../../src/leaks/find-leaks.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { EMPTY_STATE } from '../../../src/state/memory.ts';
import { type IpDatabases, NO_IP_DATABASES, openIpDatabases } from '../../../src/tally/ip-database.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { addressKey } from '../../../src/util/address.ts';
import { Steps } from '../../../src/util/steps.ts';
import { addressBytes, type TestEvent } from '../../support/builders/events.ts';
import { mmdb } from '../../support/builders/mmdb.ts';
import { openEvents } from '../../support/builders/opened-events.ts';
import { emptyFolder } from '../../support/folders.ts';

/** In the afternoon of 2025-11-24 in UTC. */
const NOW = 1_764_000_007;
const DAY = 86_400;
const [B, C] = ['203.0.113.9', '198.51.100.7'];

const sent = (bytes: number, destination = B, secondsAgo = 60): TestEvent => {
  return { epoch: NOW - secondsAgo, destination, bytes };
};

function optionsWith(lines: readonly string[], flags: RawFlags = {}) {
  const exceptions = join(emptyFolder(), 'exceptions.txt');
  writeFileSync(exceptions, lines.join('\n'));
  return readOptions({ database: 'sqlite:events.db', threshold: '100', exceptions, ...flags }, {});
}

const contextOf = async (events: readonly TestEvent[]) => ({
  source: await openEvents(events),
  ipDatabases: NO_IP_DATABASES,
  showProgress: <T>(_: () => string, work: () => Promise<T>) => work(),
});

/** What is a leak, and what is watched, where these exceptions hold; each with its threshold. */
async function find(lines: readonly string[], events: readonly TestEvent[], flags: RawFlags = {}) {
  const context = {
    ...(await contextOf(events)),
    ...{ state: EMPTY_STATE, scopes: Steps.constant('same') },
    ...{ readLastAlerted: async () => new Map<string, number>(), staleness: async () => null },
  };
  const { leaks, watched } = await findLeaks(optionsWith(lines, flags), context, new Looks(null, NOW));
  return {
    leaks: leaks.map(({ leak }) => leak.describe()).map(({ bytes, thresholdBytes }) => [bytes, thresholdBytes]),
    watched: watched?.map(({ bytes, thresholdBytes }) => [bytes, thresholdBytes]),
  };
}

describe('a threshold of its own', () => {
  test.each<[string, number, boolean]>([
    [`${B} above 50`, 50, false],
    [`${B} above 50`, 51, true],
    [`${B} above 200`, 200, false],
    [`${B} above 200`, 201, true],
    [`${C} above 50`, 51, false],
    [`${B} above 50 until 2025-11-24`, 51, true],
    [`${B} above 50 until 2025-11-23`, 51, false],
  ])('with %s, %i bytes are a leak: %s', async (line, bytes, isLeak) => {
    const { leaks } = await find([line], [sent(bytes)]);
    expect(leaks.map(([total]) => total)).toEqual(isLeak ? [BigInt(bytes)] : []);
  });

  test('is what a group is watched by', async () => {
    const { leaks, watched } = await find([`${B} above 50`], [sent(40), sent(79, C), sent(5, '192.0.2.1')], {
      watch: '80',
    });
    expect(leaks).toEqual([]);
    expect(watched).toEqual([[40n, 50]]);
    expect((await find([`${B} above 50`], [sent(39)], { watch: '80' })).watched).toEqual([]);
    // No byte is near no byte.
    expect((await find([`${B} above 0`], [sent(0)], { watch: '80' })).watched).toEqual([]);
  });
});

describe('--what-if', () => {
  const compare = async (lines: readonly string[], events: readonly TestEvent[], thresholds = [100]) =>
    compareThresholds(optionsWith(lines), thresholds, await contextOf(events), NOW);

  test('takes the place of the common threshold, and not of a group’s own', async () => {
    const { ownThresholds, whatIf } = await compare([`${B} above 50`], [sent(60), sent(160, C)], [100, 1000]);
    expect(ownThresholds).toBe(1);
    expect(whatIf.map(({ thresholdBytes, leaks }) => [thresholdBytes, leaks])).toEqual([
      [100, 2],
      [1000, 1],
    ]);
  });

  test('counts the groups with a threshold of their own and an event in the window', async () => {
    const lines = [`${B} above 50`, `${C} above 70`, '192.0.2.1 above 80 until 2025-11-23'];
    const events = [sent(1), sent(1, C, DAY), sent(160, '192.0.2.1'), sent(160, '192.0.2.2')];
    expect((await compare(lines, events)).ownThresholds).toBe(2);
    expect((await compare(lines, [sent(1), sent(1, C, DAY + 1)])).ownThresholds).toBe(1);
    expect((await compare([], events)).ownThresholds).toBe(0);
  });
});

describe('AS and country of several destinations', () => {
  const record = (number: number, iso_code: string) => ({
    autonomous_system_number: number,
    country: { iso_code },
  });
  const open = async (): Promise<IpDatabases> => {
    const path = join(emptyFolder(), 'as.mmdb');
    const records = {
      '203.0.113.0/24': record(64_496, 'DE'),
      '198.51.100.0/24': record(64_496, 'FR'),
      '192.0.2.0/24': record(64_497, 'DE'),
    };
    writeFileSync(path, mmdb(records, { databaseType: 'Example-Enterprise' }));
    return openIpDatabases([path]);
  };
  const pairsTo = (...destinations: string[]) =>
    destinations.map((destination) => ({ destination: addressKey(addressBytes(destination)) }));

  test.each<[string[], number | null, string | null]>([
    [['203.0.113.9'], 64_496, 'DE'],
    [['203.0.113.9', '203.0.113.10'], 64_496, 'DE'],
    [['203.0.113.9', '198.51.100.7'], 64_496, null],
    [['203.0.113.9', '192.0.2.1'], null, 'DE'],
    [['198.51.100.7', '192.0.2.1'], null, null],
    [['203.0.113.9', '8.8.8.8'], null, null],
    [['8.8.8.8', '203.0.113.9'], null, null],
    [['8.8.8.8', '10.0.0.1'], null, null],
    [[], null, null],
  ])('%j: those that all of them share', async (destinations, number, country) => {
    const facts = sharedFacts(pairsTo(...destinations), await open());
    expect({ number: facts.as?.number ?? null, country: facts.country }).toEqual({ number, country });
    expect(facts).toHaveProperty('as');
    expect(sharedFacts(pairsTo(...destinations), NO_IP_DATABASES)).toEqual({ as: null, country: null });
  });
});
