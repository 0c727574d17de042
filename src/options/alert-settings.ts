import { parseDuration } from '../util/units.ts';
import {
  DURATION_EXAMPLES,
  Fault,
  isNone,
  listChoices,
  MAX_WINDOW_SECONDS,
  matching,
  oneOf,
  type Setting,
  within,
} from './setting.ts';
import { FACILITIES, parseFacility, parseSeverity, SEVERITIES } from './syslog-names.ts';
import { parseSyslogUrl, type SyslogTarget } from './syslog-target.ts';

const group = 'When and how to alert';

const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,63}$/;
// RFC 3164, 4.1.3 allows 32 characters; any others end the tag early in common receivers.
const TAG = /^[A-Za-z0-9_.-]{1,32}$/;

const SYSLOG_FORMATS = ['rfc3164', 'rfc5424'] as const;
const ALERT_FORMATS = ['text', 'json', 'cef'] as const;

/** Options for when leaks are alerted, and how and where to. */
export const ALERT_SETTINGS = {
  rule: {
    flag: '--rule <name>',
    summary: 'name of the state, shown in alerts',
    env: 'LEAKTALLY_RULE',
    fallback: 'data-leak',
    help: 'name under which state is kept; shown in alerts',
    group,
    parse: matching(RULE_NAME),
    expected: 'a rule name: letters, digits, spaces and . _ : / @ - only, at most 64',
  },
  realertGrowth: {
    flag: '--realert-growth <factor>',
    summary: 'alert again at so many times the last total',
    env: 'LEAKTALLY_REALERT_GROWTH',
    fallback: '2',
    help: 'alert again when the total is this many times the last alerted total; none turns this off',
    group,
    parse: parseGrowth,
    expected: 'a factor of at least 1 such as 2 or 1.5, or none',
  },
  realertAfter: {
    flag: '--realert-after <duration>',
    summary: 'alert again after this, if new bytes came',
    env: 'LEAKTALLY_REALERT_AFTER',
    help: 'alert again after this long if new bytes arrived (default: the window); none turns this off',
    group,
    name: 'realertAfterSeconds',
    parse: parseRealertAfter,
    expected: `a duration such as ${DURATION_EXAMPLES}, or none`,
  },
  syslog: {
    flag: '--syslog <url>',
    summary: 'receiver of alerts',
    env: 'LEAKTALLY_SYSLOG',
    fallback: 'udp://127.0.0.1:514',
    help: 'where alerts go: udp://host:514, tcp://host:514, tls://host:6514; none sends none, as --no-syslog',
    group,
    parse: syslogUrl,
    canBeNone: true,
  },
  noSyslog: {
    flag: '--no-syslog',
    summary: 'send no alerts; the report is the alert',
    help: 'send no alerts; the report is the alert',
    group,
    negates: 'syslog',
  },
  syslogFormat: {
    flag: '--syslog-format <format>',
    summary: 'header of rfc3164 or rfc5424',
    env: 'LEAKTALLY_SYSLOG_FORMAT',
    fallback: 'rfc3164',
    help: 'header of the syslog records: rfc3164 or rfc5424',
    group,
    parse: oneOf(SYSLOG_FORMATS),
    expected: listChoices(SYSLOG_FORMATS),
    choices: SYSLOG_FORMATS,
  },
  alertFormat: {
    flag: '--alert-format <format>',
    summary: 'alerts as text, json or cef',
    env: 'LEAKTALLY_ALERT_FORMAT',
    fallback: 'text',
    help: 'form of the alerts: text, json or cef',
    group,
    parse: oneOf(ALERT_FORMATS),
    expected: listChoices(ALERT_FORMATS),
    choices: ALERT_FORMATS,
  },
  facility: {
    flag: '--facility <name>',
    summary: 'syslog facility of the alerts',
    env: 'LEAKTALLY_FACILITY',
    fallback: 'local5',
    help: 'syslog facility: kern, user, ..., local0 to local7',
    group,
    parse: parseFacility,
    expected: `a syslog facility: ${listChoices(FACILITIES)}`,
    choices: FACILITIES,
  },
  severity: {
    flag: '--severity <name>',
    summary: 'syslog severity of the alerts',
    env: 'LEAKTALLY_SEVERITY',
    fallback: 'info',
    help: 'syslog severity: emerg, alert, crit, err, warning, notice, info, debug',
    group,
    parse: parseSeverity,
    expected: `a syslog severity: ${listChoices(SEVERITIES)}`,
    choices: SEVERITIES,
  },
  tag: {
    flag: '--tag <name>',
    summary: 'syslog tag of the alerts',
    env: 'LEAKTALLY_TAG',
    fallback: 'DATAEXFIL',
    help: 'syslog tag (RFC 3164) or APP-NAME (RFC 5424)',
    group,
    parse: matching(TAG),
    expected: 'a syslog tag: letters, digits and . _ - only, at most 32',
  },
  catchUp: {
    flag: '--no-catch-up',
    summary: 'do not evaluate the time of missed runs',
    help: 'do not evaluate the time of missed runs',
    group,
  },
} as const satisfies Record<string, Setting>;

function syslogUrl(text: string): SyslogTarget | Fault {
  const target = parseSyslogUrl(text);
  return typeof target === 'string' ? new Fault(` ${target}`) : target;
}

/** @returns a factor; 0 is off */
function parseGrowth(text: string): number | null {
  if (isNone(text)) return 0;
  return /^\d+(\.\d{1,6})?$/.test(text) ? within(Number(text), 1, 1e6) : null;
}

/** @returns seconds; Infinity is off */
function parseRealertAfter(text: string): number | null {
  return isNone(text) ? Number.POSITIVE_INFINITY : within(parseDuration(text), 1, MAX_WINDOW_SECONDS);
}
