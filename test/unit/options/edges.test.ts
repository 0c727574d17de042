import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseEnv } from '../../../src/options/env-file.ts';
import { expectedQuestion } from '../../../src/options/explain-question.ts';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { Setting } from '../../../src/options/setting.ts';
import { type RawFlags, type RawValue, SETTINGS, type SettingKey } from '../../../src/options/settings.ts';
import { parseSyslogUrl } from '../../../src/options/syslog-target.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

// What only just is and what only just is not a value, settings that change each other, and what faults say.

runInEmptyFolder();

const database = 'sqlite:events.db';
const read = (flags: RawFlags, env: Record<string, string> = {}) => readOptions({ database, ...flags }, env);

function faultsOf(flags: RawFlags, env: Record<string, string> = {}): readonly string[] {
  try {
    read(flags, env);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

type Edge = readonly [SettingKey, keyof Options, readonly (readonly [RawValue, unknown])[], readonly RawValue[]];

const x = (count: number) => 'x'.repeat(count);

// biome-ignore format: one line a setting
const EDGES: readonly Edge[] = [
  ['realertGrowth', 'realertGrowth', [['12.345678', 12.345678], ['10', 10], ['1000000', 1e6]], ['1.1234567', '1000001', 'x2', '2x', '2.']],
  ['stateTable', 'stateTable', [['a', 'a'], [x(58), x(58)], [`${x(63)}.a`, `${x(63)}.a`], ['"a b".c', 'a b.c']], [x(59), `${x(64)}.a`, '.a', 'a.', '"a', 'a"', '"a\'b"', '"a`b"', '"a\\b"', '"ä"', '"a"b', 'b"a"', '"a.b"', 'a-', '-a']],
  ['eventsSchema', 'eventsSchema', [['_a1', '_a1'], [x(63), x(63)], ['"my schema"', 'my schema']], [x(64), '""', '1', 'a b']],
  ['watch', 'watchPercent', [['80', 80], ['80%', 80], ['80 %', 80], ['5', 5], ['1', 1], ['99', 99]], ['0', '100', 'x80', '80x', '8 0', '-1', '%', '80 % x']],
  ['rule', 'rule', [['a', 'a'], [' a b ', 'a b'], ['9', '9'], [x(64), x(64)], ['A ._:/@-9', 'A ._:/@-9']], ['-a', '_a', 'a;', ';a', 'a\tb', 'ä', 'aä']],
  ['tag', 'tag', [['a', 'a'], [x(32), x(32)], ['_.-', '_.-']], ['a ä', 'ä a', 'a[']],
  ['whatIf', 'whatIf', [['9MB, 10MB', [9e6, 10e6]], ['1GB,50MB,50MB', [50e6, 1e9]], ['5', [5]]], ['', '50MB,', '50MB,x', 'x,50MB', '50MB;60MB']],
  ['html', 'html', [['a b.html', 'a b.html']], ['']],
  ['metricsFile', 'metricsFile', [['a.prom', 'a.prom']], ['']],
  ['exitCode', 'exitCode', [['0', 0], ['007', 7]], ['0001', 'x1', '1x']],
  ['window', 'windowSeconds', [[' 1h ', 3600], ['1s', 1], ['3660d', 3660 * 86_400]], ['0s', '3661d']],
  ['failIfStale', 'failIfStaleSeconds', [['1s', 1], ['3660d', 3660 * 86_400]], ['3661d']],
  ['realertAfter', 'realertAfterSeconds', [['1s', 1], ['3660d', 3660 * 86_400]], ['3661d']],
  ['excludeDomain', 'exceptions', [[['a.b'], expect.objectContaining({ exceptions: [expect.objectContaining({ subject: { kind: 'domain', domain: 'a.b' } })] })]], ['a.b..', '.', `${x(64)}.a`, `a.${x(64)}`, '-a.b', 'a-.b', 'a.7', 'a b$', Array.from({ length: 128 }, () => 'a').join('.')]],
  ['excludeSource', 'exceptions', [], ['10.0.0.0/x8', '10.0.0.0/8x', '10.0.0.0/0008', '/8', '10.0.0.0/-1']],
];

describe.each(EDGES)('%s', (setting, option, good, bad) => {
  test.each(good.map(([given, understood]) => [JSON.stringify(given), given, understood]))(
    'may be %s',
    (_, given, understood) => {
      expect(read({ [setting]: given as RawValue })[option]).toEqual(understood);
    },
  );

  test.each(bad)('may not be %j', (given) => {
    expect(faultsOf({ [setting]: given }).length).toBeGreaterThan(0);
  });
});

test('the settings stand under four headings, in the order of --help', () => {
  const headings = Object.values<Setting>(SETTINGS).map(({ group }) => group);
  expect([...new Set(headings)]).toEqual([
    ...['Where events and state are', 'What is a leak', 'When and how to alert', 'This run'],
  ]);
  expect(headings.filter((group, index) => group !== headings[index - 1])).toHaveLength(4);
});

test.each([253, 254])('a domain may have 253 characters, and not more (%i)', (length) => {
  const labels = `${x(63)}.${x(63)}.${x(63)}.`;
  const domain = labels + x(length - labels.length);
  expect(faultsOf({ excludeDomain: [domain] })).toHaveLength(length - 253);
});

const FACILITIES = 'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock';
const LOCAL = 'local0 local1 local2 local3 local4 local5 local6 local7';
const SEVERITIES = 'emerg alert crit err warning notice info debug';

test.each([
  ...`${FACILITIES} ${LOCAL}`.split(' ').map((name, number) => ['facility', name, number] as const),
  ...SEVERITIES.split(' ').map((name, number) => ['severity', name, number] as const),
])('the %s %s is %i', (setting, name, number) => {
  expect(read({ [setting]: name })[setting]).toBe(number);
  expect(read({ [setting]: name.toUpperCase() })[setting]).toBe(number);
});

describe('the receiver', () => {
  test.each([
    ['tcp://a?ack=10s', { ackSeconds: 10, timeoutSeconds: 10 }],
    ['tcp://a?ack=none', { ackSeconds: null }],
    ['tcp://a', { ackSeconds: 1, timeoutSeconds: 10, maxBytes: null, octetCounting: false }],
    ['udp://a?max=480', { maxBytes: 480 }],
    ['udp://a?max=65507', { maxBytes: 65_507 }],
    [
      'tls://a?timeout=1m&ack=2s&max=4000&framing=octet-counting&ca=c&cert=d&key=e&verify=ca',
      {
        ...{ timeoutSeconds: 60, ackSeconds: 2, maxBytes: 4000, octetCounting: true, port: 6514 },
        tls: { ca: 'c', cert: 'd', key: 'e', verifyHost: false },
      },
    ],
    [
      'tls://a?verify=full&framing=line-feed',
      { octetCounting: false, tls: { ca: null, cert: null, key: null, verifyHost: true } },
    ],
    ['tcp://[2001:db8::1]:601/', { host: '2001:db8::1', port: 601 }],
  ])('%s', (url, target) => {
    expect(parseSyslogUrl(url)).toMatchObject(target);
  });

  test.each([
    ['tcp://a?ack=11s', /^has an ack longer than its timeout$/],
    ['tcp://a?max=479', /480 to 65507 bytes$/],
    ['tcp://a?max=65508', /480 to 65507 bytes$/],
    ['udp://a?ack=1s', /^has an unknown parameter; udp:\/\/ takes max$/],
    ['tcp://a?ca=b', /^has an unknown parameter; tcp:\/\/ takes timeout, ack, max, framing$/],
    ['tls://a?x=b', /takes timeout, ack, max, framing, ca, cert, key, verify$/],
    ['tls://a?cert=b', /only one of cert and key/],
  ])('%s is refused: %s', (url, fault) => {
    expect(parseSyslogUrl(url)).toMatch(fault);
  });
});

describe('settings that change each other', () => {
  test('--what-if, --explain and --check write no page, and one from the environment is no fault', () => {
    for (const flags of [{ whatIf: '50MB' }, { explain: '10.1.1.5' }, { check: true }]) {
      // The check looks whether it could be written.
      const [html, dryRun] = 'check' in flags ? ['page.html', false] : [null, true];
      expect(read(flags, { LEAKTALLY_HTML: 'page.html' })).toMatchObject({ html, dryRun });
      expect(faultsOf({ ...flags, html: 'page.html' })).toEqual([
        expect.stringMatching(/^--html cannot be combined with --explain, --what-if or --check\b/),
      ]);
    }
    expect(read({ html: 'page.html' })).toMatchObject({ html: 'page.html', dryRun: false });
    expect(read({ html: 'page.html', dryRun: true }).html).toBe('page.html');
  });

  test('--resend is for runs that alert, or show what they would', () => {
    for (const flags of [{ whatIf: '50MB' }, { explain: '10.1.1.5' }, { check: true }]) {
      expect(faultsOf({ ...flags, resend: true })).toEqual([
        expect.stringMatching(/^--resend cannot be combined with /),
      ]);
      expect(faultsOf(flags)).toEqual([]);
    }
    for (const flags of [{}, { dryRun: true }]) expect(read({ ...flags, resend: true }).resend).toBe(true);
  });

  test('groups by AS need a file that knows them', () => {
    expect(faultsOf({ groupBy: 'source,as' })).toEqual([
      expect.stringMatching(/^--group-by with as needs --ip-database/),
    ]);
    expect(faultsOf({ groupBy: 'source,as', ipDatabase: ['as.mmdb'] })).toEqual([]);
    expect(faultsOf({ groupBy: 'source,domain' })).toEqual([]);
  });

  test('--as-of looks at the past, in seconds; a clock that is a little behind does not matter', () => {
    const now = Math.floor(Date.now() / 1000);
    expect(read({ asOf: `${now + 30}` }).asOf).toBe(now + 30);
    expect(faultsOf({ asOf: `${now + 7200}` })).toEqual([expect.stringContaining('is in the future')]);
    expect(faultsOf({ asOf: '1763950000000' })).toEqual([expect.stringContaining('is in milliseconds')]);
    for (const asOf of ['x1763950000000', '1763950000000x', '17639500000000']) {
      expect(faultsOf({ asOf })).toEqual([expect.not.stringContaining('is in milliseconds')]);
    }
  });

  test('--explain and --what-if exclude each other', () => {
    expect(faultsOf({ explain: '10.1.1.5', whatIf: '50MB' })).toEqual([
      expect.stringMatching(/^--explain and --what-if cannot be combined\b/),
    ]);
  });

  test('--check is a run of its own, and --print-schema is for a real database', () => {
    const fault = expect.stringMatching(/^--check cannot be combined with --explain, --what-if or --print-schema\b/);
    for (const flags of [{ explain: '10.1.1.5' }, { whatIf: '50MB' }, { printSchema: true }]) {
      expect(faultsOf({ ...flags, check: true })).toEqual([fault]);
    }
    expect(faultsOf({ check: true })).toEqual([]);
    expect(faultsOf({ demo: true, printSchema: true })).toEqual([expect.stringMatching(/^--print-schema .* --demo/)]);
  });

  test('without a database, the fault says what to do', () => {
    const example = 'no database .*--database or LEAKTALLY_DATABASE_URL, such as postgres://[^,:]*(:5432/plixer)?';
    const faults = (flags: RawFlags) => {
      try {
        readOptions(flags, {});
      } catch (error) {
        return (error as UsageError).faults;
      }
      return [];
    };
    expect(faults({})).toEqual([expect.stringMatching(new RegExp(`^${example}.*, or try --demo$`))]);
    expect(faults({ printSchema: true })).toEqual([
      expect.stringMatching(new RegExp(`^${example}.*the account in it$`)),
    ]);
    expect(faults({ demo: true })).toEqual([]);
  });

  test('metrics are those of runs that are no dry runs', () => {
    const env = { LEAKTALLY_METRICS_FILE: 'a.prom' };
    expect(read({}, env).metricsFile).toBe('a.prom');
    // Which looks whether it could be written.
    expect(read({ check: true }, env).metricsFile).toBe('a.prom');
    for (const flags of [{ dryRun: true }, { printSchema: true }, { asOf: '5' }, { whatIf: '5' }, { explain: '::1' }]) {
      expect(read(flags, env).metricsFile).toBeNull();
    }
  });

  test('the demo brings its own database, whatever the others are', () => {
    const env = { LEAKTALLY_DATABASE_URL: 'nonsense', LEAKTALLY_STATE_URL: 'nonsense' };
    expect(readOptions({ demo: true }, env)).toMatchObject({ database: null, state: null });
    expect(() => readOptions({}, env)).toThrow(UsageError);
    expect(faultsOf({ demo: true, window: 'x' })).toHaveLength(1);
  });

  test('a password in its own variable is none of a file', () => {
    expect(read({}, { LEAKTALLY_DATABASE_PASSWORD: 'secret' }).database).toEqual({ kind: 'sqlite', file: 'events.db' });
  });

  test('a receiver may be none, and catching up may be off', () => {
    expect(read({}, { LEAKTALLY_SYSLOG: 'none' }).syslog).toBeNull();
    expect([read({}).catchUp, read({ catchUp: false }).catchUp, read({ catchUp: true }).catchUp]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('what faults say', () => {
  test.each<[RawFlags, Record<string, string>, string | RegExp]>([
    [{ syslog: 'siem' }, {}, /^--syslog is not a syslog receiver\b.* udp:.* tcp:.* tls:/],
    [{ state: 'plixer' }, {}, /^--state [a-z]/],
    [{ policy: [' '] }, {}, '--policy: names no policy; give the name of the saved report'],
    [
      {},
      { LEAKTALLY_WINDOWS: '1' },
      'LEAKTALLY_WINDOWS (environment) is not a leaktally variable; see leaktally --help',
    ],
    [
      {},
      { leaktally_window: '1' },
      'leaktally_window (environment) is not a leaktally variable; write it as LEAKTALLY_WINDOW',
    ],
    [{ threshold: 'x' }, {}, /^--threshold: "x" is not a size such as 100MB\b/],
    [{ html: '' }, {}, '--html: "" is not the path of a file'],
    [{ explain: 'x' }, {}, /^--explain: "x" is not source,destination as in --group-by, such as /],
  ])('%j %j', (flags, env, fault) => {
    expect(faultsOf(flags, env)).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  test('a fault in an env file names the line and what to do', () => {
    writeFileSync('.env', "LEAKTALLY_RULE=\"a\nLEAKTALLY_TAG='a' b\nLEAKTALLY_POLICY=a#b\nLEAKTALLY_X\n", {
      mode: 0o600,
    });
    expect(faultsOf({})).toEqual([
      '.env, line 1: has no closing "',
      ".env, line 2: goes on after the closing '; put a value that contains ' into other quotes",
      '.env, line 3: has a # that may belong to the value; put the value into single quotes, or a blank before a comment',
      expect.stringMatching(/^\.env, line 4: is not NAME=value\b/),
    ]);
  });

  test('the question of --explain is shown by the fields of --group-by', () => {
    const address = ' (an address may also be IPv6, or unknown)';
    expect(expectedQuestion(['source', 'destination'])).toMatch(
      `source,destination as in --group-by, such as 10.1.1.5,203.0.113.9 or 10.1.1.5${address}`,
    );
    expect(expectedQuestion(['source', 'domain'])).toMatch(
      `source,domain as in --group-by, such as 10.1.1.5,example.net or 10.1.1.5${address}`,
    );
    expect(expectedQuestion(['domain'])).toMatch(/^domain as in --group-by, such as example\.net(;|$)/);
  });
});

describe('a line of an env file', () => {
  const parse = (text: string) => {
    const faults: number[] = [];
    return { variables: parseEnv(text, (line) => faults.push(line)), faults };
  };

  test.each([
    ['A=a\uFEFFb', 'a\uFEFFb'],
    ['   A   =   a', 'a'],
    ['export   A=a', 'a'],
    ['\texport\tA=a', 'a'],
    ['A=export B=c', 'export B=c'],
    ['A="" # nothing', ''],
    ['A=``', ''],
  ])('%j', (line, value) => {
    expect(parse(line)).toEqual({ variables: { A: value }, faults: [] });
  });

  test.each(['A=b c#d', 'exportA', 'A B=c', 'x export A=a', 'Ä=1', '1=1', 'A', '# A', "A='a''b'"])(
    '%j is none',
    (line) => {
      const { variables, faults } = parse(line);
      expect([Object.keys(variables).length, faults.length]).toEqual([0, line === '# A' ? 0 : 1]);
    },
  );

  test('lines of blanks and comments are skipped', () => {
    expect(parse('   \n\t# A=1\n  #\n\nB=2')).toEqual({ variables: { B: '2' }, faults: [] });
  });
});
