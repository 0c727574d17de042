import { createHash } from 'node:crypto';
import type { Insertable, Selectable } from 'kysely';
import type { Database, Schema } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { Episode } from './decide.ts';
import { type DueAlert, decodeDueAlert, encodeDueAlert } from './pending.ts';
import { createStatements, type StateTables, stateGrants, stateTables } from './schema.ts';

/** A schedule: what its state is kept under, and what it was told. */
export interface Schedule {
  readonly rule: string;
  readonly groupBy: readonly string[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly policies: readonly string[];
}

export interface StoredEpisode extends Episode {
  readonly openedAt: number;
  readonly pending: DueAlert | null;
}

export type OpenEpisodes = ReadonlyMap<string, StoredEpisode>;

export interface LastRun {
  readonly evaluatedUntil: number;
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly policies: readonly string[];
}

type EpisodeRow = Selectable<Schema['leaktally_state']>;

const ROWS_PER_STATEMENT = 500;

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

  /** Creates the tables where they are missing. */
  async prepare(): Promise<void> {
    if (await this.exists()) return;
    const statements = createStatements(this.database.kysely, this.database.sql, this.tables);
    try {
      for (const statement of statements) await this.guard(() => this.database.kysely.executeQuery(statement));
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.fault !== 'denied') throw error;
      const toRun = [...statements.map(({ sql }) => sql), ...stateGrants(this.database.sql, this.tables)].map(
        (sql) => `${sql};`,
      );
      throw new DatabaseError(
        `the state table ${this.tables.episodes} is missing and may not be created (${error.message}). Let an administrator run: ${toRun.join(' ')}`,
        'denied',
        { cause: error },
      );
    }
  }

  /** Open episodes by group key. Reads only; a table that does not exist holds none. */
  async openEpisodes(): Promise<OpenEpisodes> {
    const select = this.database.kysely
      .selectFrom(this.episodes)
      .selectAll()
      .where('rule_name', '=', this.schedule.rule)
      .where('group_by', '=', this.groupBy)
      .where('closed_at', 'is', null);
    try {
      const rows = await this.guard(() => select.execute());
      return new Map(rows.map((row) => [row.group_key, toEpisode(row)]));
    } catch (error) {
      if (error instanceof DatabaseError && error.fault === 'missing') return new Map();
      throw error;
    }
  }

  async lastRun(): Promise<LastRun | null> {
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

  /** Writes down what is about to be sent, so that a crash forgets no alert and repeats it under the same id. */
  async reserve(alerts: readonly DueAlert[], episodes: OpenEpisodes): Promise<void> {
    const rows = alerts.map((alert) => this.toRow(alert, episodes.get(alert.groupKey)));
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      const batch = rows.slice(start, start + ROWS_PER_STATEMENT);
      await this.guard(() =>
        // Not an upsert: each database has another one, and under the lock nobody writes in between.
        this.database.kysely.transaction().execute(async (transaction) => {
          const ids = batch.map(({ id }) => id);
          await transaction.deleteFrom(this.episodes).where('id', 'in', ids).execute();
          await transaction.insertInto(this.episodes).values(batch).execute();
        }),
      );
    }
  }

  /** Records that an alert was acknowledged. */
  async recordSent({ groupKey, leak }: DueAlert): Promise<void> {
    await this.guard(() =>
      this.database.kysely
        .updateTable(this.episodes)
        .set({
          alerted_at: leak.asOf,
          alerted_bytes: leak.bytes.toString(),
          alerted_newest: leak.lastSeen,
          pending_alert: null,
        })
        .where('id', '=', this.episodeId(groupKey))
        .execute(),
    );
  }

  /** Ends a completed run: closes episodes and records until when the schedule was evaluated, in one transaction. */
  async finish(closed: readonly string[], evaluatedUntil: number): Promise<void> {
    const { rule, windowSeconds, thresholdBytes, policies } = this.schedule;
    await this.guard(() =>
      this.database.kysely.transaction().execute(async (transaction) => {
        for (let start = 0; start < closed.length; start += ROWS_PER_STATEMENT) {
          const ids = closed.slice(start, start + ROWS_PER_STATEMENT).map((key) => this.episodeId(key));
          await transaction
            .updateTable(this.episodes)
            .set({ closed_at: evaluatedUntil })
            .where('id', 'in', ids)
            .execute();
        }
        await transaction.deleteFrom(this.runs).where('id', '=', this.runId).execute();
        await transaction
          .insertInto(this.runs)
          .values({
            id: this.runId,
            rule_name: rule,
            group_by: this.groupBy,
            evaluated_until: evaluatedUntil,
            window_seconds: windowSeconds,
            threshold_bytes: thresholdBytes,
            policies: JSON.stringify(policies),
          })
          .execute();
      }),
    );
  }

  private async exists(): Promise<boolean> {
    try {
      await this.guard(() => this.database.kysely.selectFrom(this.episodes).select('id').limit(0).execute());
      await this.guard(() => this.database.kysely.selectFrom(this.runs).select('id').limit(0).execute());
      return true;
    } catch (error) {
      if (error instanceof DatabaseError && error.fault === 'missing') return false;
      throw error;
    }
  }

  private toRow(alert: DueAlert, episode: StoredEpisode | undefined): Insertable<Schema['leaktally_state']> {
    return {
      id: this.episodeId(alert.groupKey),
      rule_name: this.schedule.rule,
      group_by: this.groupBy,
      group_key: alert.groupKey,
      opened_at: episode?.openedAt ?? alert.leak.asOf,
      closed_at: null,
      alerted_at: episode?.alerted?.at ?? null,
      alerted_bytes: episode?.alerted?.bytes.toString() ?? null,
      alerted_newest: episode?.alerted?.newest ?? null,
      pending_alert: encodeDueAlert(alert),
    };
  }

  private episodeId(groupKey: string): string {
    return hash(this.schedule.rule, this.groupBy, groupKey);
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

function toEpisode(row: EpisodeRow): StoredEpisode {
  return {
    openedAt: Number(row.opened_at),
    alerted:
      row.alerted_at === null
        ? null
        : { at: Number(row.alerted_at), bytes: BigInt(row.alerted_bytes ?? 0), newest: Number(row.alerted_newest) },
    pending: row.pending_alert === null ? null : decodeDueAlert(row.pending_alert),
  };
}

function hash(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
