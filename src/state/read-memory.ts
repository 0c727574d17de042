/** Reads what is remembered of a schedule. A row that cannot be read is skipped and named. */

import type { Kysely, Selectable } from 'kysely';
import type { Schema } from '../db/database.ts';
import type { DueAlert } from './due-alert.ts';
import { runId, scheduleColumns } from './identity.ts';
import type { LastRun, Memory, StoredEpisode } from './memory.ts';
import { toEpisode, toLastRun } from './rows.ts';
import type { Schedule } from './schedule.ts';
import { selectEpisodes, selectRun } from './statements.ts';
import { describeDamage } from './table-errors.ts';
import type { EpisodeTable, StateTables } from './tables.ts';

const ROWS_PER_PAGE = 1000;

export async function selectMemory(kysely: Kysely<Schema>, tables: StateTables, schedule: Schedule): Promise<Memory> {
  const open = new Map<string, StoredEpisode>();
  const undelivered: DueAlert[] = [];
  const damaged: string[] = [];
  const scopes = new Map<string, string>();
  const intern = (scope: string) => {
    const known = scopes.get(scope) ?? scope;
    scopes.set(known, known);
    return known;
  };
  for await (const row of episodePages(kysely, tables, schedule)) {
    try {
      const episode = toEpisode(row, intern);
      if (row.closed_at !== null) undelivered.push(...(episode.pending ? [episode.pending] : []));
      else if ((open.get(episode.groupKey)?.openedAt ?? -1) < episode.openedAt) open.set(episode.groupKey, episode);
    } catch (error) {
      damaged.push(describeDamage(tables.episodes, row, error));
    }
  }
  const lastRun = await selectLastRun(kysely, tables, schedule, damaged);
  return { state: { open, undelivered }, lastRun, damaged };
}

/** @param damaged receives what is wrong with the row */
export async function selectLastRun(
  kysely: Kysely<Schema>,
  tables: StateTables,
  schedule: Schedule,
  damaged: string[],
): Promise<LastRun | null> {
  const row = await selectRun(kysely, tables, runId(schedule));
  try {
    return row ? toLastRun(row) : null;
  } catch (error) {
    damaged.push(describeDamage(tables.runs, row, error));
    return null;
  }
}

/** Page by page, since there may be very many rows. */
async function* episodePages(
  kysely: Kysely<Schema>,
  tables: StateTables,
  schedule: Schedule,
): AsyncGenerator<Selectable<EpisodeTable>> {
  let after = '';
  for (;;) {
    const page = await selectEpisodes(kysely, tables, scheduleColumns(schedule), after, ROWS_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < ROWS_PER_PAGE) return;
    after = last.id;
  }
}
