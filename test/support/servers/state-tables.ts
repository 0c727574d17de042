import type { TestDatabase } from './database.ts';

/** The ids of the alerts that the state table holds as due. */
export async function dueAlertIds(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ pending_alert: string }>(
    'select pending_alert from leaktally_state where pending_alert is not null',
  );
  return rows.map((row) => (JSON.parse(row.pending_alert) as { alertId: string }).alertId);
}

/** Dates the last alert of each episode back by this much. */
export async function moveAlertsBack(database: TestDatabase, seconds: number): Promise<void> {
  await database.query('update leaktally_state set alerted_at = alerted_at - ?', [seconds]);
}
