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
/** Closed episodes are of no use to a run; they are kept this long for people. */
const KEPT_SECONDS = 30 * 86_400;

type Work<T> = (kysely: Kysely<Schema>) => Promise<T>;

/** The state tables, as one schedule sees them. All writes go through the connection that holds the rule's lock. */
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

  /** Creates the tables where they are missing. */
  async readOrCreate(): Promise<Memory> {
    try {
      return await this.selectMemory().catch(async (error) => {
        if (!isMissing(error)) throw error;
        await this.createTables();
        return this.selectMemory();
      });
    } catch (error) {
      // Without any privilege on a table, MySQL and MariaDB do not even say that it is missing.
      const isDenied = error instanceof DatabaseError && error.fault === 'denied';
      throw isDenied ? deniedError(this.database, this.tables, error) : error;
    }
  }

  /** Creates no table: one that is missing holds nothing. */
  readMemory(): Promise<Memory> {
    return this.selectMemory().catch(ifMissing(EMPTY_MEMORY));
  }

  /** Creates no table: one that is missing holds nothing. */
  readState(): Promise<State> {
    return this.selectState().catch(ifMissing(EMPTY_STATE));
  }

  /**
   * Writes down what is about to be sent, so that a crash forgets no alert and repeats it under the same id. An alert
   * whose episode is not stored yet opens it.
   *
   * @param evaluatedAt Unix seconds of the evaluation; alerts from earlier ones are stored already
   */
  async recordDue(alerts: readonly DueAlert[], { open }: State, evaluatedAt: number): Promise<void> {
    const decidedNow = alerts.filter(({ leak }) => leak.asOf === evaluatedAt);
    const rows = decidedNow.map((alert) => toEpisodeRow(alert, open.get(alert.groupKey), this.schedule, this.scope));
    for (const batch of batches(rows)) {
      const ids = batch.map(({ id }) => id);
      await this.inTransaction(async (transaction) => {
        // Not an upsert: each database has another one, and under the lock nobody writes in between.
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

  /** Records that an alert could not be sent, so that the next run tries others first. */
  recordFailure(alert: DueAlert): Promise<void> {
    const failed = { ...alert, failures: alert.failures + 1 };
    return this.execute((kysely) => updatePendingAlert(kysely, this.tables, failed));
  }

  /**
   * Deletes episodes that were closed long ago, then in one transaction closes episodes and records until when (Unix
   * seconds) the schedule was evaluated.
   */
  async completeEvaluation(closed: readonly StoredEpisode[], evaluatedUntil: number): Promise<void> {
    const keptFrom = evaluatedUntil - KEPT_SECONDS;
    await this.execute((kysely) => deleteClosedEpisodes(kysely, this.tables, this.schedule.rule, keptFrom));
    const complete: Work<void> = async (kysely) => {
      for (const batch of batches(closed)) {
        const ids = batch.map(({ id }) => id);
        await closeEpisodes(kysely, this.tables, ids, evaluatedUntil);
      }
      const row = toRunRow(this.schedule, evaluatedUntil);
      if (!(await updateRun(kysely, this.tables, row))) await insertRun(kysely, this.tables, row);
    };
    // Most runs close nothing; to begin and to commit would be a round trip each.
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

  /** Fails, before anything is sent, where it could not be recorded as sent. */
  private async assertWritable(ids: readonly string[]): Promise<void> {
    for (const batch of batches(ids)) {
      await this.execute((kysely) => rewriteRuleName(kysely, this.tables, batch, this.schedule.rule));
    }
  }

  private inTransaction(work: Work<void>): Promise<void> {
    return this.execute((kysely) => kysely.transaction().execute(work));
  }

  /** Lets a driver's errors say what to do. */
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
