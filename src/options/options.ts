import type { DatabaseTarget } from '../db/target.ts';
import { UsageError } from '../errors.ts';
import type { ExclusionRules } from '../model.ts';
import { readExclusionFile } from './exclusion-file.ts';
import { type ExplainQuestion, expectedQuestion, parseQuestion } from './explain-question.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';
import type { RawFlags, SettingValues } from './settings.ts';
import { describeOrigins, type Environment } from './sources.ts';

/** Settings that are only parts of an option. */
type Part =
  | 'databasePassword'
  | 'statePassword'
  | 'envFile'
  | `${'include' | 'exclude'}Source`
  | `exclude${'Destination' | 'Domain' | 'As' | 'File'}`;

/**
 * Validated options of a run: each setting by its name, and what several of them combine to.
 */
export interface Options extends Omit<SettingValues, Part | 'explain' | 'realertAfterSeconds'> {
  readonly exclusions: ExclusionRules;
  /** Defaults to the window; Infinity is off. */
  readonly realertAfterSeconds: number;
  /** Null to report on all groups. */
  readonly explain: ExplainQuestion | null;
  readonly color: boolean;
  /** Settings that are not defaults, one line for each place where they were found. */
  readonly origins: readonly string[];
  /** To be printed before the run. */
  readonly notices: readonly string[];
}

/**
 * Reads options from flags, environment and env file.
 *
 * @param faults those found already; more are added
 * @throws UsageError with all faults
 */
export function readOptions(flags: RawFlags, env: Environment, faults: string[] = []): Options {
  const settings = readSettings(flags, env, faults);
  const { databasePassword, statePassword, envFile, ...values } = settings.values;
  const { includeSource, excludeSource, excludeDestination, excludeDomain, excludeAs, excludeFile, ...given } = values;
  const { demo, printSchema, whatIf, asOf, check } = given;
  const explain = readQuestion(settings, faults);
  const isQuestion = explain !== null || whatIf !== null;
  const isReport = !isQuestion && !check;
  const dryRun = given.dryRun || demo || asOf !== null || isQuestion;
  const options: Options = {
    ...given,
    database: withPassword(given.database, databasePassword),
    state: withPassword(given.state, statePassword),
    exclusions: readExclusions(settings.values, faults),
    realertAfterSeconds: given.realertAfterSeconds ?? given.windowSeconds,
    explain,
    dryRun,
    html: isReport ? given.html : null,
    metricsFile: dryRun || printSchema || check ? null : given.metricsFile,
    // https://no-color.org: set to anything but the empty string.
    color: !env.NO_COLOR,
    origins: describeOrigins(settings),
    notices: settings.notices,
  };
  const lacksDatabase = !demo && !settings.raw('database');
  // It is probably in the env file, whose faults are reported already.
  if (lacksDatabase && settings.isEnvFileSound) {
    const otherwise = printSchema ? ': the script is for the server and the account in it' : ', or try --demo';
    faults.push(
      `no database: set --database or LEAKTALLY_DATABASE_URL, such as postgres://leaktally@scrutinizer:5432/plixer${otherwise}`,
    );
  }
  if (demo && printSchema) faults.push('--print-schema is for a database of yours: leave out --demo');
  if (explain && whatIf) faults.push('--explain and --what-if cannot be combined: use one of them');
  if (settings.raw('html')?.fromFlag && !isReport) {
    faults.push('--html cannot be combined with --explain, --what-if or --check: leave it out');
  }
  if (check && (isQuestion || printSchema)) {
    faults.push('--check cannot be combined with --explain, --what-if or --print-schema: use one of them');
  }
  if (given.ipDatabases.length === 0 && !demo) faults.push(...needsIpDatabase(settings.values));
  if (faults.length > 0 || lacksDatabase) throw new UsageError([...settings.notices, ...faults]);
  return Object.freeze(options);
}

/** Overrides the password in the URL with the one in its own variable. */
function withPassword(target: DatabaseTarget | null, password: string | null): DatabaseTarget | null {
  return target && target.kind !== 'sqlite' && password !== null ? { ...target, password } : target;
}

/** Parses --explain, whose form depends on --group-by. */
function readQuestion({ values, raw }: ReadSettings, faults: string[]): ExplainQuestion | null {
  const given = raw('explain');
  if (values.explain === null || !given || !values.groupBy) return null;
  const question = parseQuestion(values.explain, values.groupBy);
  if (question) return question;
  faults.push(`${given.origin}: ${JSON.stringify(given.value)} is not ${expectedQuestion(values.groupBy)}`);
  return null;
}

/** Merges the lists given as options with those in the exclusion file. */
function readExclusions(values: SettingValues, faults: string[]): ExclusionRules {
  const { includeSource, excludeSource, excludeDestination, excludeDomain, excludeAs, excludeFile } = values;
  const file = excludeFile === null ? null : readExclusionFile(excludeFile, faults);
  return {
    includeSources: includeSource,
    excludeSources: [...excludeSource, ...(file?.sources ?? [])],
    excludeDestinations: [...excludeDestination, ...(file?.destinations ?? [])],
    excludeDomains: [...new Set([...excludeDomain, ...(file?.domains ?? [])])],
    excludeAs: [...new Set(excludeAs)],
  };
}

function needsIpDatabase({ groupBy, excludeAs }: SettingValues): string[] {
  const needing = [
    ...(groupBy?.includes('as') ? ['--group-by with as'] : []),
    ...(excludeAs.length > 0 ? ['--exclude-as'] : []),
  ];
  return needing.map((name) => `${name} needs --ip-database: a file that names the AS of addresses`);
}
