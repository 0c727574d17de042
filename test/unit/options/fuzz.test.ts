import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { carriesPassword, parseDatabaseUrl } from '../../../src/db/url.ts';
import { UsageError } from '../../../src/errors.ts';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { Setting } from '../../../src/options/setting.ts';
import { SETTINGS } from '../../../src/options/settings.ts';
import { parseFacility, parseSeverity } from '../../../src/options/syslog-names.ts';
import { parseSyslogUrl } from '../../../src/options/syslog-target.ts';
import { formatDuration, formatIsoTime, parseDuration, parseSize, parseTime } from '../../../src/util/units.ts';
import { emptyFolder } from '../../support/folders.ts';

const MARK = 'KEEPOUT';
/** The longest that a timer of Node.js can wait (2^31-1 ms); a longer one fires at once. */
const LONGEST_TIMER_SECONDS = 2_147_483;

const folder = emptyFolder();
const envFile = join(folder, 'env');
beforeAll(() => writeFileSync(envFile, '', { mode: 0o600 }));

/** @returns the options, or the faults; any other error fails the test */
function read(flags: object, env: Record<string, string> = {}): Options | readonly string[] {
  try {
    return readOptions({ envFile, ...flags }, env);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
// Random combinations of valid pieces get further into a parser than noise does.
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom('mysql://', 'mariadb://', 'sqlite:', 'postgres://', 'udp://', 'tcp://', 'tls://', 'host', '::1'),
      fc.constantFrom('/', '?', '&', '=', '@', ':', '#', '%', '%00', '%zz', '[', ']', ';', ',', '.', '-', ' ', '\n'),
      fc.constantFrom('timeout', 'ssl-mode', 'ssl-ca', 'connect-timeout', 'verify', '3306', '5', '1e9', 'MB', 'd', 's'),
      fc.constantFrom('source', 'domain', 'local5', 'info', '2025-11-24', 'T02:06:40', 'Z', '+01:00', '99999999999999'),
    ),
    { maxLength: 9 },
  )
  .map((parts) => parts.join(''));
// Valid values, alone or with something invalid after them.
const beginnings = fc.tuple(
  fc.constantFrom(
    ...['mysql://user@host/db', 'postgres://user@host/db', 'sqlite:events.db'],
    ...['udp://host', 'tcp://host', 'tls://host', '24h', '100MB', 'local5', 'info', '2025-11-24T02:06:40Z'],
  ),
  fc.oneof(fc.constant(''), pieces),
);
const value = fc.oneof(
  text,
  pieces,
  beginnings.map((parts) => parts.join('')),
);

test('no text makes a parser throw, or return anything but its own kind of value', () => {
  const understood = new Set<string>();
  fc.assert(
    fc.property(value, (given) => {
      for (const number of [parseDuration, parseSize, parseTime, parseFacility, parseSeverity].map((f) => f(given))) {
        expect(number === null || (Number.isSafeInteger(number) && number >= 0)).toBe(true);
      }
      expect(typeof carriesPassword(given)).toBe('boolean');
      const syslog = parseSyslogUrl(given);
      // The host is printed, so it must be printable.
      if (typeof syslog !== 'string') expect(syslog).toMatchObject({ host: expect.stringMatching(/^[!-~]+$/) });
      if (typeof syslog !== 'string') understood.add(syslog.transport);
      const database = parseDatabaseUrl(given);
      if (typeof database !== 'string') understood.add(database.kind);
    }),
    { numRuns: 1500 },
  );
  // Each of them: otherwise only values that are refused at once were tried.
  expect([...understood].sort()).toEqual(['mysql', 'postgres', 'sqlite', 'tcp', 'tls', 'udp']);
});

