import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { AddressKey, AddressPair } from '../model.ts';
import { addressKey, addressValues, pairKey } from '../util/address.ts';
import { sanitize, truncate } from '../util/text.ts';

/** Beyond this, all names of the window are read in one go: a statement has room for only so many pairs. */
const PAIRS_ASKED_FOR = 1000;
/** Host names kept for a pair; an attacker may register any number of them. */
const NAMES_PER_PAIR = 100;
/** RFC 1035, 2.3.4 allows 255 octets; a longer name is not one. */
const NAME_LENGTH = 255;

interface Name {
  readonly fqdn: string;
  readonly lastSeen: number;
}

/** What is known of one pair. */
interface Known {
  readonly names: Name[];
  /** A name, kept or not, that is under no excluded suffix. */
  hasOther: boolean;
}

/** The host names of pairs of addresses. */
export class DomainNames {
  private readonly byPair = new Map<string, Known | null>();

  /**
   * @param pairs those whose names are to be kept
   * @param isUnderSuffix whether a name falls under an excluded suffix
   */
  constructor(
    pairs: readonly AddressPair[],
    private readonly isUnderSuffix: (fqdn: string) => boolean,
  ) {
    for (const { source, destination } of pairs) this.byPair.set(pairKey(source, destination), null);
  }

  /** Rows come newest first, so the first mention of a name is its newest. */
  add(source: AddressKey, destination: AddressKey, fqdn: string, lastSeen: number): void {
    const key = pairKey(source, destination);
    let known = this.byPair.get(key);
    if (known === undefined) return;
    if (known === null) {
      known = { names: [], hasOther: false };
      this.byPair.set(key, known);
    }
    if (!this.isUnderSuffix(fqdn)) known.hasOther = true;
    const { names } = known;
    if (names.length < NAMES_PER_PAIR && !names.some((name) => name.fqdn === fqdn)) names.push({ fqdn, lastSeen });
  }

  /** All names of a group's pairs, each once, newest first. */
  of(pairs: readonly AddressPair[]): string[] {
    const names = pairs.flatMap((pair) => this.known(pair)?.names ?? []);
    names.sort((a, b) => b.lastSeen - a.lastSeen);
    return [...new Set(names.map(({ fqdn }) => fqdn))];
  }

  newest(pair: AddressPair): string | null {
    return this.known(pair)?.names[0]?.fqdn ?? null;
  }

  /** Are there names, and all under excluded suffixes? One good name must not hide a bad one: an attacker chooses them. */
  isExcluded(pair: AddressPair): boolean {
    return this.known(pair)?.hasOther === false;
  }

  private known({ source, destination }: AddressPair): Known | null {
    return this.byPair.get(pairKey(source, destination)) ?? null;
  }
}

/**
 * Looks up which names the sources asked the DNS for and were answered with the destinations; one statement, whatever
 * the number of pairs, so that no run fails for the first time on the day of the first leak.
 *
 * @param from Unix seconds, included, as is `to`: only names last seen in this time
 */
export async function readDomainNames(
  database: Database,
  pairs: readonly AddressPair[],
  from: number,
  to: number,
  isUnderSuffix: (fqdn: string) => boolean = () => false,
): Promise<DomainNames> {
  const known = pairs.filter(({ source, destination }) => source !== '' && destination !== '');
  const names = new DomainNames(known, isUnderSuffix);
  await database.stream(namesQuery(database, known, from, to), ([source, destination, fqdn, lastSeen]) => {
    const name = truncate(sanitize(String(fqdn ?? '')), NAME_LENGTH);
    if (name !== '') names.add(addressKey(source), addressKey(destination), name, Number(lastSeen));
  });
  return names;
}

function namesQuery(database: Database, pairs: readonly AddressPair[], from: number, to: number) {
  const names = database.kysely
    .selectFrom('domain_index')
    .select(['requester_id', 'resolved_to_id', 'fqdn', 'last_seen'])
    .where('last_seen', '>=', from)
    .where('last_seen', '<=', to)
    .orderBy('last_seen', 'desc');
  if (pairs.length === 0) return names.limit(0).compile();
  return (pairs.length > PAIRS_ASKED_FOR ? names : names.where(isOneOf(pairs, database))).compile();
}

function isOneOf(pairs: readonly AddressPair[], { sql: parts }: Database): RawBuilder<SqlBool> {
  const values = pairs.flatMap(({ source, destination }) =>
    addressValues(source).flatMap((requester) =>
      addressValues(destination).map((resolved) => [requester, resolved] as const),
    ),
  );
  return sql<SqlBool>`(requester_id, resolved_to_id) in ${parts.tuples(values)}`;
}
