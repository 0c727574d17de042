import { stringify } from 'csv-stringify/sync';
import type { Explanation } from '../../explain/explain.ts';
import { eventObject } from './event-object.ts';

const COLUMNS = ['time', 'source', 'destination', 'domain', 'bytes', 'total', 'counted', 'reason', 'fragment'];

/** One row an event with a header (RFC 4180). */
export function renderExplainCsv({ events }: Explanation): string {
  // Spreadsheets run cells that begin with = + - @ as formulas, and messages are made by others.
  return stringify(events.map(eventObject), {
    header: true,
    columns: COLUMNS,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: String, boolean: String },
  });
}
