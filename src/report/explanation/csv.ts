import { stringify } from 'csv-stringify/sync';
import type { Explanation } from '../../explain/explain.ts';
import { eventObject } from './event-object.ts';

const COLUMNS = [
  'time',
  'source',
  'destination',
  'domain',
  'bytes',
  'total',
  'counted',
  'reason',
  'fragment',
  'asNumber',
  'asOrganization',
  'country',
];

/** Renders a header and one row per event (RFC 4180). */
export function renderExplainCsv({ events }: Explanation): string {
  // Spreadsheets run cells that begin with = + - @ as formulas, and attackers can shape messages. In much of the world a
  // semicolon begins a new cell.
  const rows = events.map(eventObject).map(({ as, ...event }) => ({
    ...event,
    fragment: event.fragment?.replaceAll(';', '?'),
    asNumber: as?.number,
    asOrganization: as?.organization?.replaceAll(';', '?'),
  }));
  return stringify(rows, {
    header: true,
    columns: COLUMNS,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: String, boolean: String },
  });
}
