import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { Setting } from '../../../src/options/setting.ts';
import { type RawFlags, type RawValue, SETTINGS, type SettingKey } from '../../../src/options/settings.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

runInEmptyFolder();

const read = (flags: RawFlags, env: Record<string, string> = {}) =>
  readOptions({ database: 'sqlite:events.db', ...flags }, env);

type Good = readonly [setting: SettingKey, given: RawValue, option: keyof Options, understood: unknown];

// biome-ignore format: one line a case
const GOOD: readonly Good[] = [
  ['database', 'mysql://u@h/d', 'database', expect.objectContaining({ kind: 'mysql', host: 'h', port: 3306, user: 'u', database: 'd' })],
  ['database', 'mariadb://u@h:3307/d', 'database', expect.objectContaining({ kind: 'mysql', port: 3307 })],
  ['database', 'sqlite:/var/lib/a b.db', 'database', { kind: 'sqlite', file: '/var/lib/a b.db' }],
  ['state', 'sqlite:/var/lib/leaktally/state.db', 'state', { kind: 'sqlite', file: '/var/lib/leaktally/state.db' }],
  ['stateTable', 'leaks', 'stateTable', 'leaks'],
  ['stateTable', 'ours.leaks_2', 'stateTable', 'ours.leaks_2'],
  ['policy', ['One', 'Two; three'], 'policies', ['One', 'Two; three']],
  ['policy', ["100%_'s\\"], 'policies', ["100%_'s\\"]],
  ['window', '90m', 'windowSeconds', 5400],
  ['window', '2d', 'windowSeconds', 172_800],
  ['window', '1d12h', 'windowSeconds', 129_600],
  ['window', '1 week', 'windowSeconds', 604_800],
  ['threshold', '100MB', 'thresholdBytes', 100_000_000],
  ['threshold', '100MiB', 'thresholdBytes', 104_857_600],
  ['threshold', '5242880', 'thresholdBytes', 5_242_880],
  ['threshold', '0', 'thresholdBytes', 0],
  ['groupBy', 'source', 'groupBy', ['source']],
  ['groupBy', 'destination', 'groupBy', ['destination']],
  // the order does not matter, and must not split the state
  ['groupBy', 'destination, source', 'groupBy', ['source', 'destination']],
  ['groupBy', 'domain,source', 'groupBy', ['source', 'domain']],
  ['groupBy', 'Source', 'groupBy', ['source']],
  ['rule', 'data-leak 2d', 'rule', 'data-leak 2d'],
  ['realertGrowth', '1.5', 'realertGrowth', 1.5],
  ['realertGrowth', '1', 'realertGrowth', 1],
  ['realertGrowth', 'none', 'realertGrowth', 0],
  ['realertAfter', '6h', 'realertAfterSeconds', 21_600],
  ['realertAfter', 'none', 'realertAfterSeconds', Number.POSITIVE_INFINITY],
  ['syslog', 'tcp://siem.example.net:1514', 'syslog', { transport: 'tcp', host: 'siem.example.net', port: 1514 }],
  ['syslog', 'udp://[2001:db8::1]', 'syslog', { transport: 'udp', host: '2001:db8::1', port: 514 }],
  ['syslog', false, 'syslog', null],
  ['syslog', 'none', 'syslog', null],
  ['syslog', 'None', 'syslog', null],
  ['syslogFormat', 'rfc5424', 'syslogFormat', 'rfc5424'],
  ['syslogFormat', 'RFC5424', 'syslogFormat', 'rfc5424'],
  ['alertFormat', 'json', 'alertFormat', 'json'],
  ['alertFormat', 'cef', 'alertFormat', 'cef'],
  ['alertFormat', 'CEF', 'alertFormat', 'cef'],
  ['facility', 'kern', 'facility', 0],
  ['facility', 'local7', 'facility', 23],
  ['facility', 'LOCAL5', 'facility', 21],
  ['severity', 'emerg', 'severity', 0],
  ['severity', 'debug', 'severity', 7],
  // as other programs name them
  ['severity', 'Error', 'severity', 3],
  ['severity', 'WARN', 'severity', 4],
  ['severity', 'critical', 'severity', 2],
  ['tag', 'leak_1.a-b', 'tag', 'leak_1.a-b'],
  ['asOf', '1763950000', 'asOf', 1_763_950_000],
  ['asOf', '2025-11-24T02:06:40Z', 'asOf', 1_763_950_000],
  ['asOf', '2025-11-24 02:06:40 UTC', 'asOf', 1_763_950_000],
  ['format', 'json', 'format', 'json'],
  ['format', 'csv', 'format', 'csv'],
  ['format', 'JSON', 'format', 'json'],
  ['metricsFile', '/var/lib/leaktally.prom', 'metricsFile', '/var/lib/leaktally.prom'],
  ['exitCode', '3', 'exitCode', 3],
  ['exitCode', '255', 'exitCode', 255],
  ['timeout', '30s', 'timeoutSeconds', 30],
  ['dryRun', true, 'dryRun', true],
  ['quiet', true, 'quiet', true],
  ['debug', true, 'debug', true],
  ['printSchema', true, 'printSchema', true],
];

