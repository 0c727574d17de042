import { parseDuration, parseSize, parseTime, parseTimeout } from '../util/units.ts';
import {
  DURATION_EXAMPLES,
  Fault,
  listChoices,
  MAX_WINDOW_SECONDS,
  oneOf,
  type Setting,
  SHELLS,
  within,
} from './setting.ts';

const group = 'This run';

const REPORT_FORMATS = ['table', 'json', 'csv'] as const;
/** The database's clock, which is what counts, may be ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 900;

/** Options for what this run does, and where it writes. */
export const RUN_SETTINGS = {
  whatIf: {
    flag: '--what-if <sizes>',
    summary: 'compare thresholds such as 50MB,100MB,1GB',
    help: 'compare thresholds such as 50MB,100MB,1GB: the leaks and alerts of each; implies --dry-run',
    group,
    parse: parseSizes,
    expected: 'a comma-separated list of sizes such as 50MB,100MB,1GB',
  },
  check: {
    flag: '--check',
    summary: 'would it work here? says what is wrong',
    help: 'look at the whole set-up and say what is wrong and what to do; sends one test record, writes nothing',
    group,
  },
  dryRun: {
    flag: '--dry-run',
    summary: 'show what would be alerted; send, write nothing',
    help: 'print what would be alerted; send nothing, write nothing',
    group,
  },
  resend: {
    flag: '--resend',
    summary: 'alert every leak of now again',
    help: 'alert every leak of now again in this run, as repeat and with a new alert id, such as after alerts were lost on their way',
    group,
  },
  asOf: {
    flag: '--as-of <time>',
    summary: 'look at the window that ended then',
    help: 'end of the window, ISO 8601 with zone or Unix seconds, not in the future (default: now); implies --dry-run',
    group,
    parse: parsePastTime,
    expected: 'a time such as 2025-11-24T02:06:40Z (with Z or an offset) or Unix seconds',
  },
  explain: {
    flag: '--explain <group>',
    summary: 'show why a group is alerted or not',
    help: 'show why a group is alerted or not, given its source or source,destination (the values of --group-by); implies --dry-run',
    group,
    // Parsed in options.ts, since its form depends on --group-by.
    parse: (text: string): string => text,
  },
  format: {
    flag: '--format <format>',
    summary: 'report as table, json or csv',
    env: 'LEAKTALLY_FORMAT',
    fallback: 'table',
    help: 'form of the report: table, json or csv',
    group,
    parse: oneOf(REPORT_FORMATS),
    expected: listChoices(REPORT_FORMATS),
    choices: REPORT_FORMATS,
  },
  html: {
    flag: '--html <path>',
    summary: 'also write the report as a page',
    env: 'LEAKTALLY_HTML',
    help: 'also write the report to this file, as a page for a ticket or the daily mail',
    group,
    parse: parsePath,
    expected: 'the path of a file',
    canBeNone: true,
  },
  quiet: {
    flag: '--quiet',
    summary: 'print only alerts and faults',
    help: 'print only when something was alerted or went wrong',
    group,
  },
  failIfStale: {
    flag: '--fail-if-stale <duration>',
    summary: 'exit 1 when the newest event is older',
    env: 'LEAKTALLY_FAIL_IF_STALE',
    help: 'exit 1 when the newest event of any kind is older than this, or when a window of 24h or more has no event of the policy',
    group,
    name: 'failIfStaleSeconds',
    parse: (text: string) => within(parseDuration(text), 1, MAX_WINDOW_SECONDS),
    expected: `a duration such as ${DURATION_EXAMPLES}, or none`,
    canBeNone: true,
  },
  metricsFile: {
    flag: '--metrics-file <path>',
    summary: 'write Prometheus metrics (.prom) of each run',
    env: 'LEAKTALLY_METRICS_FILE',
    help: 'write Prometheus metrics to this file (.prom) after every run except a dry run, even a failed one; use one file per --rule and --group-by',
    group,
    parse: (text: string) => (text.endsWith('.prom') ? text : null),
    expected: 'the path of a file that ends in .prom, the only ones that node_exporter reads',
    canBeNone: true,
  },
  exitCode: {
    flag: '--exit-code <n>',
    summary: 'exit with n when there is a leak',
    fallback: '0',
    help: 'exit with n when any leak is above the threshold',
    group,
    parse: (text: string) => (/^\d{1,3}$/.test(text) ? within(Number(text), 0, 255) : null),
    expected: 'an exit code from 0 to 255',
  },
  timeout: {
    flag: '--timeout <duration>',
    summary: 'end the run after this long',
    env: 'LEAKTALLY_TIMEOUT',
    fallback: '4m',
    help: 'end the whole run after this long, whatever hangs',
    group,
    name: 'timeoutSeconds',
    parse: parseTimeout,
    expected: `a duration such as ${DURATION_EXAMPLES}, from 1s to 24h`,
  },
  demo: {
    flag: '--demo',
    summary: 'run on a built-in sample day',
    help: 'run on a built-in sample day; implies --dry-run',
    group,
  },
  printSchema: {
    flag: '--print-schema',
    summary: 'print SQL that creates account and tables',
    help: 'print the scripts that create the account, its grants and the state tables, for the database of the URL',
    group,
  },
  completion: {
    flag: '--completion <shell>',
    summary: 'print completions for bash, zsh or fish',
    help: 'print a script that completes options in bash, zsh or fish, and nothing else',
    group,
    parse: oneOf(SHELLS),
    expected: listChoices(SHELLS),
    choices: SHELLS,
  },
  debug: {
    flag: '--debug',
    summary: 'show stack traces, and where settings are from',
    help: 'show stack traces, where settings came from, and exceptions that ended or match nothing',
    group,
  },
} as const satisfies Record<string, Setting>;

function parsePath(text: string): string | null {
  return text || null;
}

function parsePastTime(text: string): number | Fault | null {
  if (/^\d{13}$/.test(text)) return Fault.of(text, 'is in milliseconds; give Unix seconds');
  const time = parseTime(text);
  const isFuture = time !== null && time > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
  return isFuture ? Fault.of(text, 'is in the future; leave it out to look at now') : time;
}

/** @returns each size once, smallest first */
function parseSizes(text: string): readonly number[] | null {
  const sizes = text.split(',').map((size) => parseSize(size.trim()));
  return sizes.includes(null) ? null : [...new Set(sizes as number[])].sort((a, b) => a - b);
}
