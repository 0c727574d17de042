import type { AlertFormat } from '../alert/alert-message.ts';
import type { DatabaseTarget } from '../db/target.ts';
import { carriesPassword, parseDatabaseUrl } from '../db/url.ts';
import { UsageError } from '../errors.ts';
import { expectedQuestion, parseQuestion, type Question } from '../explain/question.ts';
import { type ExclusionRules, GROUP_FIELDS, type GroupField } from '../model.ts';
import { parseDuration, parseSize, parseTime, parseTimeout } from '../util/units.ts';
import { type RawList, readExclusions } from './exclusion-list.ts';
import type { RawFlags, SettingKey } from './settings.ts';
import { collectSettings, type Environment, type RawSetting } from './sources.ts';
import { parseFacility, parseSeverity, parseSyslogUrl, type SyslogTarget } from './syslog-target.ts';

type ReportFormat = 'table' | 'json' | 'csv';
type SyslogFormat = 'rfc3164' | 'rfc5424';

/** Everything a run is told, understood and checked. */
export interface Options {
  /** Null with --demo, which brings its own database, and with --print-schema where none was named. */
  readonly database: DatabaseTarget | null;
  /** Null: where the account finds them. */
  readonly eventsSchema: string | null;
  /** Null: in the same database. */
  readonly state: DatabaseTarget | null;
  readonly stateTable: string;
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly groupBy: readonly GroupField[];
  readonly exclusions: ExclusionRules;
  /** Groups from this percentage of the threshold on are shown; null is off. */
  readonly watchPercent: number | null;
  readonly rule: string;
  /** 0 is off. */
  readonly realertGrowth: number;
  /** Infinity is off. */
  readonly realertAfterSeconds: number;
  /** Null: the report is the only alert. */
  readonly syslog: SyslogTarget | null;
  readonly syslogFormat: SyslogFormat;
  readonly alertFormat: AlertFormat;
  readonly facility: number;
  readonly severity: number;
  readonly tag: string;
  /** Evaluate the time in which runs were missed. */
  readonly catchUp: boolean;
  /** Null: never fail for old data. */
  readonly failIfStaleSeconds: number | null;
  /** Null: none is written, as in a dry run. */
  readonly metricsFile: string | null;
  /** Thresholds in bytes to be compared, the smallest first; null: an ordinary run. */
  readonly whatIf: readonly number[] | null;
  readonly dryRun: boolean;
  /** Null is now, by the database's clock. */
  readonly asOf: number | null;
  /** Null: report on all groups. */
  readonly explain: Question | null;
  readonly format: ReportFormat;
  /** Null: no page is written. */
  readonly html: string | null;
  readonly quiet: boolean;
  readonly exitCode: number;
  readonly timeoutSeconds: number;
  readonly demo: boolean;
  readonly printSchema: boolean;
  readonly debug: boolean;
  readonly color: boolean;
}

const DAY_SECONDS = 86_400;
const MAX_WINDOW_SECONDS = 3660 * DAY_SECONDS;
// A table name is at most 64 characters in MySQL, and one of the state tables has 5 more than the given name.
const TABLE_NAME = /^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,57}$/;
const SCHEMA_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,63}$/;
// RFC 3164, 4.1.3 allows 32 characters; more kinds of them would end the tag early in common receivers.
const TAG = /^[A-Za-z0-9_.-]{1,32}$/;

/**
 * Understands flags, environment and env file.
 *
 * @param faults faults that are known already; more are added
 * @throws UsageError with every fault there is
 */
