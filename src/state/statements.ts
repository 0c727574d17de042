/** Statements on the state tables, one per function. */

import type { Insertable, Kysely, Selectable } from 'kysely';
import type { Schema } from '../db/database.ts';
import { type DueAlert, encodeDueAlert } from './due-alert.ts';
import type { EpisodeTable, RunTable, StateTables } from './tables.ts';

type ScheduleColumns = Pick<Selectable<EpisodeTable>, 'rule_name' | 'group_by'>;

/**
 * The episodes of a schedule that are open or whose alert was not acknowledged, in the order of their ids.
 *
 * @param after only rows with a larger id
 * @param limit so many at most
 */
export function selectEpisodes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { rule_name, group_by }: ScheduleColumns,
  after: string,
  limit: number,
): Promise<Selectable<EpisodeTable>[]> {
  return kysely
    .selectFrom(episodes)
    .selectAll()
    .where('rule_name', '=', rule_name)
    .where('group_by', '=', group_by)
    .where((where) => where.or([where('closed_at', 'is', null), where('pending_alert', 'is not', null)]))
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export function selectEpisodesById(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  ids: readonly string[],
): Promise<Selectable<EpisodeTable>[]> {
  return kysely.selectFrom(episodes).selectAll().where('id', 'in', ids).execute();
}

/** The newest event of the last alert of each group, of episodes that are closed. */
export function selectLastAlerted(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { rule_name, group_by }: ScheduleColumns,
): Promise<{ group_key: string; newest: unknown }[]> {
  return kysely
    .selectFrom(episodes)
    .select(({ fn }) => ['group_key', fn.max('alerted_newest').as('newest')])
    .where('rule_name', '=', rule_name)
    .where('group_by', '=', group_by)
    .where('closed_at', 'is not', null)
    .where('alerted_newest', 'is not', null)
    .groupBy('group_key')
    .execute();
}

/** Sets the times of alerts that lie after `now` (Unix seconds) to it. */
export async function clampAlertTimes(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { rule_name, group_by }: ScheduleColumns,
  now: number,
): Promise<void> {
  for (const column of ['alerted_at', 'alerted_newest'] as const) {
    await kysely
      .updateTable(episodes)
      .set({ [column]: now })
      .where('rule_name', '=', rule_name)
      .where('group_by', '=', group_by)
      .where(column, '>', now)
      .execute();
  }
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

/** Changes nothing, but fails where the episodes of alerts that are due may not be updated. */
export async function rewriteRuleName(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  { rule_name, group_by }: ScheduleColumns,
): Promise<void> {
  await kysely
    .updateTable(episodes)
    .set({ rule_name })
    .where('rule_name', '=', rule_name)
    .where('group_by', '=', group_by)
    .where('pending_alert', 'is not', null)
    .execute();
}

/** Turns an episode's pending alert into its last one. */
export async function updateLastAlert(
  kysely: Kysely<Schema>,
  { episodes }: StateTables,
  alert: DueAlert,
  scope: string,
): Promise<void> {
  await kysely.updateTable(episodes).set(lastAlertColumns(alert, scope)).where('id', '=', alert.episodeId).execute();
}

/** What an episode's row holds once this alert is its last one. */
export function lastAlertColumns({ leak, covers }: DueAlert, scope: string) {
  return {
    alerted_at: covers.at,
    alerted_bytes: leak.bytes.toString(),
    alerted_newest: covers.newest,
    alerted_scope: scope,
    pending_alert: null,
  };
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
