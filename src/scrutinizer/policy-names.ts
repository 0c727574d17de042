/** The texts of messages around the names of saved reports. */

import { type AliasableExpression, type CompiledQuery, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { printablePieces } from '../util/text.ts';
import { OCTETS_TOKEN } from './byte-count.ts';
import { type EventsQuery, selectEvents } from './events-query.ts';

/** Room for a report's name at the beginning of a message. */
const BEGINNING_LENGTH = 80;
/** Enough of what follows a name to tell reports apart. */
const CONTINUATION_LENGTH = 24;

/** The events query with a fifth column, `beginning`: the message from the name of its first policy on. */
export function namedEventsQuery(database: Database, query: EventsQuery): CompiledQuery {
  return selectEvents(database, query).select(fromName(database, query.policies).as('beginning')).compile();
}

function fromName({ sql: parts }: Database, policies: readonly string[]): AliasableExpression<string> {
  const fromPolicy = (policy: string) =>
    parts.fragment('message', policy, Buffer.byteLength(policy) + CONTINUATION_LENGTH);
  const [first = '', ...others] = policies;
  // Every message has one of them, so that a single one need not be looked for again.
  if (others.length === 0) return fromPolicy(first);
  const cases = policies.map((policy) => sql`when ${parts.contains('message', policy)} then ${fromPolicy(policy)}`);
  return sql<string>`case ${sql.join(cases, sql` `)} end`;
}

/** Selects the `beginning` of all messages of a window with a byte count, of whatever policy. */
export function beginningsQuery(
  { kysely, sql: parts }: Database,
  { from, to }: Pick<EventsQuery, 'from' | 'to'>,
): CompiledQuery {
  return kysely
    .selectFrom('alm_bulletin_board_data')
    .select(parts.beginning('message', BEGINNING_LENGTH).as('beginning'))
    .where('epoch', '>=', from)
    .where('epoch', '<=', to)
    .where(parts.contains('message', OCTETS_TOKEN))
    .compile();
}

/** Where the constant part of a message is likely to end: a separator, an address, or a word of Scrutinizer's own. */
const END_OF_NAME = /[:=;,([]|\b\d{1,3}(\.\d{1,3}){3}\b| violation\b| ?\b(sum_|source|destination)\w*/i;

/**
 * @returns what may be a report's name: the constant part of a message's beginning, or the longest piece of it that can
 *   be printed as it is, since no message contains what it is printed as otherwise; empty without one
 */
export function likelyName(beginning: string): string {
  const end = beginning.search(END_OF_NAME);
  const pieces = printablePieces(end < 0 ? beginning : beginning.slice(0, end)).map((piece) => piece.trim());
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}

/**
 * Says in which way a message goes on after a policy's name: a letter or digit belongs to a longer name, and so may a
 * word. Numbers after a separator differ from event to event, so they are all `#`.
 */
export function continuationKind(continuation: string): string {
  const [start = ''] = /^[\p{L}\p{N}_]+|^[^\p{L}\p{N}_]*[\p{L}_]*/u.exec(continuation) ?? [];
  return start === '' || /[\p{L}\p{N}_]$/u.test(start) ? start : `${start}#`;
}
