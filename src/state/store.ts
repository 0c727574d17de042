import type { Kysely } from 'kysely';
import type { Database, Schema } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { AddressRange, ExclusionRules } from '../model.ts';
import { type DueAlert, encodeDueAlert } from './due-alert.ts';
import { hash, type StoredEpisode, toEpisode, toRow } from './rows.ts';
import { createStatements, type StateTables, stateGrants, stateTables } from './tables.ts';

/** A schedule: what its state is kept under, and what it was told. */
export interface Schedule {
  readonly rule: string;
  readonly groupBy: readonly string[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly policies: readonly string[];
  readonly exclusions: ExclusionRules;
}

export interface State {
  /** Open episodes by group key. */
  readonly open: ReadonlyMap<string, StoredEpisode>;
  /** Alerts of closed episodes that were never acknowledged. */
  readonly undelivered: readonly DueAlert[];
}

export const EMPTY_STATE: State = { open: new Map(), undelivered: [] };

/** What is known of a schedule when a run begins. */
export interface Memory {
  readonly state: State;
  /** Null when there was none. */
  readonly lastRun: LastRun | null;
}

export const EMPTY_MEMORY: Memory = { state: EMPTY_STATE, lastRun: null };

export interface LastRun {
  readonly evaluatedUntil: number;
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly policies: readonly string[];
}

const ROWS_PER_STATEMENT = 500;
/** Closed episodes are of no use to a run; they are kept this long for people. */
const KEPT_SECONDS = 30 * 86_400;

/** The state tables, seen by one schedule. All writes go through the connection that holds the rule's lock. */
export class StateStore {
  private readonly tables: StateTables;
  private readonly groupBy: string;

  constructor(
    private readonly database: Database,
    table: string,
    private readonly schedule: Schedule,
  ) {
    this.tables = stateTables(table);
    this.groupBy = schedule.groupBy.join(',');
  }

  /** @returns false when another run of this rule is under way */
  tryLock(): Promise<boolean> {
    const [table, schema = this.database.schema] = this.tables.episodes.split('.').reverse();
    return this.guard(() => this.database.tryLock(`leaktally-${hash(schema, table, this.schedule.rule).slice(0, 32)}`));
  }

  /** Reads what is remembered, and creates the tables where they are missing. */
  async recall(): Promise<Memory> {
    const statements = createStatements(this.database.kysely, this.database.sql, this.tables);
    try {
      return await this.readMemory().catch(async (error) => {
        if (!isMissing(error)) throw error;
        for (const statement of statements) await this.guard(() => this.database.kysely.executeQuery(statement));
        return this.readMemory();
      });
    } catch (error) {
      // Without any privilege on a table, MySQL and MariaDB do not even say that it is missing.
      if (!(error instanceof DatabaseError) || error.fault !== 'denied') throw error;
      const toRun = [...statements.map(({ sql }) => sql), ...stateGrants(this.database.sql, this.tables)].map(
        (sql) => `${sql};`,
      );
      throw new DatabaseError(
        `the state table ${this.tables.episodes} is missing or may not be used, and may not be created (${error.message}). Let an administrator run: ${toRun.join(' ')}`,
        'denied',
        { cause: error },
      );
    }
  }

  /** Reads only; a table that does not exist holds nothing. */
  load(): Promise<State> {
    return this.readState().catch(ifMissing(EMPTY_STATE));
  }

  /** Reads only, as `load` does. */
  peek(): Promise<Memory> {
    return this.readMemory().catch(ifMissing(EMPTY_MEMORY));
  }

  private async readMemory(): Promise<Memory> {
    return { state: await this.readState(), lastRun: await this.readLastRun() };
  }

  private async readState(): Promise<State> {
    const select = this.database.kysely
      .selectFrom(this.episodes)
      .selectAll()
      .where('rule_name', '=', this.schedule.rule)
      .where('group_by', '=', this.groupBy)
      .where((where) => where.or([where('closed_at', 'is', null), where('pending_alert', 'is not', null)]))
      .orderBy('opened_at');
    const rows = await this.guard(() => select.execute());
    const open = rows.filter((row) => row.closed_at === null).map((row) => toEpisode(row, this.scope));
    const closed = rows.filter((row) => row.closed_at !== null).map((row) => toEpisode(row, this.scope));
    return {
      open: new Map(open.map((episode) => [episode.groupKey, episode])),
      undelivered: closed.flatMap(({ pending }) => pending ?? []),
    };
  }

  private async readLastRun(): Promise<LastRun | null> {
    const row = await this.guard(() =>
      this.database.kysely.selectFrom(this.runs).selectAll().where('id', '=', this.runId).executeTakeFirst(),
    );
    if (!row) return null;
    return {
      evaluatedUntil: Number(row.evaluated_until),
      windowSeconds: Number(row.window_seconds),
      thresholdBytes: Number(row.threshold_bytes),
      policies: JSON.parse(row.policies) as string[],
    };
  }

