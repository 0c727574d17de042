import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { readTerminalFacts } from '../../../src/options/terminal-facts.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

runInEmptyFolder();

const database = 'sqlite:events.db';
const read = (flags: RawFlags = {}, env: Record<string, string> = {}) => readOptions({ database, ...flags }, env);
function faultsOf(flags: RawFlags, env: Record<string, string> = {}, known: string[] = []): readonly string[] {
  try {
    readOptions(flags, env, known);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  throw new Error('no fault was found');
}

describe('defaults', () => {
  test('are those of the contract', () => {
    expect(read()).toEqual({
      database: { kind: 'sqlite', file: 'events.db' },
      state: null,
      eventsSchema: null,
      stateTable: 'leaktally_state',
      policies: ['Exceeded 5 MB in 5'],
      windowSeconds: 86_400,
      thresholdBytes: 100_000_000,
      groupBy: ['source', 'destination'],
      ipDatabases: [],
      watchPercent: null,
      whatIf: null,
      check: false,
      exceptions: { includeSources: [], exceptions: [] },
      rule: 'data-leak',
      realertGrowth: 2,
      realertAfterSeconds: 86_400,
      syslog: {
        transport: 'udp',
        host: '127.0.0.1',
        port: 514,
        timeoutSeconds: 10,
        ackSeconds: 1,
        maxBytes: null,
        octetCounting: false,
        tls: null,
      },
      syslogFormat: 'rfc3164',
      alertFormat: 'text',
      facility: 21,
      severity: 6,
      tag: 'DATAEXFIL',
      catchUp: true,
      failIfStaleSeconds: null,
      metricsFile: null,
      dryRun: false,
      resend: false,
      asOf: null,
      explain: null,
      format: 'table',
      html: null,
      quiet: false,
      exitCode: 0,
      timeoutSeconds: 240,
      demo: false,
      printSchema: false,
      debug: false,
      terminal: { color: true, columns: null, isUnicode: true },
      origins: ['from command line: --database'],
      notices: [],
    } satisfies Options);
  });

  test('the options cannot be changed afterwards', () => {
    expect(Object.isFrozen(read())).toBe(true);
  });

  test('an alert is repeated after the window, whatever the window is', () => {
    expect(read({ window: '2h' }).realertAfterSeconds).toBe(7200);
    expect(read({ window: '2h', realertAfter: '24h' }).realertAfterSeconds).toBe(86_400);
  });

  test('--demo and --as-of imply --dry-run, and --demo needs no database', () => {
    expect(read({ asOf: '1763950000' }).dryRun).toBe(true);
    expect(readOptions({ demo: true }, {})).toMatchObject({ dryRun: true, database: null });
  });

  test('NO_COLOR counts unless it is empty', () => {
    expect(read({}, { NO_COLOR: '1' }).terminal.color).toBe(false);
    expect(read({}, { NO_COLOR: '' }).terminal.color).toBe(true);
  });

  test.each([
    ['132', 132],
    ['', null],
    ['0', null],
    ['-1', null],
    ['wide', null],
    ['1e9', null],
  ])('COLUMNS %j is a width of %j', (COLUMNS, columns) => {
    expect(read({}, { COLUMNS }).terminal.columns).toBe(columns);
  });

  test.each([
    [{}, true],
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'de_DE.utf8@euro' }, true],
    [{ LANG: 'de_DE' }, true],
    [{ LC_ALL: '', LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'POSIX' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'de_DE@euro' }, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LC_CTYPE: 'ja_JP.eucJP', LANG: 'ja_JP.UTF-8' }, false],
  ])('the locale %j takes UTF-8: %j; on Windows every one does', (env, isUnicode) => {
    expect(readTerminalFacts(env, 'linux').isUnicode).toBe(isUnicode);
    expect(readTerminalFacts(env, 'win32').isUnicode).toBe(true);
  });
});

describe('precedence', () => {
  const envFile = (text: string) => {
    const path = join(process.cwd(), 'settings');
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  test('a flag beats the environment, which beats the env file, which beats the default', () => {
    const path = envFile('LEAKTALLY_THRESHOLD=3\nLEAKTALLY_WINDOW=3h\nLEAKTALLY_RULE=three\n');
    const env = { LEAKTALLY_THRESHOLD: '2', LEAKTALLY_WINDOW: '2h' };
    expect(read({ envFile: path, threshold: '1' }, env)).toMatchObject({
      thresholdBytes: 1,
      windowSeconds: 7200,
      rule: 'three',
      tag: 'DATAEXFIL',
    });
  });

  test('--no-syslog beats every receiver', () => {
    const path = envFile('LEAKTALLY_SYSLOG=tcp://c\n');
    expect(read({ envFile: path, syslog: false }, { LEAKTALLY_SYSLOG: 'tcp://b' }).syslog).toBeNull();
  });

  test('an empty variable is not set', () => {
    const path = envFile('LEAKTALLY_RULE=\nLEAKTALLY_TAG=FILE\n');
    expect(read({ envFile: path }, { LEAKTALLY_THRESHOLD: '', LEAKTALLY_TAG: '' })).toMatchObject({
      rule: 'data-leak',
      thresholdBytes: 100_000_000,
      tag: 'FILE',
    });
    expect(faultsOf({}, { LEAKTALLY_DATABASE_URL: '' }).join()).toContain('no database');
  });
});

describe('--print-schema', () => {
  test('asks for a URL instead of guessing the kind of database', () => {
    expect(faultsOf({ printSchema: true }, {})).toEqual([
      expect.stringMatching(/^no database is named; .*--database.*script/),
    ]);
  });

  test('is not for the demo', () => {
    expect(faultsOf({ printSchema: true, demo: true }, {})).toEqual([expect.stringContaining('leave out --demo')]);
  });
});

describe('faults', () => {
  test('all are reported at once, each by the name under which the value was given', () => {
    const faults = faultsOf(
      { window: 'soon', format: 'xml', exitCode: '256' },
      { LEAKTALLY_THRESHOLD: '100Mb', LEAKTALLY_FACILITY: 'local9', LEAKTALLY_TRESHOLD: '1' },
      ["unknown option '--wat'"],
    );
    const named = ['--wat', '--window', '--format', '--exit-code', 'LEAKTALLY_THRESHOLD', 'LEAKTALLY_FACILITY'];
    for (const name of [...named, 'LEAKTALLY_TRESHOLD', '--database']) {
      expect(faults.filter((fault) => fault.includes(name))).not.toEqual([]);
    }
    expect(faults).toHaveLength(named.length + 2);
  });

  test('each is one line, and says what would be right', () => {
    expect(faultsOf({ database, window: 'so\non' })).toEqual([expect.stringMatching(/^--window: .*90m.*$/)]);
  });

  test('a usage error ends with exit code 2', () => {
    expect(new UsageError(['a']).exitCode).toBe(2);
  });

  test('an unknown variable of leaktally is a fault; variables of other programs are ignored', () => {
    expect(faultsOf({ database }, { LEAKTALLY_DRY_RUN: '1' })).toEqual([expect.stringContaining('LEAKTALLY_DRY_RUN')]);
    expect(read({}, { LEAK: '1', PATH: '/bin' }).rule).toBe('data-leak');
  });
});
