import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import type { AddressRange, ExclusionRules } from '../../../src/model.ts';
import { lockName, runId, scopeHash } from '../../../src/state/identity.ts';

const schedule = (rule: string, ...groupBy: string[]) => ({ rule, groupBy });
const BY_PAIR = schedule('data-leak', 'source', 'destination');

function range(text: string): AddressRange {
  const [network, prefixLength] = ipaddr.parseCIDR(text);
  return { text, network, prefixLength };
}

/** The scope of a day, one policy and no exclusions, but for what is given. */
function scope({
  windowSeconds = 86_400,
  policies = ['Exceeded 5 MB in 5'],
  ipDatabaseEditions = [],
  ...lists
}: Partial<ExclusionRules> & {
  windowSeconds?: number;
  policies?: string[];
  ipDatabaseEditions?: string[];
} = {}): string {
  const none = { includeSources: [], excludeSources: [], excludeDestinations: [], excludeDomains: [], excludeAs: [] };
  return scopeHash({ windowSeconds, policies, ipDatabaseEditions, exclusions: { ...none, ...lists } });
}

function expectAllDifferent(keys: readonly string[]): void {
  expect(new Set(keys).size).toBe(keys.length);
}

test('the keys of state that was stored by earlier versions are found again', () => {
  expect(runId(BY_PAIR)).toBe('782f8fa3e4c644a7f21c3a51f893595ce1bacf5ca23c13a65e34c28027a3a3e4');
  expect(lockName('leaktally_state', 'scrutinizer', 'data-leak')).toBe('leaktally-e7aea2c50e6ad66b9bc298befed6dd23');
  expect(scope()).toBe('8eea7c878f7b849cfad7a584ab590807958838c910f5498a46fb4ab01504873e');
  expect(
    scope({
      policies: ['Exceeded 5 MB in 5', 'Exceeded 1 MB in 5'],
      includeSources: [range('10.0.0.0/8')],
      excludeDestinations: [range('203.0.113.0/24')],
      excludeDomains: ['example.net', 'example.com'],
    }),
  ).toBe('94b062229d18dfc8fe948b07a88cb495aa0c69d01b249d7fa1334ef27d8e7f4e');
});

test('runId differs where the rule ends and the group-by fields begin', () => {
  expectAllDifferent([runId(schedule('a', 'source')), runId(schedule('as', 'ource'))]);
});

test('runId differs by rule and group-by fields, and by nothing else', () => {
  expectAllDifferent([
    runId(BY_PAIR),
    runId(schedule('night', 'source', 'destination')),
    runId(schedule('data-leak', 'source')),
    runId(schedule('data-leak', 'source', 'destination', 'domain')),
  ]);
  expect(runId({ ...BY_PAIR, ...{ windowSeconds: 60, thresholdBytes: 1, policies: ['Another'] } })).toBe(
    runId(BY_PAIR),
  );
});

describe('lockName', () => {
  test('differs by schema, table and rule', () => {
    expectAllDifferent([
      lockName('leaktally_state', 'scrutinizer', 'data-leak'),
      lockName('leaktally_state', 'test', 'data-leak'),
      lockName('leaktally_state', '', 'data-leak'),
      lockName('alerts', 'scrutinizer', 'data-leak'),
      lockName('leaktally_state', 'scrutinizer', 'night'),
    ]);
  });

  test('is the same however the table is named', () => {
    const name = lockName('leaktally_state', 'scrutinizer', 'data-leak');
    expect(lockName('scrutinizer.leaktally_state', 'scrutinizer', 'data-leak')).toBe(name);
    expect(lockName('scrutinizer.leaktally_state', 'elsewhere', 'data-leak')).toBe(name);
  });

  test('has room in MySQL, which allows 64 characters', () => {
    expect(lockName(`${'s'.repeat(63)}.${'t'.repeat(58)}`, '', 'r'.repeat(64)).length).toBeLessThanOrEqual(64);
  });
});

describe('scopeHash', () => {
  test('does not depend on the order of policies or of exclusion entries', () => {
    const [ten, documentation] = [range('10.0.0.0/8'), range('203.0.113.0/24')];
    expect(scope({ policies: ['One', 'Two'] })).toBe(scope({ policies: ['Two', 'One'] }));
    expect(scope({ excludeSources: [ten, documentation] })).toBe(scope({ excludeSources: [documentation, ten] }));
    expect(scope({ excludeDomains: ['example.com', 'example.net'] })).toBe(
      scope({ excludeDomains: ['example.net', 'example.com'] }),
    );
    expect(scope({ excludeSources: [ten], excludeDomains: ['example.com'] })).toBe(
      scope({ excludeDomains: ['example.com'], excludeSources: [ten] }),
    );
  });

  test('differs by window, policies, exclusion entries and the list in which they stand', () => {
    const ten = range('10.0.0.0/8');
    expectAllDifferent([
      scope(),
      scope({ windowSeconds: 43_200 }),
      scope({ policies: ['Exceeded 1 GB'] }),
      scope({ policies: ['Exceeded 5 MB in 5', 'Exceeded 1 GB'] }),
      scope({ includeSources: [ten] }),
      scope({ excludeSources: [ten] }),
      scope({ excludeDestinations: [ten] }),
      scope({ excludeDestinations: [range('10.0.0.0/9')] }),
      scope({ excludeDomains: ['example.com'] }),
      scope({ excludeDomains: ['example.com', 'example.net'] }),
      scope({ excludeAs: [64_496] }),
      scope({ excludeAs: [64_496, 64_511] }),
      scope({ ipDatabaseEditions: ['Example-ASN 1'] }),
      scope({ ipDatabaseEditions: ['Example-ASN 2'] }),
    ]);
  });

  test('does not depend on rule, group-by fields and threshold', () => {
    const settings = { windowSeconds: 86_400, policies: ['Exceeded 5 MB in 5'] };
    const exclusions = {
      includeSources: [],
      excludeSources: [],
      excludeDestinations: [],
      excludeDomains: [],
      excludeAs: [],
    };
    expect(scopeHash({ ...settings, exclusions, ...{ ...BY_PAIR, thresholdBytes: 5 } })).toBe(scope());
  });
});
