/** Conversions to and from rows of the state tables. */

import type { Insertable, Selectable } from 'kysely';
import { type DueAlert, decodeDueAlert, encodeDueAlert } from './due-alert.ts';
import { runId, scheduleColumns } from './identity.ts';
import type { LastRun, State, StoredEpisode } from './memory.ts';
import type { Schedule } from './schedule.ts';
import type { EpisodeTable, RunTable } from './tables.ts';

/**
 * Builds the row of an episode with an alert that is about to be sent.
 *
 * @param episode undefined when this alert opens it
 * @param scope hash of the schedule's scope
 */
export function toEpisodeRow(
  alert: DueAlert,
  episode: StoredEpisode | undefined,
  schedule: Schedule,
  scope: string,
): Insertable<EpisodeTable> {
  const alerted = episode?.alerted;
  return {
    id: alert.episodeId,
    ...scheduleColumns(schedule),
    group_key: alert.groupKey,
    opened_at: episode?.openedAt ?? alert.leak.asOf,
    closed_at: null,
    alerted_at: alerted?.at ?? null,
    alerted_bytes: alerted?.bytes.toString() ?? null,
    alerted_newest: alerted?.newest ?? null,
    alerted_scope: alerted?.isComparable ? scope : null,
    pending_alert: encodeDueAlert(alert),
  };
}

/** @param scope hash of the schedule's scope; alerts with another hash are not comparable with current totals */
export function toState(rows: readonly Selectable<EpisodeTable>[], scope: string): State {
  const open = rows.filter(({ closed_at }) => closed_at === null).map((row) => toEpisode(row, scope));
  const closed = rows.filter(({ closed_at }) => closed_at !== null).map((row) => toEpisode(row, scope));
  return {
    open: new Map(open.map((episode) => [episode.groupKey, episode])),
    undelivered: closed.flatMap(({ pending }) => pending ?? []),
  };
}

/** Converts numbers, which some drivers return as text. */
function toEpisode(row: Selectable<EpisodeTable>, scope: string): StoredEpisode {
  const { alerted_at, alerted_bytes, alerted_newest, alerted_scope, pending_alert } = row;
  const alerted = {
    at: Number(alerted_at),
    bytes: BigInt(alerted_bytes ?? 0),
    newest: Number(alerted_newest),
    isComparable: alerted_scope === scope,
  };
  return {
    id: row.id,
    groupKey: row.group_key,
    openedAt: Number(row.opened_at),
    alerted: alerted_at === null ? null : alerted,
    pending: pending_alert === null ? null : decodeDueAlert(pending_alert),
  };
}

export function toRunRow(schedule: Schedule, evaluatedUntil: number): Insertable<RunTable> {
  return {
    id: runId(schedule),
    ...scheduleColumns(schedule),
    evaluated_until: evaluatedUntil,
    window_seconds: schedule.windowSeconds,
    threshold_bytes: schedule.thresholdBytes,
    policies: JSON.stringify(schedule.policies),
  };
}

export function toLastRun(row: Selectable<RunTable>): LastRun {
  return {
    evaluatedUntil: Number(row.evaluated_until),
    windowSeconds: Number(row.window_seconds),
    thresholdBytes: Number(row.threshold_bytes),
    policies: JSON.parse(row.policies) as string[],
  };
}
