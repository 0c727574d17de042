import type { Kysely } from 'kysely';
import { batchesByBytes, maxBytesOf } from '../db/batches.ts';
import type { Database, Schema } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { Steps } from '../util/steps.ts';
import { type DecisionRecord, idsByClosing } from './decision-record.ts';
import type { DueAlert } from './due-alert.ts';
import { lockName, scheduleColumns, totalScopes } from './identity.ts';
import { EMPTY_MEMORY, type LastRun, type Memory, type State } from './memory.ts';
import { selectLastRun, selectMemory } from './read-memory.ts';
import { retryConflicts } from './retry-conflicts.ts';
import { type EpisodeRow, toEpisodeRows, toRunRow } from './rows.ts';
import type { Schedule } from './schedule.ts';
import {
  clampAlertTimes,
  closeEpisodes,
  deleteClosedEpisodes,
  deleteEpisodes,
  insertEpisodes,
  insertRun,
  lastAlertColumns,
  rewriteRuleName,
  selectEpisodesById,
  selectLastAlerted,
  updateLastAlert,
  updatePendingAlert,
  updateRun,
} from './statements.ts';
import { deniedError, ifMissing, ifUnreadable, isMissing } from './table-errors.ts';
import { configuredSchema, createStatements, locateStateTables, type StateTables } from './tables.ts';

const IDS_PER_STATEMENT = 500;
/** With their alerts, which take much memory. */
const ROWS_PER_STATEMENT = 100;
/** Closed episodes show which bytes were alerted before, and tell people what happened. */
const KEPT_SECONDS = 30 * 86_400;

type Work<T> = (kysely: Kysely<Schema>) => Promise<T>;

/** State of one schedule. All writes go through the connection that holds the rule's lock. */
export class StateStore {
  private readonly tables: StateTables;
  private readonly scopes: Steps<string>;

  constructor(
    private readonly database: Database,
    private readonly table: string,
    private readonly schedule: Schedule,
  ) {
    this.tables = locateStateTables(table, database);
    this.scopes = totalScopes(schedule);
  }

  /** @returns false when another run of this rule is under way */
  tryLock(): Promise<boolean> {
    const name = lockName(this.tables.episodes, this.database.schema, this.schedule.rule);
    return this.execute(() => this.database.tryLock(name));
  }

  /** Reads the state; creates missing tables. */
  async readOrCreate(): Promise<Memory> {
    try {
      return await this.selectMemory().catch(async (error) => {
        if (!isMissing(error)) throw error;
        await this.createTables();
        return this.selectMemory();
      });
    } catch (error) {
      // Without a privilege on a table, MySQL and MariaDB deny access even if it is missing.
      const isDenied = error instanceof DatabaseError && error.fault === 'denied';
      throw isDenied ? deniedError(this.database, this.tables, configuredSchema(this.table), error) : error;
    }
  }

  /** @returns null when no run is known, or the table is missing or may not be read */
  readLastRun(): Promise<LastRun | null> {
    const select: Work<LastRun | null> = (kysely) => selectLastRun(kysely, this.tables, this.schedule, []);
    return this.execute(select).catch(ifUnreadable(null));
  }

  /** Reads the state; creates no table, since a missing one holds nothing. */
  readMemory(): Promise<Memory> {
    return this.selectMemory().catch(ifMissing(EMPTY_MEMORY));
  }

  /**
   * Reads the epoch of the newest event of each group's last alert, by group key, from closed episodes; none when they
   * may not be read. Creates no table.
   */
  async readLastAlerted(): Promise<ReadonlyMap<string, number>> {
    const columns = scheduleColumns(this.schedule);
    const rows = await this.execute((kysely) => selectLastAlerted(kysely, this.tables, columns)).catch(
      ifUnreadable([]),
    );
    return new Map(rows.map(({ group_key, newest }) => [group_key, Number(newest)]));
  }

