import { parseDuration, parseSize, parseTime, parseTimeout } from '../util/units.ts';
import { MAX_WINDOW_SECONDS, oneOf, type Setting, within } from './setting.ts';

const group = 'This run';

/** Options for what this run does, and where it writes. */
export const RUN_SETTINGS = {
  whatIf: {
    flag: '--what-if <sizes>',
    help: 'compare thresholds such as 50MB,100MB,1GB: the leaks and alerts of each; implies --dry-run',
    group,
    parse: parseSizes,
    expected: 'a comma-separated list of sizes such as 50MB,100MB,1GB',
  },
  check: {
    flag: '--check',
    help: 'look at the whole set-up and say what is wrong and what to do; sends one test record, writes nothing',
    group,
  },
  dryRun: {
    flag: '--dry-run',
    help: 'print what would be alerted; send nothing, write nothing',
    group,
  },
  asOf: {
    flag: '--as-of <time>',
    help: 'end of the window, ISO 8601 with zone or Unix seconds (default: now); implies --dry-run',
    group,
    parse: parseTime,
    expected: 'a time such as 2025-11-24T02:06:40Z (with Z or an offset) or Unix seconds',
  },
  explain: {
    flag: '--explain <group>',
    help: 'show why a group is alerted or not, given its source or source,destination (the values of --group-by); implies --dry-run',
    group,
    // Parsed in options.ts, since its form depends on --group-by.
    parse: (text: string): string => text,
  },
  format: {
    flag: '--format <format>',
    env: 'LEAKTALLY_FORMAT',
    fallback: 'table',
    help: 'table, json or csv',
    group,
    parse: oneOf('table', 'json', 'csv'),
    expected: 'table, json or csv',
  },
  html: {
    flag: '--html <path>',
    env: 'LEAKTALLY_HTML',
    help: 'also write the report to this file, as a page for a ticket or the daily mail',
    group,
    parse: parsePath,
    expected: 'the path of a file',
  },
  quiet: {
    flag: '--quiet',
    help: 'print only when something was alerted or went wrong',
    group,
  },
  failIfStale: {
    flag: '--fail-if-stale <duration>',
    env: 'LEAKTALLY_FAIL_IF_STALE',
    help: 'exit 1 when the newest event of any kind is older than this, or when a window of 24h or more has no event of the policy',
    group,
    name: 'failIfStaleSeconds',
    parse: (text: string) => within(parseDuration(text), 1, MAX_WINDOW_SECONDS),
    expected: 'a duration such as 1h',
  },
  metricsFile: {
    flag: '--metrics-file <path>',
    env: 'LEAKTALLY_METRICS_FILE',
    help: 'write Prometheus metrics to this file after every run except a dry run, even a failed one; use one file per --rule and --group-by',
    group,
    parse: parsePath,
    expected: 'the path of a file',
  },
  exitCode: {
    flag: '--exit-code <n>',
    fallback: '0',
    help: 'exit with n when any leak is above the threshold',
    group,
    parse: (text: string) => (/^\d{1,3}$/.test(text) ? within(Number(text), 0, 255) : null),
    expected: 'an exit code from 0 to 255',
  },
  timeout: {
    flag: '--timeout <duration>',
    env: 'LEAKTALLY_TIMEOUT',
    fallback: '4m',
    help: 'end the whole run after this long, whatever hangs',
    group,
    name: 'timeoutSeconds',
    parse: parseTimeout,
    expected: 'a duration such as 4m (at least 1s, at most 24h)',
  },
  demo: {
    flag: '--demo',
    help: 'run on a built-in sample day; implies --dry-run',
    group,
  },
  printSchema: {
    flag: '--print-schema',
    help: 'print the scripts that create the account, its grants and the state tables, for the database of the URL',
    group,
  },
  debug: {
    flag: '--debug',
    help: 'show stack traces, where settings came from, and exceptions that ended or match nothing',
    group,
  },
} as const satisfies Record<string, Setting>;

function parsePath(text: string): string | null {
  return text || null;
}

/** @returns each size once, smallest first */
function parseSizes(text: string): readonly number[] | null {
  const sizes = text.split(',').map((size) => parseSize(size.trim()));
  return sizes.includes(null) ? null : [...new Set(sizes as number[])].sort((a, b) => a - b);
}
