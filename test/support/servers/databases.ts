import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { inject } from 'vitest';
import { addressBytes, POLICY, type TestEvent } from '../builders/events.ts';
import { createTestDatabase } from './mariadb.ts';
import { createPostgresDatabase } from './postgres.ts';

/** One of the databases that leaktally supports, for tests that hold on all of them. */
export interface AnyDatabase {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a statement with `?` for its values, and returns its rows. */
  query(statement: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export const DATABASES: Readonly<Record<string, () => Promise<AnyDatabase>>> = {
  mariadb: async () => {
    const { url, env, connection, drop } = await createTestDatabase(inject('mariadb'));
    const query: AnyDatabase['query'] = async (statement, values = []) => {
      const [rows] = await connection.query(statement, [...values]);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    };
    return { url, env, query, drop };
  },
  postgres: async () => {
    const { url, env, client, close } = await createPostgresDatabase(inject('postgres'));
    await client.query('set search_path = public, plixer');
    const query: AnyDatabase['query'] = async (statement, values = []) => {
      let count = 0;
      const { rows } = await client.query(
        values.length > 0 ? statement.replace(/\?/g, () => `$${++count}`) : statement,
        [...values],
      );
      return rows as Record<string, unknown>[];
    };
    return { url, env, query, drop: close };
  },
  sqlite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leaktally-sqlite-'));
    const file = join(folder, 'plixer.db');
    const database = new Libsql(file);
    database.exec('pragma busy_timeout=5000');
    database.exec(
      'create table alm_bulletin_board_data (epoch integer, violator_address blob, destination_address blob, message text)',
    );
    database.exec('create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)');
    const query: AnyDatabase['query'] = async (statement, values = []) => {
      const prepared = database.prepare(statement);
      if (prepared.reader) return prepared.all([...values]) as Record<string, unknown>[];
      prepared.run([...values]);
      return [];
    };
    const drop = async () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { url: `sqlite:${file}`, env: {}, query, drop };
  },
};

export async function addEvents(database: AnyDatabase, events: readonly TestEvent[]): Promise<void> {
  for (const {
    epoch,
    source = '10.1.1.5',
    destination = '203.0.113.9',
    bytes = 0,
    policy = POLICY,
    message,
  } of events) {
    await database.query(
      'insert into alm_bulletin_board_data (epoch, violator_address, destination_address, message) values (?, ?, ?, ?)',
      [
        epoch,
        typeof source === 'string' ? addressBytes(source) : source,
        typeof destination === 'string' ? addressBytes(destination) : destination,
        message ?? `${policy} violation sum_octetdeltacount : ${bytes} threshold : 5000000`,
      ],
    );
  }
}

export async function addName(
  database: AnyDatabase,
  source: string,
  destination: string,
  fqdn: string,
  lastSeen: number,
): Promise<void> {
  await database.query('insert into domain_index (requester_id, resolved_to_id, fqdn, last_seen) values (?, ?, ?, ?)', [
    addressBytes(source),
    addressBytes(destination),
    fqdn,
    lastSeen,
  ]);
}
