import { createHash } from 'node:crypto';
import type { Insertable, Selectable } from 'kysely';
import type { Schema } from '../db/database.ts';
import type { Episode } from './decide.ts';
import { type DueAlert, decodeDueAlert, encodeDueAlert } from './due-alert.ts';

/** A leak's life, as it is stored: one row an episode. */
export interface StoredEpisode extends Episode {
  readonly id: string;
  readonly groupKey: string;
  readonly openedAt: number;
  /** An alert that was decided on and is not acknowledged yet. */
  readonly pending: DueAlert | null;
}

type EpisodeTable = Schema['leaktally_state'];

/**
 * The row of an episode with an alert that is about to be sent.
 *
 * @param episode undefined when it opens with this alert
 * @param scope stands for the window and the policies of this run
 */
export function toRow(
  alert: DueAlert,
  episode: StoredEpisode | undefined,
  rule: string,
  groupBy: string,
  scope: string,
): Insertable<EpisodeTable> {
  const alerted = episode?.alerted;
  return {
    id: alert.episodeId,
    rule_name: rule,
    group_by: groupBy,
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

/** Numbers come as text from some drivers. */
export function toEpisode(row: Selectable<EpisodeTable>, scope: string): StoredEpisode {
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

/** A key of fixed length, in which nothing collides on case, accents or trailing spaces. */
export function hash(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