export function readOptions(flags: RawFlags, env: Environment, faults: string[] = []): Options {
  const setting = collectSettings(flags, env, faults);
  const isOn = (key: SettingKey) => setting(key)?.value === true;

  /** Reads one setting; `expected` completes "is not ...". The value is shown, so never use it for secrets. */
  function read<T>(key: SettingKey, parse: (text: string) => T | null, expected: string): T {
    const { value, origin } = setting(key) as RawSetting;
    const parsed = parse(String(value).trim());
    if (parsed === null) faults.push(`${origin}: ${JSON.stringify(value)} is not ${expected}`);
    return parsed as T; // only used when no fault was found
  }

  function readDatabase(
    key: 'database' | 'state',
    passwordKey: 'databasePassword' | 'statePassword',
  ): DatabaseTarget | null {
    const url = setting(key);
    if (!url) return null;
    const text = String(url.value).trim();
    if (url.fromFlag && carriesPassword(text)) {
      const variable = key === 'database' ? 'LEAKTALLY_DATABASE_PASSWORD' : 'LEAKTALLY_STATE_PASSWORD';
      faults.push(`${url.origin}: a password on the command line can be read by other users; put it into ${variable}`);
      return null;
    }
    const target = parseDatabaseUrl(text, setting(passwordKey)?.value as string | undefined);
    if (typeof target !== 'string') return target;
    faults.push(`${url.origin} ${target}`);
    return null;
  }

  const demo = isOn('demo');
  const printSchema = isOn('printSchema');
  if (!demo && !printSchema && !setting('database')) {
    faults.push(
      'no database: give --database or LEAKTALLY_DATABASE_URL, such as postgres://leaktally@scrutinizer:5432/plixer, or try --demo',
    );
  }
  const windowSeconds = read(
    'window',
    (text) => within(parseDuration(text), 1, MAX_WINDOW_SECONDS),
    'a window such as 90m, 24h or 2d (at least 1s, at most 3660d)',
  );
  const asOf = setting('asOf')
    ? read('asOf', parseTime, 'a time such as 2025-11-24T02:06:40Z (with Z or an offset) or Unix seconds')
    : null;

  const groupBy = read('groupBy', parseGroupBy, `a comma list of ${GROUP_FIELDS.join(', ')}, each at most once`);
  // What may be asked is not known before --group-by is.
  const explain =
    setting('explain') && groupBy
      ? read('explain', (text) => parseQuestion(text, groupBy), expectedQuestion(groupBy))
      : null;

  const whatIf = setting('whatIf') ? read('whatIf', parseSizes, 'a comma list of sizes such as 50MB,100MB,1GB') : null;
  const dryRun = isOn('dryRun') || demo || asOf !== null || explain !== null || whatIf !== null;
  const readPath = (key: SettingKey) => (setting(key) ? read(key, (text) => text || null, 'the path of a file') : null);
  const metricsFile = readPath('metricsFile');

  const options: Options = {
    database: demo ? null : readDatabase('database', 'databasePassword'),
    eventsSchema: setting('eventsSchema')
      ? read('eventsSchema', matching(SCHEMA_NAME), 'a schema name: letters, digits and _')
      : null,
    state: demo ? null : readDatabase('state', 'statePassword'),
    stateTable: read(
      'stateTable',
      matching(TABLE_NAME),
      'a table name: letters, digits and _, optionally schema.table',
    ),
    policies: readPolicies(setting('policy') as RawSetting, faults),
    windowSeconds,
    thresholdBytes: read('threshold', parseSize, 'a size such as 100MB, 1.5GiB or 5242880'),
    groupBy,
    exclusions: readExclusions(
      {
        includeSources: list(setting('includeSource')),
        excludeSources: list(setting('excludeSource')),
        excludeDestinations: list(setting('excludeDestination')),
        excludeDomains: list(setting('excludeDomain')),
        file: (setting('excludeFile')?.value as string | undefined) ?? null,
      },
      faults,
    ),
    watchPercent: setting('watch') ? read('watch', parsePercent, 'a percentage from 1 to 99 such as 80') : null,
    rule: read('rule', matching(RULE_NAME), 'a rule name: letters, digits, spaces and . _ : / @ - only, at most 64'),
    realertGrowth: read('realertGrowth', parseGrowth, 'a factor of at least 1 such as 2 or 1.5, or 0 for off'),
    realertAfterSeconds: setting('realertAfter')
      ? read('realertAfter', parseRealertAfter, 'a duration such as 24h, or never')
      : windowSeconds,
    syslog: readSyslog(setting('syslog') as RawSetting, faults),
    syslogFormat: read('syslogFormat', oneOf('rfc3164', 'rfc5424'), 'rfc3164 or rfc5424'),
    alertFormat: read('alertFormat', oneOf('text', 'json', 'cef'), 'text, json or cef'),
    facility: read('facility', parseFacility, 'a syslog facility such as local5 or user'),
    severity: read(
      'severity',
      parseSeverity,
      'a syslog severity: emerg, alert, crit, err, warning, notice, info or debug',
    ),
    tag: read('tag', matching(TAG), 'a syslog tag: letters, digits and . _ - only, at most 32'),
    catchUp: setting('catchUp')?.value !== false,
    failIfStaleSeconds: setting('failIfStale')
      ? read('failIfStale', (text) => within(parseDuration(text), 1, MAX_WINDOW_SECONDS), 'a duration such as 1h')
      : null,
    metricsFile: dryRun || printSchema ? null : metricsFile,
    whatIf,
    dryRun,
    asOf,
    explain,
    format: read('format', oneOf('table', 'json', 'csv'), 'table, json or csv'),
    html: explain || whatIf ? null : readPath('html'),
    quiet: isOn('quiet'),
    exitCode: read(
      'exitCode',
      (text) => (/^\d{1,3}$/.test(text) ? within(Number(text), 0, 255) : null),
      'an exit code from 0 to 255',
    ),
    timeoutSeconds: read('timeout', parseTimeout, 'a duration such as 4m (at least 1s, at most 24h)'),
    demo,
    printSchema,
    debug: isOn('debug'),
    // https://no-color.org: set to anything but the empty string.
    color: !env.NO_COLOR,
  };
  if (explain && whatIf) faults.push('--explain and --what-if answer different questions: give one of them');
  if (setting('html')?.fromFlag && (explain || whatIf)) {
    faults.push('--html has no page for --explain and --what-if: leave it out');
  }
  if (faults.length > 0) throw new UsageError(faults);
  return Object.freeze(options);
}

