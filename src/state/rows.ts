/** Conversions to and from rows of the state tables. */

import type { Insertable, Selectable } from 'kysely';
import { storableKey } from '../util/storable-key.ts';
import { asciiJson } from '../util/text.ts';
import { type DueAlert, decodeDueAlert, encodeDueAlert } from './due-alert.ts';
import { runId, scheduleColumns } from './identity.ts';
import type { LastRun, StoredEpisode } from './memory.ts';
import type { Schedule } from './schedule.ts';
import type { EpisodeTable, RunTable } from './tables.ts';

export type EpisodeRow = Insertable<EpisodeTable>;

/** An episode and its alert, as a run stores them. Times are Unix seconds. */
export interface EpisodeRecord {
  /** Null when it opened in this run. */
  readonly stored: StoredEpisode | null;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly alert: DueAlert;
}

/** An episode that closes without a change of its alert. */
export interface ClosedEpisode {
  readonly id: string;
  readonly closedAt: number;
}

/** One by one: with their alerts, many rows would take much memory. */
export function* toEpisodeRows(episodes: Iterable<EpisodeRecord>, schedule: Schedule): Generator<EpisodeRow> {
  for (const episode of episodes) yield toEpisodeRow(episode, schedule);
}

function toEpisodeRow({ stored, openedAt, closedAt, alert }: EpisodeRecord, schedule: Schedule): EpisodeRow {
  const alerted = stored?.alerted;
  const { rule_name, group_by } = scheduleColumns(schedule);
  return {
    id: alert.episodeId,
    rule_name,
    group_by,
    group_key: alert.groupKey,
    opened_at: openedAt,
    closed_at: closedAt,
    alerted_at: alerted?.at ?? null,
    alerted_bytes: alerted?.bytes.toString() ?? null,
    alerted_newest: alerted?.newest ?? null,
    alerted_scope: alerted?.scope ?? null,
    pending_alert: encodeDueAlert(alert),
  };
}

/**
 * Some drivers return numbers as text.
 *
 * @param intern returns one text for all that are equal, since there may be very many rows
 * @throws Error when the row was not written by leaktally
 */
export function toEpisode(row: Selectable<EpisodeTable>, intern: (scope: string) => string): StoredEpisode {
  const { alerted_at, alerted_bytes, alerted_newest, alerted_scope, pending_alert } = row;
  const alerted = {
    at: toInteger(alerted_at),
    bytes: BigInt(alerted_bytes ?? 0),
    newest: toInteger(alerted_newest),
    scope: alerted_scope === null ? null : intern(alerted_scope),
  };
  return {
    id: row.id,
    // Earlier versions stored all letters as they are.
    groupKey: /[^ -~]/.test(row.group_key) ? storableKey(row.group_key) : row.group_key,
    openedAt: toInteger(row.opened_at),
    alerted: alerted_at === null ? null : alerted,
    pending: pending_alert === null ? null : { ...decodeDueAlert(pending_alert), episodeId: row.id },
  };
}

function toInteger(value: unknown): number {
  const integer = Number(value);
  if (!Number.isSafeInteger(integer)) throw new Error(`${value} is not an integer`);
  return integer;
}

export function toRunRow(schedule: Schedule, evaluatedUntil: number): Insertable<RunTable> {
  return {
    id: runId(schedule),
    ...scheduleColumns(schedule),
    evaluated_until: evaluatedUntil,
    window_seconds: schedule.windowSeconds,
    threshold_bytes: schedule.thresholdBytes,
    policies: asciiJson(JSON.stringify(schedule.policies)),
  };
}

/** @throws Error when the row was not written by leaktally */
export function toLastRun(row: Selectable<RunTable>): LastRun {
  const policies: unknown = JSON.parse(row.policies);
  if (!Array.isArray(policies)) throw new Error('its policies are not a list');
  return {
    evaluatedUntil: toInteger(row.evaluated_until),
    windowSeconds: toInteger(row.window_seconds),
    thresholdBytes: toInteger(row.threshold_bytes),
    policies: policies.map(String),
  };
}
