import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { AddressKey, AddressPair } from '../model.ts';
import { addressValues } from '../util/address.ts';
import { FRAGMENT_LENGTH, OCTETS_TOKEN } from './byte-count.ts';

export interface EventsQuery {
  readonly policies: readonly string[];
  /** Unix seconds, inclusive like `to`. */
  readonly from: number;
  readonly to: number;
}

/**
 * Selects the events of a window: source, destination, epoch and the message fragment that starts at the byte count's
 * token.
 */
export function eventsQuery(database: Database, query: EventsQuery): CompiledQuery {
  return selectEvents(database, query).compile();
}

/** The same before it is compiled, for those who need more columns. */
export function selectEvents({ kysely, sql: parts }: Database, { policies, from, to }: EventsQuery) {
  return kysely
    .selectFrom('alm_bulletin_board_data')
    .select([
      parts.address('violator_address').as('violator_address'),
      parts.address('destination_address').as('destination_address'),
      'epoch',
      parts.fragment('message', OCTETS_TOKEN, FRAGMENT_LENGTH).as('fragment'),
    ])
    .where('epoch', '>=', from)
    .where('epoch', '<=', to)
    .where((where) => where.or(policies.map((policy) => parts.contains('message', policy))));
}

/**
 * Unix seconds of the newest row of any kind; null when there is none. It says whether the collector is alive.
 *
 * @param asOf Unix seconds; a row from the future, such as one with milliseconds, proves nothing
 */
export async function newestEpoch({ kysely, explain }: Database, asOf: number): Promise<number | null> {
  const events = kysely.selectFrom('alm_bulletin_board_data').where('epoch', '<=', asOf);
  const select = events.select(({ fn }) => fn.max('epoch').as('newest'));
  const row = await select.executeTakeFirst().catch((error) => Promise.reject(explain(error)));
  return row?.newest == null ? null : Number(row.newest);
}

/** Rows that explain why a group has no event in the window. */
export interface EventsElsewhere {
  /** Rows in the window, of any policy. */
  readonly within: number;
  /** Epoch of the newest event before the window; null when there is none. */
  readonly before: number | null;
  /** Epoch of the oldest event after the window; null when there is none. */
  readonly after: number | null;
}

/** Looks for rows of these addresses when the window has no event of theirs. Slow: addresses have no index. */
export async function eventsElsewhere(
  { kysely, sql: parts, explain }: Database,
  { source, destination }: Partial<AddressPair>,
  { policies, from, to }: EventsQuery,
): Promise<EventsElsewhere> {
  let rows = kysely.selectFrom('alm_bulletin_board_data');
  if (source !== undefined) rows = rows.where(isAddress('violator_address', source));
  if (destination !== undefined) rows = rows.where(isAddress('destination_address', destination));
  const events = rows.where((where) => where.or(policies.map((policy) => parts.contains('message', policy))));
  const inWindow = rows.where('epoch', '>=', from).where('epoch', '<=', to);
  const newest = events.where('epoch', '<', from).select(({ fn }) => fn.max('epoch').as('value'));
  const oldest = events.where('epoch', '>', to).select(({ fn }) => fn.min('epoch').as('value'));
  const values: (number | null)[] = [];
  for (const select of [inWindow.select(({ fn }) => fn.countAll().as('value')), newest, oldest]) {
    const row = await select.executeTakeFirst().catch((error: unknown) => Promise.reject(explain(error)));
    values.push(row?.value == null ? null : Number(row.value));
  }
  const [within = null, before = null, after = null] = values;
  return { within: within ?? 0, before, after };
}

function isAddress(column: 'violator_address' | 'destination_address', key: AddressKey): RawBuilder<SqlBool> {
  const reference = sql.ref(column);
  if (key === '') return sql`(${reference} is null or length(${reference}) not in (4, 16))`;
  return sql`${reference} in (${sql.join(addressValues(key))})`;
}