  /**
   * Writes down what is about to be sent, so that a crash forgets no alert and repeats it under the same id. An alert
   * whose episode is not stored yet opens it.
   *
   * @param evaluatedAt Unix seconds of the evaluation; alerts from earlier ones are stored already
   */
  async reserve(alerts: readonly DueAlert[], { open }: State, evaluatedAt: number): Promise<void> {
    const fresh = alerts.filter(({ leak }) => leak.asOf === evaluatedAt);
    const rows = fresh.map((alert) =>
      toRow(alert, open.get(alert.groupKey), this.schedule.rule, this.groupBy, this.scope),
    );
    for (const batch of batches(rows)) {
      await this.guard(() =>
        // Not an upsert: each database has another one, and under the lock nobody writes in between.
        this.database.kysely.transaction().execute(async (transaction) => {
          const ids = batch.map(({ id }) => id);
          await transaction.deleteFrom(this.episodes).where('id', 'in', ids).execute();
          await transaction.insertInto(this.episodes).values(batch).execute();
        }),
      );
    }
    // That alerts can be recorded as sent is to be known before they are sent.
    await this.touch(alerts.map(({ episodeId }) => episodeId));
  }

  /** Records that an alert was acknowledged. */
  async recordSent({ episodeId, leak }: DueAlert): Promise<void> {
    const { asOf, bytes, lastSeen } = leak;
    await this.guard(() =>
      this.database.kysely
        .updateTable(this.episodes)
        .set({
          alerted_at: asOf,
          alerted_bytes: bytes.toString(),
          alerted_newest: lastSeen,
          alerted_scope: this.scope,
          pending_alert: null,
        })
        .where('id', '=', episodeId)
        .execute(),
    );
  }

  /** Remembers that an alert could not be sent, so that the next run tries others first. */
  async recordFailure(alert: DueAlert): Promise<void> {
    const pending_alert = encodeDueAlert({ ...alert, failures: alert.failures + 1 });
    const update = this.database.kysely.updateTable(this.episodes).set({ pending_alert });
    await this.guard(() => update.where('id', '=', alert.episodeId).execute());
  }

  /**
   * Ends an evaluation: forgets episodes closed long ago, and in one transaction closes episodes and records until when
   * (Unix seconds) the schedule was evaluated.
   */
  async finish(closed: readonly StoredEpisode[], evaluatedUntil: number): Promise<void> {
    const { kysely } = this.database;
    await this.guard(async () => {
      await kysely
        .deleteFrom(this.episodes)
        .where('rule_name', '=', this.schedule.rule)
        .where('closed_at', '<', evaluatedUntil - KEPT_SECONDS)
        .where('pending_alert', 'is', null)
        .execute();
      // Most runs close nothing; to begin and to commit would be a round trip each.
      if (closed.length === 0) return this.recordRun(kysely, evaluatedUntil);
      await kysely.transaction().execute(async (transaction) => {
        for (const batch of batches(closed)) {
          const ids = batch.map(({ id }) => id);
          const update = transaction.updateTable(this.episodes).set({ closed_at: evaluatedUntil });
          await update.where('id', 'in', ids).execute();
        }
        await this.recordRun(transaction, evaluatedUntil);
      });
    });
  }

  private async recordRun(kysely: Kysely<Schema>, evaluatedUntil: number): Promise<void> {
    const { rule, windowSeconds, thresholdBytes, policies } = this.schedule;
    const run = {
      evaluated_until: evaluatedUntil,
      window_seconds: windowSeconds,
      threshold_bytes: thresholdBytes,
      policies: JSON.stringify(policies),
    };
    const update = kysely.updateTable(this.runs).set(run).where('id', '=', this.runId);
    const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) return;
    const first = { id: this.runId, rule_name: rule, group_by: this.groupBy, ...run };
    await kysely.insertInto(this.runs).values(first).execute();
  }

  /** Identifies the episode of a group that opens at this time (Unix seconds). */
  episodeId(groupKey: string, openedAt: number): string {
    return hash(this.schedule.rule, this.groupBy, groupKey, `${openedAt}`);
  }

  private async touch(ids: readonly string[]): Promise<void> {
    for (const batch of batches(ids)) {
      const update = this.database.kysely.updateTable(this.episodes).set({ rule_name: this.schedule.rule });
      await this.guard(() => update.where('id', 'in', batch).execute());
    }
  }

  /** Changes when totals of two runs cannot be compared. */
  private get scope(): string {
    const { windowSeconds, policies, exclusions } = this.schedule;
    return hash(`${windowSeconds}`, ...[...policies].sort(), ...exclusionsKey(exclusions));
  }

  private get runId(): string {
    return hash(this.schedule.rule, this.groupBy);
  }

  // Kysely knows the tables by their default names; the configured ones have the same columns.
  private get episodes(): 'leaktally_state' {
    return this.tables.episodes as 'leaktally_state';
  }

  private get runs(): 'leaktally_state_runs' {
    return this.tables.runs as 'leaktally_state_runs';
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.database.explain(error);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof DatabaseError && error.fault === 'missing';
}

function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return value;
    throw error;
  };
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
    yield items.slice(start, start + ROWS_PER_STATEMENT);
  }
}

/** The entries of all lists, the same for the same lists. */
function exclusionsKey(exclusions: ExclusionRules): string[] {
  const entries = Object.entries(exclusions).flatMap(([name, list]) =>
    list.map((entry: AddressRange | string) => `${name} ${typeof entry === 'string' ? entry : entry.text}`),
  );
  return entries.sort();
}
