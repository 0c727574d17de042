// Numbers (the index): RFC 5424, section 6.2.1. Names: syslog(3) and rsyslog.
export const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'audit', 'alert', 'clock', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];
export const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** Names of syslog.h and of RFC 5424 that syslog(3) does not list. */
const OTHER_SEVERITIES: Readonly<Record<string, string>> = {
  panic: 'emerg',
  emergency: 'emerg',
  critical: 'crit',
  error: 'err',
  warn: 'warning',
  informational: 'info',
};

/** @returns the facility's number, 0 to 23, or null */
export function parseFacility(name: string): number | null {
  return indexOf(FACILITIES, name);
}

/** @returns the severity's number, 0 to 7, or null */
export function parseSeverity(name: string): number | null {
  const severity = Object.hasOwn(OTHER_SEVERITIES, name.toLowerCase()) ? OTHER_SEVERITIES[name.toLowerCase()] : name;
  return indexOf(SEVERITIES, severity ?? name);
}

function indexOf(names: readonly string[], name: string): number | null {
  const index = names.indexOf(name.toLowerCase());
  return index < 0 ? null : index;
}
