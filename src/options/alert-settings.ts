import { parseDuration } from '../util/units.ts';
import { Fault, MAX_WINDOW_SECONDS, matching, oneOf, type Setting, within } from './setting.ts';
import { parseFacility, parseSeverity } from './syslog-names.ts';
import { parseSyslogUrl, type SyslogTarget } from './syslog-target.ts';

const group = 'When and how to alert';

const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,63}$/;
// RFC 3164, 4.1.3 allows 32 characters; any others end the tag early in common receivers.
const TAG = /^[A-Za-z0-9_.-]{1,32}$/;

/** Options for when leaks are alerted, and how and where to. */
export const ALERT_SETTINGS = {
  rule: {
    flag: '--rule <name>',
    env: 'LEAKTALLY_RULE',
    fallback: 'data-leak',
    help: 'name under which state is kept; shown in alerts',
    group,
    parse: matching(RULE_NAME),
    expected: 'a rule name: letters, digits, spaces and . _ : / @ - only, at most 64',
  },
  realertGrowth: {
    flag: '--realert-growth <factor>',
    env: 'LEAKTALLY_REALERT_GROWTH',
    fallback: '2',
    help: 'alert again when the total is this many times the last alerted total; 0 turns this off',
    group,
    parse: parseGrowth,
    expected: 'a factor of at least 1 such as 2 or 1.5, or 0 for off',
  },
  realertAfter: {
    flag: '--realert-after <duration>',
    env: 'LEAKTALLY_REALERT_AFTER',
    help: 'alert again after this long if new bytes arrived (default: the window); "never" turns this off',
    group,
    name: 'realertAfterSeconds',
    parse: parseRealertAfter,
    expected: 'a duration such as 24h, or never',
  },
  syslog: {
    flag: '--syslog <url>',
    env: 'LEAKTALLY_SYSLOG',
    fallback: 'udp://127.0.0.1:514',
    help: 'where alerts go: udp://host:514, tcp://host:514, tls://host:6514; none is the same as --no-syslog',
    group,
    parse: syslogUrl,
    canBeNone: true,
  },
  noSyslog: {
    flag: '--no-syslog',
    help: 'send no alerts; the report is the alert',
    group,
    negates: 'syslog',
  },
  syslogFormat: {
    flag: '--syslog-format <format>',
    env: 'LEAKTALLY_SYSLOG_FORMAT',
    fallback: 'rfc3164',
    help: 'rfc3164 or rfc5424',
    group,
    parse: oneOf('rfc3164', 'rfc5424'),
    expected: 'rfc3164 or rfc5424',
  },
  alertFormat: {
    flag: '--alert-format <format>',
    env: 'LEAKTALLY_ALERT_FORMAT',
    fallback: 'text',
    help: 'text, json or cef',
    group,
    parse: oneOf('text', 'json', 'cef'),
    expected: 'text, json or cef',
  },
  facility: {
    flag: '--facility <name>',
    env: 'LEAKTALLY_FACILITY',
    fallback: 'local5',
    help: 'syslog facility: kern, user, ..., local0 to local7',
    group,
    parse: parseFacility,
    expected: 'a syslog facility such as local5 or user',
  },
  severity: {
    flag: '--severity <name>',
    env: 'LEAKTALLY_SEVERITY',
    fallback: 'info',
    help: 'syslog severity: emerg, alert, crit, err, warning, notice, info, debug',
    group,
    parse: parseSeverity,
    expected: 'a syslog severity: emerg, alert, crit, err, warning, notice, info or debug',
  },
  tag: {
    flag: '--tag <name>',
    env: 'LEAKTALLY_TAG',
    fallback: 'DATAEXFIL',
    help: 'syslog tag (RFC 3164) or APP-NAME (RFC 5424)',
    group,
    parse: matching(TAG),
    expected: 'a syslog tag: letters, digits and . _ - only, at most 32',
  },
  catchUp: {
    flag: '--no-catch-up',
    help: 'do not evaluate the time of missed runs',
    group,
  },
} as const satisfies Record<string, Setting>;

function syslogUrl(text: string): SyslogTarget | Fault {
  const target = parseSyslogUrl(text);
  return typeof target === 'string' ? new Fault(` ${target}`) : target;
}

/** Parses a factor, where 0 is off. */
function parseGrowth(text: string): number | null {
  const factor = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  return factor === 0 ? 0 : within(factor, 1, 1e6);
}

/** @returns seconds; Infinity is off */
function parseRealertAfter(text: string): number | null {
  return text === 'never' ? Number.POSITIVE_INFINITY : within(parseDuration(text), 1, MAX_WINDOW_SECONDS);
}
