import type { DatabaseTarget } from '../db/target.ts';
import { UsageError } from '../errors.ts';
import type { TerminalFacts } from '../terminal.ts';
import { plural } from '../util/text.ts';
import { exclusionOf } from './exception-subjects.ts';
import type { ExceptionRules, ExceptionSubject } from './exceptions.ts';
import { readExceptionsFile } from './exceptions-file.ts';
import { type ExplainQuestion, expectedQuestion, parseQuestion } from './explain-question.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';
import type { RawFlags, SettingValues } from './settings.ts';
import { describeOrigins, type Environment } from './sources.ts';
import { readTerminalFacts } from './terminal-facts.ts';

/** Settings that are only parts of an option. */
type Part =
  | 'databasePassword'
  | 'statePassword'
  | 'envFile'
  | 'completion'
  | `${'include' | 'exclude'}Source`
  | `exclude${'Destination' | 'Domain' | 'As'}`
  | 'exceptionsFile';

/**
 * Validated options of a run: each setting by its name, and what several of them combine to.
 */
export interface Options extends Omit<SettingValues, Part | 'explain' | 'realertAfterSeconds'> {
  readonly exceptions: ExceptionRules;
  /** Defaults to the window; Infinity is off. */
  readonly realertAfterSeconds: number;
  /** Null to report on all groups. */
  readonly explain: ExplainQuestion | null;
  readonly terminal: TerminalFacts;
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
  const { databasePassword, statePassword, envFile, completion, ...values } = settings.values;
  const { includeSource, excludeSource, excludeDestination, excludeDomain, excludeAs, exceptionsFile, ...given } =
    values;
  const { demo, printSchema, whatIf, asOf, check } = given;
  const explain = readQuestion(settings, faults);
  const isQuestion = explain !== null || whatIf !== null;
  const isReport = !isQuestion && !check;
  const dryRun = given.dryRun || demo || asOf !== null || isQuestion;
  const options: Options = {
    ...given,
    database: withPassword(given.database, databasePassword),
    state: withPassword(given.state, statePassword),
    exceptions: readExceptions(settings.values, faults),
    realertAfterSeconds: given.realertAfterSeconds ?? given.windowSeconds,
    explain,
    dryRun,
    html: isQuestion ? null : given.html,
    metricsFile: dryRun || printSchema ? null : given.metricsFile,
    terminal: readTerminalFacts(env),
    origins: describeOrigins(settings),
    notices: settings.notices,
  };
  const lacksDatabase = !demo && !settings.raw('completion') && !settings.raw('database');
  // It is probably in the env file, whose faults are reported already.
  if (lacksDatabase && settings.isEnvFileSound) {
    const otherwise = printSchema ? ': the script is for the server and the account in it' : ', or try --demo';
    faults.push(
      `no database is named; set --database or LEAKTALLY_DATABASE_URL, such as postgres://leaktally@scrutinizer:5432/plixer${otherwise}`,
    );
  }
  if (demo && printSchema) faults.push('--print-schema is for a database of yours; leave out --demo');
  if (given.resend && !isReport)
    faults.push('--resend cannot be combined with --explain, --what-if or --check; leave it out');
  if (explain && whatIf) faults.push('--explain and --what-if cannot be combined; use one of them');
  if (settings.raw('html')?.fromFlag && !isReport) {
    faults.push('--html cannot be combined with --explain, --what-if or --check; leave it out');
  }
  if (check && (isQuestion || printSchema)) {
    faults.push('--check cannot be combined with --explain, --what-if or --print-schema; use one of them');
  }
  if (given.ipDatabases.length === 0 && !demo && !printSchema)
    faults.push(...needsIpDatabase(settings.values, options.exceptions));
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

/** Joins the lists given as options with the exceptions file. */
function readExceptions(values: SettingValues, faults: string[]): ExceptionRules {
  const { includeSource, excludeSource, excludeDestination, excludeDomain, excludeAs, exceptionsFile } = values;
  const subjects: readonly ExceptionSubject[] = [
    ...excludeSource.map((range) => ({ kind: 'source', range }) as const),
    ...excludeDestination.map((range) => ({ kind: 'destination', range }) as const),
    ...[...new Set(excludeDomain)].map((domain) => ({ kind: 'domain', domain }) as const),
    ...[...new Set(excludeAs)].map((number) => ({ kind: 'as', number }) as const),
  ];
  // A list with a fault in it holds undefined.
  const isRead = (subject: ExceptionSubject) => Object.values(subject).every((part) => part !== undefined);
  const lines = exceptionsFile === null ? [] : readExceptionsFile(exceptionsFile, values.groupBy, faults);
  const exceptions = [...subjects.filter(isRead).map(exclusionOf), ...lines];
  return { includeSources: includeSource, exceptions };
}

function needsIpDatabase({ groupBy }: SettingValues, { exceptions }: ExceptionRules): string[] {
  const withAs = exceptions.filter(({ subject }) => subject.kind === 'as');
  const [first, ...others] = withAs.flatMap(({ line, text }) => (line ? [{ ...line, text }] : []));
  // One thing is missing, however many lines need it.
  const more = others.length > 0 ? ` (and ${plural(others.length, 'more line')})` : '';
  const needing = [
    ...(groupBy?.includes('as') ? ['--group-by with as'] : []),
    ...(withAs.some(({ line }) => line === null) ? ['--exclude-as'] : []),
    ...(first ? [`${first.file}, line ${first.number}${more}: ${first.text}`] : []),
  ];
  return needing.map((name) => `${name} needs --ip-database: a file that names the AS of addresses`);
}
