/** One option as users meet it: on the command line, in the environment and the env file, in --help and .env.example. */
export interface Setting {
  readonly flag?: string;
  readonly env?: string;
  readonly fallback?: string;
  readonly help: string;
  readonly group: SettingGroup;
}

type SettingGroup = 'Where events and state are' | 'What is a leak' | 'When and how to alert' | 'This run';

const WHERE = 'Where events and state are';
const WHAT = 'What is a leak';
const ALERT = 'When and how to alert';
const RUN = 'This run';

/** Every option there is; the only list of them, in the order of --help. */
export const SETTINGS = {
  database: {
    flag: '--database <url>',
    env: 'LEAKTALLY_DATABASE_URL',
    help: 'mysql://user@host:3306/plixer, mariadb://..., postgres://user@host:5432/plixer or sqlite:<file>',
    group: WHERE,
  },
  databasePassword: {
    env: 'LEAKTALLY_DATABASE_PASSWORD',
    help: 'the password as it is; beats the one in the URL',
    group: WHERE,
  },
  eventsSchema: {
    flag: '--events-schema <name>',
    env: 'LEAKTALLY_EVENTS_SCHEMA',
    help: 'schema of the events (default: where the account finds them; PostgreSQL: also plixer)',
    group: WHERE,
  },
  state: {
    flag: '--state <url>',
    env: 'LEAKTALLY_STATE_URL',
    help: 'where alert state is kept (default: the same database)',
    group: WHERE,
  },
  statePassword: {
    env: 'LEAKTALLY_STATE_PASSWORD',
    help: 'the password of the state database as it is; beats the one in the URL',
    group: WHERE,
  },
  stateTable: {
    flag: '--state-table <name>',
    env: 'LEAKTALLY_STATE_TABLE',
    fallback: 'leaktally_state',
    help: 'state table, optionally schema.table',
    group: WHERE,
  },
  envFile: {
    flag: '--env-file <path>',
    help: 'read LEAKTALLY_... variables from this file (default: .env if present)',
    group: WHERE,
  },
  policy: {
    flag: '--policy <name...>',
    env: 'LEAKTALLY_POLICY',
    fallback: 'Exceeded 5 MB in 5',
    help: 'an event counts when any of these names is in its message (environment: split at ;)',
    group: WHAT,
  },
  window: {
    flag: '--window <duration>',
    env: 'LEAKTALLY_WINDOW',
    fallback: '24h',
    help: 'time over which bytes are added up: 90m, 24h, 2d',
    group: WHAT,
  },
  threshold: {
    flag: '--threshold <size>',
    env: 'LEAKTALLY_THRESHOLD',
    fallback: '100MB',
    help: 'a leak is a total above this; MB is 10^6, MiB is 2^20, a bare number is bytes',
    group: WHAT,
  },
  groupBy: {
    flag: '--group-by <fields>',
    env: 'LEAKTALLY_GROUP_BY',
    fallback: 'source,destination',
    help: 'comma list of source, destination, domain (the registrable domain of the destination)',
    group: WHAT,
  },
  includeSource: {
    flag: '--include-source <range...>',
    env: 'LEAKTALLY_INCLUDE_SOURCE',
    help: 'count only events from these addresses or ranges, such as 10.0.0.0/8',
    group: WHAT,
  },
  excludeSource: {
    flag: '--exclude-source <range...>',
    env: 'LEAKTALLY_EXCLUDE_SOURCE',
    help: 'do not count events from these',
    group: WHAT,
  },
  excludeDestination: {
    flag: '--exclude-destination <range...>',
    env: 'LEAKTALLY_EXCLUDE_DESTINATION',
    help: 'do not count events to these',
    group: WHAT,
  },
  excludeDomain: {
    flag: '--exclude-domain <domain...>',
    env: 'LEAKTALLY_EXCLUDE_DOMAIN',
    help: 'do not count events to destinations of which every known name is below one of these',
    group: WHAT,
  },
  excludeFile: {
    flag: '--exclude-file <path>',
    env: 'LEAKTALLY_EXCLUDE_FILE',
    help: 'file with one such range of destinations, domain, or "source <range>" a line; # begins a comment',
    group: WHAT,
  },
  watch: {
    flag: '--watch <percent>',
    env: 'LEAKTALLY_WATCH',
    help: 'also show groups from this share of the threshold on; they are never alerted',
    group: WHAT,
  },
  rule: {
    flag: '--rule <name>',
    env: 'LEAKTALLY_RULE',
    fallback: 'data-leak',
    help: 'name under which state is kept, shown in the alert',
    group: ALERT,
  },
  realertGrowth: {
    flag: '--realert-growth <factor>',
    env: 'LEAKTALLY_REALERT_GROWTH',
    fallback: '2',
    help: 'alert again when the total is this many times the last alerted total; 0 is off',
    group: ALERT,
  },
  realertAfter: {
    flag: '--realert-after <duration>',
    env: 'LEAKTALLY_REALERT_AFTER',
    help: 'alert again after this long if new bytes arrived (default: the window); never is off',
    group: ALERT,
  },
  syslog: {
    flag: '--syslog <url>',
    env: 'LEAKTALLY_SYSLOG',
    fallback: 'udp://127.0.0.1:514',
    help: 'where alerts go: udp://host:514, tcp://host:514, tls://host:6514; none is the same as --no-syslog',
    group: ALERT,
  },
  noSyslog: {
    flag: '--no-syslog',
    help: 'send nothing; the report is the alert',
    group: ALERT,
  },
  syslogFormat: {
    flag: '--syslog-format <format>',
    env: 'LEAKTALLY_SYSLOG_FORMAT',
    fallback: 'rfc3164',
    help: 'rfc3164 or rfc5424',
    group: ALERT,
  },
  alertFormat: {
    flag: '--alert-format <format>',
    env: 'LEAKTALLY_ALERT_FORMAT',
    fallback: 'text',
    help: 'text, json or cef',
    group: ALERT,
  },
  facility: {
    flag: '--facility <name>',
    env: 'LEAKTALLY_FACILITY',
    fallback: 'local5',
    help: 'syslog facility: kern, user, ..., local0 to local7',
    group: ALERT,
  },
  severity: {
    flag: '--severity <name>',
    env: 'LEAKTALLY_SEVERITY',
    fallback: 'info',
    help: 'syslog severity: emerg, alert, crit, err, warning, notice, info, debug',
    group: ALERT,
  },
  tag: {
    flag: '--tag <name>',
    env: 'LEAKTALLY_TAG',
    fallback: 'DATAEXFIL',
    help: 'syslog tag (RFC 3164) or APP-NAME (RFC 5424)',
    group: ALERT,
  },
  catchUp: {
    flag: '--no-catch-up',
    help: 'do not look at the time in which runs were missed',
    group: ALERT,
  },
  whatIf: {
    flag: '--what-if <sizes>',
    help: 'show how many leaks and alerts thresholds such as 50MB,100MB,1GB would have given; implies --dry-run',
    group: RUN,
  },
  dryRun: {
    flag: '--dry-run',
    help: 'print what would be alerted; send nothing, write nothing',
    group: RUN,
  },
  asOf: {
    flag: '--as-of <time>',
    help: 'end of the window, ISO 8601 with zone or Unix seconds (default: now); implies --dry-run',
    group: RUN,
  },
  explain: {
    flag: '--explain <group>',
    help: 'show why a group is alerted or not: its source, or source,destination (the values of --group-by); implies --dry-run',
    group: RUN,
  },
  format: {
    flag: '--format <format>',
    env: 'LEAKTALLY_FORMAT',
    fallback: 'table',
    help: 'table, json or csv',
    group: RUN,
  },
  html: {
    flag: '--html <path>',
    env: 'LEAKTALLY_HTML',
    help: 'also write the report to this file, as a page for the ticket or the daily mail',
    group: RUN,
  },
  quiet: {
    flag: '--quiet',
    help: 'print only when something was alerted or went wrong',
    group: RUN,
  },
  failIfStale: {
    flag: '--fail-if-stale <duration>',
    env: 'LEAKTALLY_FAIL_IF_STALE',
    help: 'exit 1 when the newest event of any kind is older than this',
    group: RUN,
  },
  metricsFile: {
    flag: '--metrics-file <path>',
    env: 'LEAKTALLY_METRICS_FILE',
    help: 'write Prometheus metrics to this file at the end of each run but a dry run, whatever became of it; each --rule and --group-by needs its own',
    group: RUN,
  },
  exitCode: {
    flag: '--exit-code <n>',
    fallback: '0',
    help: 'exit with n when any leak is above the threshold',
    group: RUN,
  },
  timeout: {
    flag: '--timeout <duration>',
    env: 'LEAKTALLY_TIMEOUT',
    fallback: '4m',
    help: 'the whole run ends by then, whatever hangs',
    group: RUN,
  },
  demo: {
    flag: '--demo',
    help: 'run on a built-in sample day; implies --dry-run',
    group: RUN,
  },
  printSchema: {
    flag: '--print-schema',
    help: "print the state tables' DDL and the least-privilege grants",
    group: RUN,
  },
  debug: {
    flag: '--debug',
    help: 'show the stack of an error, and entries of exclusion lists that match nothing',
    group: RUN,
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;

/** What commander hands over for one setting. */
export type RawValue = string | boolean | readonly string[];
export type RawFlags = { readonly [K in SettingKey]?: RawValue };
