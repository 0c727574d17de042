import { expect, test } from 'vitest';
import { parseEnv } from '../../../src/options/env-file.ts';
import type { Setting } from '../../../src/options/setting.ts';
import { SETTINGS } from '../../../src/options/settings.ts';
import { readProjectFile } from '../../support/project.ts';

const text = readProjectFile('.env.example');
const settings = Object.values<Setting>(SETTINGS).flatMap(({ env, fallback }) => (env ? [{ env, fallback }] : []));
const names = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, name]) => name);

test('.env.example sets every variable with a default to exactly that, and no other variable', () => {
  const defaults = settings.filter(({ fallback }) => fallback !== undefined);
  const faults: number[] = [];
  expect(parseEnv(text, (line) => faults.push(line))).toEqual(
    Object.fromEntries(defaults.map(({ env, fallback }) => [env, fallback])),
  );
  expect(faults).toEqual([]);
});

test('variables without a default are comments', () => {
  const without = settings.filter(({ fallback }) => fallback === undefined).map(({ env }) => env);
  expect(names(/^#(LEAKTALLY_\w+)=/gm).sort()).toEqual(without.sort());
});

test('each variable is there once, commented out or not', () => {
  expect(names(/^#? *(\w+)=/gm).sort()).toEqual(settings.map(({ env }) => env).sort());
});

test('the variables are those of the contract and its later parts', () => {
  const contract =
    'DATABASE_URL DATABASE_PASSWORD STATE_URL STATE_PASSWORD STATE_TABLE POLICY WINDOW THRESHOLD GROUP_BY INCLUDE_SOURCE EXCLUDE_SOURCE EXCLUDE_DESTINATION EXCLUDE_DOMAIN EXCLUDE_AS EXCEPTIONS IP_DATABASE WATCH RULE REALERT_GROWTH REALERT_AFTER SYSLOG SYSLOG_FORMAT ALERT_FORMAT FACILITY SEVERITY TAG FORMAT TIMEOUT EVENTS_SCHEMA FAIL_IF_STALE METRICS_FILE HTML';
  expect(settings.map(({ env }) => env).sort()).toEqual(
    contract
      .split(' ')
      .map((name) => `LEAKTALLY_${name}`)
      .sort(),
  );
});
