/** Statements on the state tables, one per function. */

import type { Insertable, Kysely, Selectable } from 'kysely';
import type { Schema } from '../db/database.ts';
import { type DueAlert, encodeDueAlert } from './due-alert.ts';
import type { EpisodeTable, RunTable, StateTables } from './tables.ts';

type ScheduleColumns = Pick<Selectable<EpisodeTable>, 'rule_name' | 'group_by'>;

/** Selects a schedule's episodes that are open or whose alert was never acknowledged, oldest first. */
export function selectEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { rule_name, group_by }: ScheduleColumns,
): Promise<Selectable<EpisodeTable>[]> {
  return kysely
    .selectFrom(episodes)
    .selectAll()
    .where('rule_name', '=', rule_name)
    .where('group_by', '=', group_by)
    .where((where) => where.or([where('closed_at', 'is', null), where('pending_alert', 'is not', null)]))
    .orderBy('opened_at')
    .execute();
}

export async function deleteEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  ids: readonly string[],
): Promise<void> {
  await kysely.deleteFrom(episodes).where('id', 'in', ids).execute();
}

export async function insertEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  rows: readonly Insertable<EpisodeTable>[],
): Promise<void> {
  await kysely.insertInto(episodes).values(rows).execute();
}

/** Changes nothing, but fails without the privilege to update episodes. */
export async function rewriteRuleName(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  ids: readonly string[],
  rule_name: string,
): Promise<void> {
  await kysely.updateTable(episodes).set({ rule_name }).where('id', 'in', ids).execute();
}

/** Turns an episode's pending alert into its last one. */
export async function updateLastAlert(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { episodeId, leak }: DueAlert,
  scope: string,
): Promise<void> {
  await kysely
    .updateTable(episodes)
    .set({
      alerted_at: leak.asOf,
      alerted_bytes: leak.bytes.toString(),
      alerted_newest: leak.lastSeen,
      alerted_scope: scope,
      pending_alert: null,
    })
    .where('id', '=', episodeId)
    .execute();
}

export async function updatePendingAlert(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  alert: DueAlert,
): Promise<void> {
  const pending_alert = encodeDueAlert(alert);
  await kysely.updateTable(episodes).set({ pending_alert }).where('id', '=', alert.episodeId).execute();
}

/** @param closed_at Unix seconds */
export async function closeEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  ids: readonly string[],
  closed_at: number,
): Promise<void> {
  await kysely.updateTable(episodes).set({ closed_at }).where('id', 'in', ids).execute();
}

/** Deletes a rule's episodes that were closed before this time (Unix seconds), except those with a pending alert. */
export async function deleteClosedEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  rule_name: string,
  before: number,
): Promise<void> {
  await kysely
    .deleteFrom(episodes)
    .where('rule_name', '=', rule_name)
    .where('closed_at', '<', before)
    .where('pending_alert', 'is', null)
    .execute();
}

export function selectRun(
  kysely: Kysely<Schema>,
  { runs }: StateTables,
  id: string,
): Promise<Selectable<RunTable> | undefined> {
  return kysely.selectFrom(runs).selectAll().where('id', '=', id).executeTakeFirst();
}

/** @returns whether there was a row to update */
export async function updateRun(
  kysely: Kysely<Schema>,
  { runs }: StateTables,
  { id, evaluated_until, window_seconds, threshold_bytes, policies }: Insertable<RunTable>,
): Promise<boolean> {
  const columns = { evaluated_until, window_seconds, threshold_bytes, policies };
  const update = kysely.updateTable(runs).set(columns).where('id', '=', id);
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function insertRun(
  kysely: Kysely<Schema>,
  { runs }: StateTables,
  row: Insertable<RunTable>,
): Promise<void> {
  await kysely.insertInto(runs).values(row).execute();
}