test('any settings are understood as a whole or refused with nothing but faults', () => {
  const flags = Object.fromEntries(
    Object.keys(SETTINGS)
      .filter((key) => key !== 'envFile')
      .map((key) => [key, fc.oneof(value, fc.boolean(), fc.array(text, { maxLength: 3 }))]),
  );
  const variables = Object.values<Setting>(SETTINGS).flatMap(({ env }) => (env ? [[env, value] as const] : []));
  const given = fc.tuple(
    fc.record(flags, { requiredKeys: [] }),
    fc.record(Object.fromEntries(variables), { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(given, ([flag, env]) => {
      const result = read(flag, env as Record<string, string>);
      if (!('rule' in result)) expect(result.length).toBeGreaterThan(0);
      else expectSafe(result);
    }),
    { numRuns: 200 },
  );
});

/** What all later stages rely on. */
function expectSafe(options: Options): void {
  expect(Object.isFrozen(options)).toBe(true);
  expect(Number.isSafeInteger(options.windowSeconds) && options.windowSeconds >= 1).toBe(true);
  expect(Number.isSafeInteger(options.thresholdBytes) && options.thresholdBytes >= 0).toBe(true);
  expect(options.timeoutSeconds).toBeLessThanOrEqual(LONGEST_TIMER_SECONDS);
  expect(options.exitCode).toBeLessThanOrEqual(255);
  // Both go into the alert unchanged.
  expect(options.tag).toMatch(/^[!-~]{1,32}$/);
  expect(options.rule).not.toMatch(/[;\r\n]/);
}

test('any one value does no harm when all other settings are right', () => {
  const keys = Object.keys(SETTINGS).filter((key) => key !== 'envFile');
  fc.assert(
    fc.property(fc.constantFrom(...keys), value, (key, given) => {
      const result = read({ demo: true, [key]: given });
      if ('rule' in result) expectSafe(result);
    }),
    { numRuns: 500 },
  );
});

test('all faults are named at once', () => {
  const what = ['window', 'threshold', 'groupBy', 'stateTable'] as const;
  const alert = ['rule', 'realertGrowth', 'realertAfter', 'syslog', 'facility', 'severity', 'tag'] as const;
  const keys = fc.subarray([...what, ...alert, 'format', 'exitCode', 'timeout'] as const, { minLength: 1 });
  fc.assert(
    fc.property(keys, (wrong) => {
      const result = read({ demo: true, ...Object.fromEntries(wrong.map((key) => [key, '\u0000 no; such'])) });
      const named = wrong.map((key) => (SETTINGS[key] as Setting).flag?.split(' ')[0]);
      expect((result as string[]).map((fault) => fault.split(/[: ]/)[0]).sort()).toEqual(named.sort());
    }),
  );
});

const secret = fc
  .array(fc.constantFrom(MARK, ':', '/', '@', '#', '?', '&', '=', ';', '%', '%41', ' ', '\n', '"', '[', 'é', '1'), {
    maxLength: 5,
  })
  .map((parts) => [MARK, ...parts, MARK].join(''));
const urlWithSecret = fc
  .tuple(
    fc.constantFrom('mysql', 'mariadb', 'postgres', 'sqlite', 'http', 'tcp', ''),
    fc.constantFrom('user', ''),
    secret,
    fc.constantFrom('host', 'host:99999', '[::1', ''),
    fc.constantFrom('/db', '', '/', '/db?ssl-mode=none', '/db?unknown=1', '/db#x'),
    fc.boolean(),
  )
  .map(([scheme, user, password, host, rest, encoded]) =>
    [scheme, '://', user, ':', encoded ? encodeURIComponent(password) : password, '@', host, rest].join(''),
  );

test('no fault repeats a password, however broken the URL around it is', () => {
  const names = ['LEAKTALLY_DATABASE_URL', 'LEAKTALLY_STATE_URL', 'LEAKTALLY_SYSLOG'] as const;
  const passwords = ['LEAKTALLY_DATABASE_PASSWORD', 'LEAKTALLY_STATE_PASSWORD'] as const;
  const flags = fc.record(
    { database: urlWithSecret, state: urlWithSecret, syslog: urlWithSecret },
    { requiredKeys: [] },
  );
  const env = fc.record(
    Object.fromEntries([...names.map((name) => [name, urlWithSecret]), ...passwords.map((name) => [name, secret])]),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(flags, env, (flag, variables) => {
      const result = read(flag, variables as Record<string, string>);
      if (!('rule' in result)) expect(result.join('\n')).not.toContain(MARK);
    }),
    { numRuns: 1000 },
  );
});

test('a password in a URL on the command line is refused, percent-encoded or not', () => {
  fc.assert(
    fc.property(secret, fc.constantFrom('database', 'state'), (password, key) => {
      const url = `mysql://user:${encodeURIComponent(password)}@host/db`;
      const given = { database: 'mysql://user@host/db', [key]: url };
      expect(read(given)).toEqual([expect.stringContaining('command line')]);
    }),
  );
});

/** Writing a value and reading it again does not change it. */
function survives<T>(
  values: fc.Arbitrary<T>,
  write: (value: T) => string,
  read: (text: string) => number | null,
): void {
  fc.assert(
    fc.property(values, (value) => {
      expect(read(write(value))).toBe(value);
    }),
  );
}

test('durations, sizes and times survive being written and read again', () => {
  survives(fc.nat(3660 * 86_400), formatDuration, parseDuration);
  survives(fc.maxSafeNat(), String, parseSize);
  // Up to the largest of 11 digits, in the year 5138.
  const time = fc.integer({ min: 0, max: 99_999_999_999 });
  survives(time, formatIsoTime, parseTime);
  survives(time, String, parseTime);
});

/** Tenths of a unit, written as a decimal. */
function decimal(tenths: number): string {
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

test('sizes with a decimal are exact', () => {
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.constantFrom(['kB', 1e3], ['MB', 1e6], ['GB', 1e9] as const),
      (tenths, [unit, size]) => {
        expect(parseSize(`${decimal(tenths)}${unit}`)).toBe((tenths * Number(size)) / 10);
      },
    ),
  );
});

test('durations with a decimal are exact', () => {
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.constantFrom(['m', 60], ['h', 3600], ['d', 86_400] as const),
      (tenths, [unit, size]) => {
        expect(parseDuration(`${decimal(tenths)}${unit}`)).toBe((tenths * Number(size)) / 10);
      },
    ),
  );
});

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 };

test('a timeout of up to a day is accepted, which a timer can wait', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3660 }), fc.constantFrom(...Object.entries(UNITS)), (count, [unit, size]) => {
      const seconds = count * size;
      const accepted = seconds <= 86_400;
      const syslog = parseSyslogUrl(`tcp://host?timeout=${count}${unit}`);
      const database = parseDatabaseUrl(`mysql://user@host/db?connect-timeout=${count}${unit}`);
      if (accepted) {
        expect(syslog).toMatchObject({ timeoutSeconds: seconds });
        expect(database).toMatchObject({ connectTimeoutSeconds: seconds });
      } else {
        expect([syslog, database]).toEqual([expect.stringContaining('timeout'), expect.stringContaining('timeout')]);
      }
    }),
  );
});
