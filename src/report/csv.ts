import { stringify } from 'csv-stringify/sync';
import { leakObject } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';
import { describeEntry, type ShownGroup } from './words.ts';

const COLUMNS = [
  'source',
  'sources',
  'destination',
  'destinations',
  'domain',
  'bytes',
  'events',
  'firstSeen',
  'lastSeen',
  'fqdns',
  'status',
  'alert',
  'timeline',
  'activeSlots',
  'longestPauseSeconds',
  'growthBytes',
  'growthSinceSeconds',
  'thresholdBytes',
  'crossesAt',
  'fqdnsOmitted',
  'fqdnsFailure',
  'asNumber',
  'asOrganization',
  'country',
];

type Fields = Readonly<Record<string, unknown>>;

/** Rows rendered at a time, since there may be very many. */
const BATCH = 100;

/**
 * Renders a header, then one row per leak and per watched group (RFC 4180). Lists are joined by spaces; a field outside
 * the group key is given as its number of addresses.
 */
export function* renderCsv({ leaks, watched }: Report): Generator<string> {
  yield renderRows([], true);
  for (let from = 0; from < leaks.length; from += BATCH) {
    yield renderRows(leaks.slice(from, from + BATCH).map(describeEntry), false);
  }
  if (watched?.length) yield renderRows(watched, false);
}

function renderRows(groups: readonly ShownGroup[], header: boolean): string {
  const rows = groups.map((leak) => {
    const own: Fields = csvFields(leak);
    const fields: Fields = fieldsOf(leak);
    return COLUMNS.map((column) => (column in own ? own[column] : fields[column]));
  });
  // Spreadsheets run cells that begin with = + - @ as formulas, and attackers choose host names.
  return stringify(rows, {
    header,
    columns: COLUMNS,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: String },
  });
}

function fieldsOf(leak: ShownGroup) {
  return leak.status === 'watch'
    ? leakObject(leak, { alert: 'none', crossesAt: leak.crossesAt })
    : leakObject(leak, { alert: leak.alert });
}

/** Fields that CSV has in another form than JSON. */
function csvFields(leak: ShownGroup) {
  const growth = leak.status === 'watch' ? null : leak.growth;
  return {
    sources: leak.sources?.count,
    destinations: leak.destinations?.count,
    // In much of the world a semicolon begins a new cell, which could then begin with a formula.
    fqdns: leak.fqdns.map((fqdn) => fqdn.replace(/[;\s]/g, '?')).join(' '),
    timeline: leak.timeline.join(' '),
    asNumber: leak.as?.number,
    asOrganization: leak.as?.organization?.replaceAll(';', '?'),
    growthBytes: growth?.bytes,
    growthSinceSeconds: growth?.sinceSeconds,
  };
}
