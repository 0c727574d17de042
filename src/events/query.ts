import type { CompiledQuery } from 'kysely';
import type { Database } from '../db/database.ts';
import { FRAGMENT_LENGTH, OCTETS_TOKEN } from './octets.ts';

export interface EventsQuery {
  readonly policies: readonly string[];
  /** Unix seconds, both included. */
  readonly from: number;
  readonly to: number;
}

/**
 * The one statement that reads events: source, destination, epoch, and of the message only what follows from the byte
 * count's token on.
 */
export function eventsQuery({ kysely, sql: parts }: Database, { policies, from, to }: EventsQuery): CompiledQuery {
  return kysely
    .selectFrom('alm_bulletin_board_data')
    .select([
      'violator_address',
      'destination_address',
      'epoch',
      parts.from('message', OCTETS_TOKEN, FRAGMENT_LENGTH).as('fragment'),
    ])
    .where('epoch', '>=', from)
    .where('epoch', '<=', to)
    .where((where) => where.or(policies.map((policy) => parts.contains('message', policy))))
    .compile();
}

/** Unix seconds of the newest row of any kind; null when there is none. It says whether the collector is alive. */
export async function newestEpoch({ kysely, explain }: Database): Promise<number | null> {
  const select = kysely.selectFrom('alm_bulletin_board_data').select(({ fn }) => fn.max('epoch').as('newest'));
  const row = await select.executeTakeFirst().catch((error) => Promise.reject(explain(error)));
  return row?.newest == null ? null : Number(row.newest);
}
