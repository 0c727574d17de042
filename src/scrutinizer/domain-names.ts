import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { AddressKey, AddressPair } from '../model.ts';
import { addressKey, addressValues, pairKey } from '../util/address.ts';
import { sanitize, truncate } from '../util/text.ts';

/** Bounds the size of the statement; with more pairs, all names in the window are read. */
const MAX_PAIRS_IN_QUERY = 1000;
/** Limits memory: an attacker may register any number of names. */
const MAX_NAMES_PER_PAIR = 100;
/** RFC 1035, 2.3.4 allows 255 octets. */
const MAX_NAME_LENGTH = 255;

interface Name {
  readonly fqdn: string;
  readonly lastSeen: number;
}

interface PairNames {
  readonly names: Name[];
  /** Also set by a name that was not kept. */
  hasNameOutsideSuffixes: boolean;
}

/** The host names of pairs of addresses. */
export class DomainNames {
  private readonly byPair = new Map<string, PairNames | null>();

  /**
   * @param pairs the pairs to keep names for
   * @param isUnderSuffix whether a name is under an excluded suffix
   */
  constructor(
    pairs: readonly AddressPair[],
    private readonly isUnderSuffix: (fqdn: string) => boolean,
  ) {
    for (const { source, destination } of pairs) this.byPair.set(pairKey(source, destination), null);
  }

  /** Takes rows newest first, so a name's first row is its newest. */
  add(source: AddressKey, destination: AddressKey, fqdn: string, lastSeen: number): void {
    const key = pairKey(source, destination);
    let entry = this.byPair.get(key);
    if (entry === undefined) return;
    if (entry === null) {
      entry = { names: [], hasNameOutsideSuffixes: false };
      this.byPair.set(key, entry);
    }
    if (!this.isUnderSuffix(fqdn)) entry.hasNameOutsideSuffixes = true;
    const { names } = entry;
    if (names.length < MAX_NAMES_PER_PAIR && !names.some((name) => name.fqdn === fqdn)) names.push({ fqdn, lastSeen });
  }

  /** Returns the distinct names of a group's pairs, newest first. */
  of(pairs: readonly AddressPair[]): string[] {
    const names = pairs.flatMap((pair) => this.find(pair)?.names ?? []);
    names.sort((a, b) => b.lastSeen - a.lastSeen);
    return [...new Set(names.map(({ fqdn }) => fqdn))];
  }

  /** The names of one pair, newest first. */
  ofPair(pair: AddressPair): readonly string[] {
    return this.find(pair)?.names.map(({ fqdn }) => fqdn) ?? [];
  }

  /** Takes over what others know of pairs without a name; their names are too old to exclude a pair. */
  addMissing(others: DomainNames): void {
    for (const [key, known] of others.byPair) {
      if (known && this.byPair.get(key) === null) this.byPair.set(key, { ...known, hasNameOutsideSuffixes: true });
    }
  }

  /** Requires that all of its names, at least one, are under excluded suffixes: an attacker could add one that is. */
  isExcluded(pair: AddressPair): boolean {
    return this.find(pair)?.hasNameOutsideSuffixes === false;
  }

  private find({ source, destination }: AddressPair): PairNames | null {
    return this.byPair.get(pairKey(source, destination)) ?? null;
  }
}

/**
 * Reads the names that the sources resolved to the destinations. Runs one statement even without pairs, so that a
 * missing privilege shows in the first run and not on the day of the first leak.
 *
 * @param from Unix seconds: only names last seen since then. There is no upper bound, because the table keeps only the
 *   newest time: a name that was looked up again counts for the past too.
 */
export async function readDomainNames(
  database: Database,
  pairs: readonly AddressPair[],
  from: number,
  isUnderSuffix: (fqdn: string) => boolean = () => false,
): Promise<DomainNames> {
  const known = pairs.filter(({ source, destination }) => source !== '' && destination !== '');
  const names = new DomainNames(known, isUnderSuffix);
  await database.stream(namesQuery(database, known, from), ([source, destination, fqdn, lastSeen]) => {
    const name = truncate(sanitize(String(fqdn ?? '')), MAX_NAME_LENGTH);
    if (name !== '') names.add(addressKey(source), addressKey(destination), name, Number(lastSeen));
  });
  return names;
}

function namesQuery(database: Database, pairs: readonly AddressPair[], from: number) {
  const names = database.kysely
    .selectFrom('domain_index')
    .select([
      database.sql.address('requester_id').as('requester_id'),
      database.sql.address('resolved_to_id').as('resolved_to_id'),
      database.sql.text('fqdn').as('fqdn'),
      'last_seen',
    ])
    .where('last_seen', '>=', from)
    .orderBy('last_seen', 'desc');
  if (pairs.length === 0) return names.limit(0).compile();
  return (pairs.length > MAX_PAIRS_IN_QUERY ? names : names.where(isOneOf(pairs, database))).compile();
}

function isOneOf(pairs: readonly AddressPair[], { sql: parts }: Database): RawBuilder<SqlBool> {
  const values = pairs.flatMap(({ source, destination }) =>
    addressValues(source).flatMap((requester) =>
      addressValues(destination).map((resolved) => [requester, resolved] as const),
    ),
  );
  return sql<SqlBool>`(requester_id, resolved_to_id) in ${parts.tuples(values)}`;
}
