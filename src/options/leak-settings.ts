import { GROUP_FIELDS, type GroupField } from '../model.ts';
import { parseDuration, parseSize } from '../util/units.ts';
import { parseAs, parseDomain, parseRange } from './exception-subjects.ts';
import { DURATION_EXAMPLES, MAX_WINDOW_SECONDS, type Setting, SIZE_EXAMPLES, within } from './setting.ts';

const group = 'What is a leak';

/** Addresses and domains contain no separators. */
const ENTRIES = { separator: /[\s,;]+/, splitsFlags: true } as const;

/** Options for what is added up, and for the total that makes it a leak. */
export const LEAK_SETTINGS = {
  policy: {
    flag: '--policy <name>',
    summary: 'name of the saved report',
    env: 'LEAKTALLY_POLICY',
    fallback: 'Exceeded 5 MB in 5',
    help: 'count events whose message contains this name; give it once for each name (environment: separated by ;)',
    group,
    name: 'policies',
    parse: (text: string): string => text,
    list: { separator: /;/, whenEmpty: 'names no policy; give the name of the saved report' },
  },
  window: {
    flag: '--window <duration>',
    summary: 'time over which bytes are added up',
    env: 'LEAKTALLY_WINDOW',
    fallback: '24h',
    help: 'time over which bytes are added up: 90m, 24h, 1d12h, 1w',
    group,
    name: 'windowSeconds',
    parse: (text: string) => within(parseDuration(text), 1, MAX_WINDOW_SECONDS),
    expected: `a duration such as ${DURATION_EXAMPLES}, from 1s to 3660d`,
  },
  threshold: {
    flag: '--threshold <size>',
    summary: 'a leak is a total above this',
    env: 'LEAKTALLY_THRESHOLD',
    fallback: '100MB',
    help: 'a leak is a total above this; MB is 10^6, MiB is 2^20, a bare number is bytes',
    group,
    name: 'thresholdBytes',
    parse: parseSize,
    expected: `a size such as ${SIZE_EXAMPLES}`,
  },
  groupBy: {
    flag: '--group-by <fields>',
    summary: 'one total for each',
    env: 'LEAKTALLY_GROUP_BY',
    fallback: 'source,destination',
    help: 'comma-separated list of source, destination, domain (the registrable domain of the destination), as (its autonomous system; needs --ip-database)',
    group,
    parse: parseGroupBy,
    choices: GROUP_FIELDS,
    combinesChoices: true,
    expected: `a comma-separated list of ${GROUP_FIELDS.join(', ')}, each at most once`,
  },
  includeSource: {
    flag: '--include-source <range...>',
    summary: 'count only these addresses or ranges',
    env: 'LEAKTALLY_INCLUDE_SOURCE',
    help: 'count only events from these addresses or ranges, such as 10.0.0.0/8',
    group,
    parse: parseRange,
    list: ENTRIES,
    canBeNone: true,
  },
  excludeSource: {
    flag: '--exclude-source <range...>',
    summary: 'leave out these addresses or ranges',
    env: 'LEAKTALLY_EXCLUDE_SOURCE',
    help: 'do not count events from these addresses or ranges',
    group,
    parse: parseRange,
    list: ENTRIES,
    canBeNone: true,
  },
  excludeDestination: {
    flag: '--exclude-destination <range...>',
    summary: 'leave out these addresses or ranges',
    env: 'LEAKTALLY_EXCLUDE_DESTINATION',
    help: 'do not count events to these addresses or ranges',
    group,
    parse: parseRange,
    list: ENTRIES,
    canBeNone: true,
  },
  excludeDomain: {
    flag: '--exclude-domain <domain...>',
    summary: 'leave out destinations under these domains',
    env: 'LEAKTALLY_EXCLUDE_DOMAIN',
    help: 'do not count events to destinations if all their known names are below one of these',
    group,
    parse: parseDomain,
    list: ENTRIES,
    canBeNone: true,
  },
  excludeAs: {
    flag: '--exclude-as <as...>',
    summary: 'leave out these autonomous systems',
    env: 'LEAKTALLY_EXCLUDE_AS',
    help: 'do not count events to destinations in these autonomous systems, such as AS64496; needs --ip-database',
    group,
    parse: parseAs,
    list: ENTRIES,
    canBeNone: true,
  },
  exceptions: {
    flag: '--exceptions <file>',
    summary: 'what does not count, or above another size',
    env: 'LEAKTALLY_EXCEPTIONS',
    help: 'file with what does not count, or counts from another size on, perhaps until a day; one a line (see README)',
    group,
    name: 'exceptionsFile',
    parse: (text: string): string => text,
    canBeNone: true,
  },
  ipDatabase: {
    flag: '--ip-database <file...>',
    summary: 'MaxMind DB files with AS or country',
    env: 'LEAKTALLY_IP_DATABASE',
    help: 'MaxMind DB files (.mmdb) with the AS or country of addresses; the first that knows an address answers (environment: separated by ;)',
    group,
    name: 'ipDatabases',
    parse: (text: string): string => text,
    list: { separator: /;/ },
    canBeNone: true,
  },
  watch: {
    flag: '--watch <percent>',
    summary: 'also show totals near the threshold',
    env: 'LEAKTALLY_WATCH',
    help: 'also show groups that reach this percentage of their threshold; they are never alerted',
    group,
    name: 'watchPercent',
    parse: parsePercent,
    expected: 'a percentage from 1 to 99 such as 80, or none',
    canBeNone: true,
  },
} as const satisfies Record<string, Setting>;

function parseGroupBy(text: string): readonly GroupField[] | null {
  const fields = text.split(',').map((field) => field.trim().toLowerCase());
  const known = GROUP_FIELDS.filter((field) => fields.includes(field));
  return known.length === fields.length ? known : null;
}

function parsePercent(text: string): number | null {
  const percent = /^(\d{1,2}) ?%?$/.exec(text)?.[1];
  return percent === undefined ? null : within(Number(percent), 1, 99);
}