// A state table's name is up to 5 characters longer than the one that is given, and MySQL allows 64.
const BAD: readonly (readonly [SettingKey, readonly RawValue[]])[] = [
  ['database', ['', 'plixer', 'http://u@h/d', 'mysql://h/d', 'mysql://u@h', 'mysql://u@h/d?ssl=1', 'sqlite:']],
  ['state', ['state.db', 'mysql://u@h']],
  ['stateTable', ['', 'a b', 'a.b.c', 'a`b', "a'b", '1a', 'x'.repeat(60), 'a; drop table b']],
  ['policy', [[], ['']]],
  ['window', ['', '24', '0h', '-1h', '1 month', '12h1d', '99999d', 'none']],
  ['threshold', ['', '100Mb', '100M', '-1', '1e6', '1,000', 'MB', '9007199254740992']],
  ['groupBy', ['', 'source,', 'src', 'source,source', 'source destination']],
  ['rule', ['', 'a;b', 'a\nb', 'x'.repeat(65)]],
  ['realertGrowth', ['', '0', '0.5', '-2', 'off', '1e3', 'Infinity', 'NaN', '1.5x']],
  ['realertAfter', ['', '0s', '5', 'off', 'never']],
  ['syslog', ['', 'siem', 'siem:514', 'http://siem', 'udp://', 'udp://siem:0', 'udp://siem:65536', 'udp://siem/x']],
  ['syslogFormat', ['', 'rfc3339', '5424']],
  ['alertFormat', ['', 'xml', 'CEF:0']],
  ['facility', ['', 'local8', '21', 'constructor']],
  ['severity', ['', 'fatal', '6', 'constructor']],
  ['tag', ['', 'a b', 'a:b', 'a[b', 'ä', 'x'.repeat(33)]],
  [
    'asOf',
    ['', 'yesterday', '2025-11-24T02:06:40', '2025-02-30T00:00:00Z', '-1', '1763950000000', '2125-11-24T02:06:40Z'],
  ],
  ['metricsFile', ['', 'metrics.txt', 'leaktally', 'leaktally.prom.bak']],
  ['format', ['', 'xml', 'TABLES']],
  ['eventsSchema', ['a b', 'a.b', 'x;', '1a']],
  ['failIfStale', ['0s', 'soon', '-1h']],
  ['exitCode', ['', '-1', '256', '1.5', 'one']],
  ['timeout', ['', '0s', '-1m', '4', '25h']],
];

describe('good values', () => {
  test.each(GOOD)('%s %j', (setting, given, option, understood) => {
    const value = read({ [setting]: given })[option];
    if (typeof understood === 'object' && !Array.isArray(understood)) expect(value).toMatchObject(understood ?? {});
    else expect(value).toEqual(understood);
  });

  test('policies from the environment are split at ;', () => {
    const env = { LEAKTALLY_POLICY: 'Exceeded 5 MB in 5; Exceeded 1 GB in 60 ;;' };
    expect(read({}, env).policies).toEqual(['Exceeded 5 MB in 5', 'Exceeded 1 GB in 60']);
  });
});

describe('none', () => {
  // A connection cannot be off.
  const optional = (Object.entries(SETTINGS) as [SettingKey, Setting][]).filter(
    ([, { env, fallback, group }]) => env && fallback === undefined && group !== 'Where events and state are',
  );

  test.each(optional)('turns --%s off, whatever the environment says', (key, { env = '' }) => {
    const withoutIt = Object.entries(read({})).filter(([name]) => name !== 'origins');
    // Without the option, an alert is repeated after the window.
    const off = key === 'realertAfter' ? { realertAfterSeconds: Number.POSITIVE_INFINITY } : {};
    for (const none of ['none', 'NONE']) {
      expect(read({ [key]: none }, { [env]: 'x' })).toMatchObject({ ...Object.fromEntries(withoutIt), ...off });
    }
    expect(read({}, { [env]: ' none ' })).toMatchObject({ ...Object.fromEntries(withoutIt), ...off });
  });
});

describe('bad values', () => {
  test.each(BAD.flatMap(([setting, values]) => values.map((value) => [setting, value] as const)))(
    '%s %j',
    (setting, value) => {
      expect(() => read({ [setting]: value })).toThrow(UsageError);
    },
  );

  test.each([
    ['window', '24', /units: s, m, h, d, w\b/],
    ['timeout', '5', /units: s, m, h, d, w\b/],
    ['threshold', '100M', /units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB\b/],
    ['facility', 'local9', /local0, .*local6 or local7$/],
    ['format', 'xml', /table, json or csv$/],
    ['asOf', '1763950000000', /milliseconds/],
    ['asOf', '2125-11-24T02:06:40Z', /in the future/],
    ['metricsFile', 'metrics.txt', /\.prom\b/],
    ['realertGrowth', '0', /or none$/],
    ['realertAfter', 'never', /or none$/],
  ] as const)('the fault of %s %j says what is understood', (setting, value, says) => {
    expect(() => read({ [setting]: value })).toThrow(says);
  });
});
