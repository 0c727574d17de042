import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { AddressKey, Pair } from '../model.ts';
import { sanitize, truncate } from '../text.ts';
import { addressKey, addressValues } from './address.ts';
import { pairKey } from './tally.ts';

const PAIRS_PER_STATEMENT = 1000;
/** Host names kept for a pair; an attacker may register any number of them. */
const NAMES_PER_PAIR = 100;
/** RFC 1035, 2.3.4 allows 255 octets; a longer name is not one. */
const NAME_LENGTH = 255;

interface Name {
  readonly fqdn: string;
  readonly lastSeen: number;
}

/** The host names of each pair of addresses. */
export class DomainNames {
  private readonly byPair = new Map<string, Name[]>();

  /** Rows come newest first, so the first mention of a name is its newest. */
  add(source: AddressKey, destination: AddressKey, fqdn: string, lastSeen: number): void {
    const key = pairKey(source, destination);
    const names = this.byPair.get(key) ?? [];
    if (names.length === 0) this.byPair.set(key, names);
    if (names.length < NAMES_PER_PAIR && !names.some((name) => name.fqdn === fqdn)) names.push({ fqdn, lastSeen });
  }

  /** All names of a group's pairs, each once, newest first. */
  of(pairs: readonly Pair[]): string[] {
    const names = pairs.flatMap(({ source, destination }) => this.byPair.get(pairKey(source, destination)) ?? []);
    names.sort((a, b) => b.lastSeen - a.lastSeen);
    return [...new Set(names.map(({ fqdn }) => fqdn))];
  }
}

/**
 * Looks up which names the sources asked the DNS for and were answered with the destinations.
 *
 * @param from Unix seconds, included, as is `to`: only names last seen in this time
 */
export async function readDomainNames(
  database: Database,
  pairs: readonly Pair[],
  from: number,
  to: number,
): Promise<DomainNames> {
  const names = new DomainNames();
  const known = pairs.filter(({ source, destination }) => source !== '' && destination !== '');
  for (let start = 0; start < known.length; start += PAIRS_PER_STATEMENT) {
    const batch = known.slice(start, start + PAIRS_PER_STATEMENT);
    await database.stream(namesQuery(database, batch, from, to), ([source, destination, fqdn, lastSeen]) => {
      const name = truncate(sanitize(String(fqdn ?? '')), NAME_LENGTH);
      if (name !== '') names.add(addressKey(source), addressKey(destination), name, Number(lastSeen));
    });
  }
  return names;
}

/**
 * Finds out on a day without a leak, and not on the day of the first one, that names could not be read.
 *
 * @throws DatabaseError
 */
export async function checkDomainNames({ kysely, explain }: Database): Promise<void> {
  const select = kysely
    .selectFrom('domain_index')
    .select(['requester_id', 'resolved_to_id', 'fqdn', 'last_seen'])
    .limit(0);
  await select.execute().catch((error) => Promise.reject(explain(error)));
}

function namesQuery({ kysely, sql: parts }: Database, pairs: readonly Pair[], from: number, to: number) {
  const wanted = pairs.flatMap(({ source, destination }) =>
    addressValues(source).flatMap((requester) =>
      addressValues(destination).map((resolved) => [requester, resolved] as const),
    ),
  );
  return kysely
    .selectFrom('domain_index')
    .select(['requester_id', 'resolved_to_id', 'fqdn', 'last_seen'])
    .where('last_seen', '>=', from)
    .where('last_seen', '<=', to)
    .where(sql<boolean>`(requester_id, resolved_to_id) in ${parts.tuples(wanted)}`)
    .orderBy('last_seen', 'desc')
    .compile();
}