  /**
   * Stores all that a run decided, in one transaction and before anything is sent: after a crash no alert is lost, and
   * one that is repeated has the same id.
   */
  async recordDecisions({ changed, closed, due, isDecided, now, clamped }: DecisionRecord): Promise<void> {
    const keptFrom = now - Math.max(KEPT_SECONDS, this.schedule.windowSeconds);
    await this.execute((kysely) => deleteClosedEpisodes(kysely, this.tables, this.schedule.rule, keptFrom));
    const record: Work<void> = async (kysely) => {
      if (clamped) await this.recordClamped(kysely, clamped, now);
      const replacedIds = changed.flatMap((episode) => episode.stored?.id ?? []);
      await this.replaceRows(kysely, replacedIds, toEpisodeRows(changed, this.schedule));
      for (const [closedAt, ids] of idsByClosing(closed)) {
        for (const batch of this.batches(ids)) await closeEpisodes(kysely, this.tables, batch, closedAt);
      }
      // Fails before anything is sent, if it could not be recorded as sent.
      if (due.length > 0) await rewriteRuleName(kysely, this.tables, scheduleColumns(this.schedule));
      // What is not decided, the next run looks at again.
      if (!isDecided) return;
      const row = toRunRow(this.schedule, now);
      if (!(await updateRun(kysely, this.tables, row))) await insertRun(kysely, this.tables, row);
    };
    // Most runs decide nothing, and BEGIN and COMMIT cost a round trip each.
    await (changed.length + closed.length > 0 || clamped ? this.inTransaction(record) : this.execute(record));
  }

  /** Records that an alert was acknowledged. */
  recordSent(alert: DueAlert): Promise<void> {
    return this.execute((kysely) => updateLastAlert(kysely, this.tables, alert, this.scopeOf(alert)));
  }

  /** Records that all these alerts were acknowledged, or none. A row that is gone stays gone. */
  recordAllSent(alerts: readonly DueAlert[]): Promise<void> {
    const alertOf = new Map(alerts.map((alert) => [alert.episodeId, alert]));
    return this.inTransaction(async (kysely) => {
      for (const ids of this.batches(alertOf.keys(), ROWS_PER_STATEMENT)) {
        const rows = await selectEpisodesById(kysely, this.tables, ids);
        const replaced = rows.flatMap((row) => {
          const alert = alertOf.get(row.id);
          return alert ? [{ ...row, ...lastAlertColumns(alert, this.scopeOf(alert)) }] : [];
        });
        const replacedIds = replaced.map(({ id }) => id);
        await this.replaceRows(kysely, replacedIds, replaced);
      }
    });
  }

  /** Records that an alert could not be sent, so that the next run tries others first. */
  recordFailure(alert: DueAlert): Promise<void> {
    const failed = { ...alert, failures: alert.failures + 1 };
    return this.execute((kysely) => updatePendingAlert(kysely, this.tables, failed));
  }

  /** Not an upsert: each database has its own, and under the lock nobody writes in between. */
  private async replaceRows(kysely: Kysely<Schema>, ids: readonly string[], rows: Iterable<EpisodeRow>): Promise<void> {
    for (const batch of this.batches(ids)) await deleteEpisodes(kysely, this.tables, batch);
    for (const batch of this.batches(rows, ROWS_PER_STATEMENT)) await insertEpisodes(kysely, this.tables, batch);
  }

  private scopeOf({ leak }: DueAlert): string {
    return this.scopes.at(leak.asOf);
  }

  private batches<T extends object | string>(items: Iterable<T>, maxRows = IDS_PER_STATEMENT): Iterable<readonly T[]> {
    return batchesByBytes(items, maxBytesOf, this.database.maxStatementBytes, maxRows);
  }

  private async recordClamped(kysely: Kysely<Schema>, { open, undelivered }: State, now: number): Promise<void> {
    await clampAlertTimes(kysely, this.tables, scheduleColumns(this.schedule), now);
    const pending = Array.from(open.values(), (episode) => episode.pending ?? []).flat();
    for (const alert of [...pending, ...undelivered]) await updatePendingAlert(kysely, this.tables, alert);
  }

  private selectMemory(): Promise<Memory> {
    return this.execute((kysely) => selectMemory(kysely, this.tables, this.schedule));
  }

  private async createTables(): Promise<void> {
    for (const statement of createStatements(this.database.kysely, this.database.sql, this.tables)) {
      await this.execute((kysely) => kysely.executeQuery(statement));
    }
  }

  private inTransaction(work: Work<void>): Promise<void> {
    return this.execute((kysely) => kysely.transaction().execute(work));
  }

  /** Repeats the work if another session was in its way, and adds advice to the driver's errors. */
  private execute<T>(work: Work<T>): Promise<T> {
    return retryConflicts(async () => {
      try {
        return await work(this.database.kysely);
      } catch (error) {
        throw this.database.explain(error);
      }
    });
  }
}