/** Neither addresses nor domains contain what divides them. */
function list(setting: RawSetting | null): RawList {
  const texts = setting === null ? [] : [setting.value].flat().map(String);
  return {
    entries: texts.flatMap((text) => text.split(/[\s,;]+/)).filter((entry) => entry !== ''),
    origin: setting?.origin ?? '',
  };
}

function readPolicies({ value, origin }: RawSetting, faults: string[]): readonly string[] {
  const names = Array.isArray(value)
    ? [...value]
    : String(value)
        .split(';')
        .map((name) => name.trim());
  const kept = names.filter((name) => name.trim() !== '');
  if (kept.length === 0) faults.push(`${origin}: names no policy; give the name of the saved report`);
  return kept;
}

function readSyslog({ value, origin }: RawSetting, faults: string[]): SyslogTarget | null {
  if (value === false || value === 'none') return null;
  const target = parseSyslogUrl(String(value).trim());
  if (typeof target !== 'string') return target;
  faults.push(`${origin} ${target}`);
  return null;
}

function parseGroupBy(text: string): readonly GroupField[] | null {
  const fields = text.split(',').map((field) => field.trim().toLowerCase());
  const known = GROUP_FIELDS.filter((field) => fields.includes(field));
  return known.length === fields.length ? known : null;
}

function parsePercent(text: string): number | null {
  const percent = /^(\d{1,2}) ?%?$/.exec(text)?.[1];
  return percent === undefined ? null : within(Number(percent), 1, 99);
}

/** @returns each size once, the smallest first */
function parseSizes(text: string): readonly number[] | null {
  const sizes = text.split(',').map((size) => parseSize(size.trim()));
  return sizes.includes(null) ? null : [...new Set(sizes as number[])].sort((a, b) => a - b);
}

function parseGrowth(text: string): number | null {
  const factor = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  return factor === 0 ? 0 : within(factor, 1, 1e6);
}

function parseRealertAfter(text: string): number | null {
  return text === 'never' ? Number.POSITIVE_INFINITY : within(parseDuration(text), 1, MAX_WINDOW_SECONDS);
}

function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T | null {
  return (text) => choices.find((choice) => choice === text) ?? null;
}

function matching(pattern: RegExp): (text: string) => string | null {
  return (text) => (pattern.test(text) ? text : null);
}

/** @returns the number when it is between the two bounds, both allowed; null otherwise */
function within(value: number | null, least: number, most: number): number | null {
  return value !== null && value >= least && value <= most ? value : null;
}
