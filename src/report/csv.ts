import { stringify } from 'csv-stringify/sync';
import { leakObject } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';
import type { ShownGroup } from './words.ts';

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
  'fqdnsOmitted',
  'fqdnsFailure',
];

/** Rows rendered at a time: 100,000 at once would take most of the memory of a run. */
const BATCH = 1000;

/**
 * Renders a header, then one row per leak and per watched group (RFC 4180). Lists are joined by spaces; a field outside
 * the group key is given as its number of addresses.
 */
export function renderCsv({ leaks, watched }: Report): string {
  const groups = [...leaks, ...(watched ?? [])];
  const batches = Array.from({ length: Math.max(1, Math.ceil(groups.length / BATCH)) }, (_, index) =>
    renderRows(groups.slice(index * BATCH, (index + 1) * BATCH), index === 0),
  );
  return batches.join('');
}

function renderRows(groups: readonly ShownGroup[], header: boolean): string {
  const rows = groups.map((leak) => ({
    ...leakObject(leak, leak.status === 'watch' ? { alert: 'none', crossesAt: leak.crossesAt } : { alert: leak.alert }),
    sources: leak.sources?.count,
    destinations: leak.destinations?.count,
    // In much of the world a semicolon begins a new cell, which could then begin with a formula.
    fqdns: leak.fqdns.map((fqdn) => fqdn.replace(/[;\s]/g, '?')).join(' '),
    timeline: leak.timeline.join(' '),
    ...(leak.status !== 'watch' && {
      growthBytes: leak.growth?.bytes,
      growthSinceSeconds: leak.growth?.sinceSeconds,
    }),
  }));
  // Spreadsheets run cells that begin with = + - @ as formulas, and attackers choose host names.
  return stringify(rows, {
    header,
    columns: COLUMNS,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: String },
  });
}
