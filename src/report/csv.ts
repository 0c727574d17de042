import { stringify } from 'csv-stringify/sync';
import { leakObject } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';

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
  'crossesAt',
];

/**
 * Renders a header, then one row per leak and per watched group (RFC 4180). Lists are joined by spaces; a field outside
 * the group key is given as its number of addresses.
 */
export function renderCsv({ leaks, watched }: Report): string {
  const rows = [...leaks, ...(watched ?? [])].map((leak) => ({
    ...leakObject(leak, leak.status === 'watch' ? { alert: 'none', crossesAt: leak.crossesAt } : { alert: leak.alert }),
    sources: leak.sources?.count,
    destinations: leak.destinations?.count,
    fqdns: leak.fqdns.join(' '),
    timeline: leak.timeline.join(' '),
    ...(leak.status !== 'watch' && {
      growthBytes: leak.growth?.bytes,
      growthSinceSeconds: leak.growth?.sinceSeconds,
    }),
  }));
  // Spreadsheets run cells that begin with = + - @ as formulas, and attackers choose host names.
  return stringify(rows, {
    header: true,
    columns: COLUMNS,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: String },
  });
}
