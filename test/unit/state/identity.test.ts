import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { lockName, runId, totalScopes } from '../../../src/state/identity.ts';
import { emptyFolder } from '../../support/folders.ts';

const folder = emptyFolder();
const schedule = (rule: string, ...groupBy: string[]) => ({ rule, groupBy });
const BY_PAIR = schedule('data-leak', 'source', 'destination');

/** The scope at a time of a day, one policy and no exceptions, but for what is given. */
function scope(flags: RawFlags = {}, lines: readonly string[] = [], at = 0): string {
  const exceptions = join(folder, 'exceptions.txt');
  writeFileSync(exceptions, lines.join('\n'));
  return totalScopes(readOptions({ database: 'sqlite:events.db', exceptions, ...flags }, {})).at(at);
}

/** That of totals which also depend on an edition of an IP database. */
function withEditions(...ipDatabaseEditions: string[]): string {
  return totalScopes({ ...readOptions({ database: 'sqlite:events.db' }, {}), ipDatabaseEditions }).at(0);
}

function expectAllDifferent(keys: readonly string[]): void {
  expect(new Set(keys).size).toBe(keys.length);
}

test('the keys of state that was stored by earlier versions are found again', () => {
  expect(runId(BY_PAIR)).toBe('782f8fa3e4c644a7f21c3a51f893595ce1bacf5ca23c13a65e34c28027a3a3e4');
  expect(lockName('leaktally_state', 'scrutinizer', 'data-leak')).toBe('leaktally-e7aea2c50e6ad66b9bc298befed6dd23');
  expect(scope()).toBe('8eea7c878f7b849cfad7a584ab590807958838c910f5498a46fb4ab01504873e');
  const policy = ['Exceeded 5 MB in 5', 'Exceeded 1 MB in 5'];
  const flags = { excludeDestination: ['203.0.113.0/24'], excludeDomain: ['example.net', 'example.com'] };
  const stored = '94b062229d18dfc8fe948b07a88cb495aa0c69d01b249d7fa1334ef27d8e7f4e';
  expect(scope({ policy, includeSource: ['10.0.0.0/8'], ...flags })).toBe(stored);
  const lines = ['203.0.113.0/24', 'example.net', 'example.com'];
  expect(scope({ policy, includeSource: ['10.0.0.0/8'] }, lines)).toBe(stored);
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

describe('what a total covers', () => {
  test('does not depend on the order of policies or of exceptions', () => {
    expect(scope({ policy: ['One', 'Two'] })).toBe(scope({ policy: ['Two', 'One'] }));
    expect(scope({ excludeSource: ['10.0.0.0/8', '203.0.113.0/24'] })).toBe(
      scope({ excludeSource: ['203.0.113.0/24', '10.0.0.0/8'] }),
    );
    expect(scope({}, ['example.com', 'source 10.0.0.0/8'])).toBe(scope({}, ['source 10.0.0.0/8', 'example.com']));
  });

  test('differs by window, policies, what is left out and how', () => {
    const ipDatabase = ['as.mmdb'];
    expectAllDifferent([
      scope(),
      scope({ window: '12h' }),
      scope({ policy: ['Exceeded 1 GB'] }),
      scope({ policy: ['Exceeded 5 MB in 5', 'Exceeded 1 GB'] }),
      scope({ includeSource: ['10.0.0.0/8'] }),
      scope({ excludeSource: ['10.0.0.0/8'] }),
      scope({ excludeDestination: ['10.0.0.0/8'] }),
      scope({ excludeDestination: ['10.0.0.0/9'] }),
      scope({ excludeDomain: ['example.com'] }),
      scope({ excludeDomain: ['example.com', 'example.net'] }),
      scope({ ipDatabase, excludeAs: ['AS64496'] }),
      scope({ ipDatabase, excludeAs: ['AS64497'] }),
      withEditions('Example-ASN 1'),
      withEditions('Example-ASN 2'),
    ]);
  });

  test('does not depend on rule, group-by fields and thresholds', () => {
    expect(scope({ rule: 'night', groupBy: 'source', threshold: '5' }, ['source 10.0.0.0/8 above 5GB'])).toBe(scope());
  });

  test('an exception that ended is as if it had never been there, and one that was prolonged is the same', () => {
    const [noon, midnight] = [Date.parse('2026-01-31T12:00Z') / 1000, Date.parse('2026-02-01') / 1000];
    const until = (day: string, at: number) => scope({}, ['10.0.0.0/8', `203.0.113.9 until ${day}`], at);
    const [both, one] = [scope({}, ['10.0.0.0/8', '203.0.113.9']), scope({}, ['10.0.0.0/8'])];
    expect(until('2026-01-31', noon)).toBe(both);
    expect(until('2026-01-31', midnight - 1)).toBe(both);
    expect(until('2026-01-31', midnight)).toBe(one);
    expect(until('2026-02-28', midnight)).toBe(both);
  });
});
