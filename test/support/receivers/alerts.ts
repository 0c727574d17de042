import type { Connection } from 'mysql2/promise';
import { insertEvents, MB, serverNow } from '../builders/events.ts';

/** An alert as a receiver sees it. */
export interface Alert {
  readonly id: string;
  readonly source: string;
  readonly destination: string;
  readonly window: string;
}

/** Takes the text form of an alert apart. */
export function parseAlert(record: string): Alert {
  const [, source, destination, window, id] =
    /Source IP: ([^;]+); Destination IP: ([^;]+); .*Window: ([^;]+); .*Alert: (\w+)$/.exec(record) ?? [];
  if (!source || !destination || !window || !id) throw new Error(`not an alert: ${record}`);
  return { id, source, destination, window };
}

/** Inserts this many leaks of ten minutes ago, each to another destination. @returns the destinations */
export async function insertLeaks(connection: Connection, count: number): Promise<string[]> {
  const epoch = (await serverNow(connection)) - 600;
  const destinations = Array.from({ length: count }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
  await insertEvents(
    connection,
    destinations.map((destination) => ({ epoch, destination, bytes: 120 * MB })),
  );
  return destinations;
}

/** The ids of the alerts that are due and not acknowledged, as the state table remembers them. */
export async function pendingAlertIds(connection: Connection): Promise<string[]> {
  const [rows] = await connection.query('select pending_alert from leaktally_state where pending_alert is not null');
  return (rows as { pending_alert: string }[]).map(
    (row) => (JSON.parse(row.pending_alert) as { alertId: string }).alertId,
  );
}

/** What stderr holds, line by line. */
export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
