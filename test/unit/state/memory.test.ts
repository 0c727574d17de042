import { describe, expect, test } from 'vitest';
import type { GroupField } from '../../../src/model.ts';
import { EMPTY_MEMORY, EMPTY_STATE, openGroups, type State } from '../../../src/state/memory.ts';

const A = '10.1.1.5';
const B = '203.0.113.9';

/** A state with episodes of these groups, each opened at this time. */
function stateOf(opened: Readonly<Record<string, number>>): State {
  const episodes = Object.entries(opened).map(([groupKey, openedAt], index) => {
    return [groupKey, { id: `${index}`, groupKey, openedAt, alerted: null, pending: null }] as const;
  });
  return { open: new Map(episodes), undelivered: [] };
}

const groupsOf = (opened: Readonly<Record<string, number>>, ...groupBy: GroupField[]) =>
  openGroups(stateOf(opened), groupBy);

test('nothing is remembered at first', () => {
  expect(EMPTY_MEMORY).toEqual({ state: EMPTY_STATE, lastRun: null, damaged: [] });
  expect(EMPTY_STATE).toEqual({ open: new Map(), undelivered: [] });
});

describe('the groups with an open episode', () => {
  test('do not matter where there is none, or no domain in their keys', () => {
    expect(groupsOf({}, 'source', 'domain')).toBeNull();
    expect(groupsOf({ [A]: 5 }, 'source')).toBeNull();
    expect(groupsOf({ [`${A} ${B}`]: 5 }, 'source', 'destination')).toBeNull();
  });

  test('know when each was opened', () => {
    const groups = groupsOf({ [`${A} example.net`]: 5, [`${A} example.org`]: 0 }, 'source', 'domain');
    expect(groups?.openedAt(`${A} example.net`)).toBe(5);
    expect(groups?.openedAt(`${A} example.org`)).toBe(0);
    expect(groups?.openedAt(`${A} example.com`)).toBeNull();
  });

  test('of sources: which have one, and which have one with a domain', () => {
    const opened = {
      [`${A} example.net`]: 5,
      [`10.1.1.6 ${B}`]: 5,
      '10.1.1.7 2001:db8::1': 5,
      'unknown example.net': 5,
    };
    const groups = groupsOf(opened, 'source', 'domain');
    const sources = [A, '10.1.1.6', '10.1.1.7', 'unknown', '10.1.1.8', '10.1.1.50', 'example.net'];
    expect(sources.filter((source) => groups?.includesSource(source))).toEqual(sources.slice(0, 4));
    expect(sources.filter((source) => groups?.includesDomainOf(source))).toEqual([A, 'unknown']);
  });

  test('of all three fields: the domain is the last one', () => {
    const opened = { [`${A} ${B} example.net`]: 5, [`10.1.1.6 ${B} ${B}`]: 5 };
    const groups = groupsOf(opened, 'source', 'destination', 'domain');
    expect([A, '10.1.1.6'].map((source) => groups?.includesSource(source))).toEqual([true, true]);
    expect([A, '10.1.1.6'].map((source) => groups?.includesDomainOf(source))).toEqual([true, false]);
  });

  test.each<[GroupField[], string]>([
    [['domain'], 'example.net'],
    [['destination', 'domain'], `${B} example.net`],
  ])('by %s: a key has no source, so any may have one', (groupBy, key) => {
    const groups = groupsOf({ [key]: 5 }, ...groupBy);
    expect(groups?.includesSource(A)).toBe(true);
    expect(groups?.includesDomainOf(A)).toBe(false);
    expect(groups?.openedAt(key)).toBe(5);
  });
});
