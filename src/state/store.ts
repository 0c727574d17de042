import type { Kysely } from 'kysely';
import type { Database, Schema } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { DueAlert } from './due-alert.ts';
import { lockName, runId, scheduleColumns, scopeHash } from './identity.ts';
import { EMPTY_MEMORY, EMPTY_STATE, type LastRun, type Memory, type State, type StoredEpisode } from './memory.ts';
import { toEpisodeRow, toLastRun, toRunRow, toState } from './rows.ts';
import type { Schedule } from './schedule.ts';
import {
  closeEpisodes,
  deleteClosedEpisodes,
  deleteEpisodes,
  insertEpisodes,
  insertRun,
  rewriteRuleName,
  selectEpisodes,
  selectRun,
  updateLastAlert,
  updatePendingAlert,
  updateRun,
} from './statements.ts';
import { deniedError, ifMissing, isMissing } from './table-errors.ts';
import { createStatements, type StateTables, stateTables } from './tables.ts';

const ROWS_PER_STATEMENT = 500;
/** Runs do not need closed episodes; they are kept for the administrator to look up. */
const RETENTION_SECONDS = 30 * 86_400;

type Work<T> = (kysely: Kysely<Schema>) => Promise<T>;

/** State of one schedule. All writes go through the connection that holds the rule's lock. */
export class StateStore {
  private readonly tables: StateTables;
  private readonly scope: string;

  constructor(
    private readonly database: Database,
    table: string,
    private readonly schedule: Schedule,
  ) {
    this.tables = stateTables(table);
    this.scope = scopeHash(schedule);
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
      throw isDenied ? deniedError(this.database, this.tables, error) : error;
    }
  }

  /** Reads the state; missing tables count as empty. */
  readMemory(): Promise<Memory> {
    return this.selectMemory().catch(ifMissing(EMPTY_MEMORY));
  }

  /** Reads the episodes; a missing table counts as empty. */
  readState(): Promise<State> {
    return this.selectState().catch(ifMissing(EMPTY_STATE));
  }

  /**
   * Records the alerts that are about to be sent, so that after a crash they are sent again under the same ids. Opens
   * the episodes that are not stored yet.
   *
   * @param evaluatedAt Unix seconds of the evaluation; alerts from earlier ones are already stored
   */
  async recordDue(alerts: readonly DueAlert[], { open }: State, evaluatedAt: number): Promise<void> {
    const decidedNow = alerts.filter(({ leak }) => leak.asOf === evaluatedAt);
    const rows = decidedNow.map((alert) => toEpisodeRow(alert, open.get(alert.groupKey), this.schedule, this.scope));
    for (const batch of batches(rows)) {
      const ids = batch.map(({ id }) => id);
      await this.inTransaction(async (transaction) => {
        // Not an upsert: its syntax differs between databases, and the lock keeps other writers out.
        await deleteEpisodes(transaction, this.tables, ids);
        await insertEpisodes(transaction, this.tables, batch);
      });
    }
    await this.assertWritable(alerts.map(({ episodeId }) => episodeId));
  }

  /** Records that an alert was acknowledged. */
  recordSent(alert: DueAlert): Promise<void> {
    return this.execute((kysely) => updateLastAlert(kysely, this.tables, alert, this.scope));
  }

  /** Records that sending an alert failed, so that the next run sends others first. */
  recordFailure(alert: DueAlert): Promise<void> {
    const failed = { ...alert, failures: alert.failures + 1 };
    return this.execute((kysely) => updatePendingAlert(kysely, this.tables, failed));
  }

  /**
   * Deletes expired episodes, then in one transaction closes episodes and records the evaluation.
   *
   * @param evaluatedUntil Unix seconds
   */
  async completeEvaluation(closed: readonly StoredEpisode[], evaluatedUntil: number): Promise<void> {
    const keptFrom = evaluatedUntil - RETENTION_SECONDS;
    await this.execute((kysely) => deleteClosedEpisodes(kysely, this.tables, this.schedule.rule, keptFrom));
    const complete: Work<void> = async (kysely) => {
      for (const batch of batches(closed)) {
        const ids = batch.map(({ id }) => id);
        await closeEpisodes(kysely, this.tables, ids, evaluatedUntil);
      }
      const row = toRunRow(this.schedule, evaluatedUntil);
      if (!(await updateRun(kysely, this.tables, row))) await insertRun(kysely, this.tables, row);
    };
    // Most runs close nothing, and without a transaction they save the round trips of begin and commit.
    await (closed.length > 0 ? this.inTransaction(complete) : this.execute(complete));
  }

  private async selectMemory(): Promise<Memory> {
    return { state: await this.selectState(), lastRun: await this.selectLastRun() };
  }

  private async selectState(): Promise<State> {
    const columns = scheduleColumns(this.schedule);
    return toState(await this.execute((kysely) => selectEpisodes(kysely, this.tables, columns)), this.scope);
  }

  private async selectLastRun(): Promise<LastRun | null> {
    const row = await this.execute((kysely) => selectRun(kysely, this.tables, runId(this.schedule)));
    return row ? toLastRun(row) : null;
  }

  private async createTables(): Promise<void> {
    for (const statement of createStatements(this.database.kysely, this.database.sql, this.tables)) {
      await this.execute((kysely) => kysely.executeQuery(statement));
    }
  }

  /** Fails before anything is sent that could not be recorded as sent. */
  private async assertWritable(ids: readonly string[]): Promise<void> {
    for (const batch of batches(ids)) {
      await this.execute((kysely) => rewriteRuleName(kysely, this.tables, batch, this.schedule.rule));
    }
  }

  private inTransaction(work: Work<void>): Promise<void> {
    return this.execute((kysely) => kysely.transaction().execute(work));
  }

  /** Adds advice to the driver's errors. */
  private async execute<T>(work: Work<T>): Promise<T> {
    try {
      return await work(this.database.kysely);
    } catch (error) {
      throw this.database.explain(error);
    }
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
    yield items.slice(start, start + ROWS_PER_STATEMENT);
  }
}
