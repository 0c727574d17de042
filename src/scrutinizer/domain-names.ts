import type { CompiledQuery } from 'kysely';
import type { Database } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import type { AddressKey, AddressPair, KnownNames } from '../model.ts';
import { ORDINARY, type Ruling } from '../options/exceptions.ts';
import { addressKey, addressValues, pairKey } from '../util/address.ts';
import { sanitize, truncateStart } from '../util/text.ts';
import { PairNames, selectNames } from './pair-names.ts';

/** Bounds the size of the statement; with more pairs, all names in the window are read. */
const MAX_PAIRS_IN_QUERY = 1000;
/** RFC 1035, 2.3.4 allows 255 octets. */
const MAX_NAME_LENGTH = 255;
/** Leaves room in an alert. */
const MAX_FAILURE_LENGTH = 120;

/** What the exceptions say of names. */
export interface NameRules {
  ruleOnName(fqdn: string): Ruling;
  /** The last look (Unix seconds). */
  readonly now: number;
}

const NO_RULES: NameRules = { ruleOnName: () => ORDINARY, now: 0 };

/** The host names of pairs of addresses. */
export class DomainNames {
  private readonly byPair = new Map<string, PairNames | null>();

  /**
   * @param pairs the pairs to keep names for
   * @param failure why no names could be read; null when they were
   */
  constructor(
    pairs: readonly AddressPair[],
    private readonly rules: NameRules,
    readonly failure: string | null = null,
  ) {
    for (const { source, destination } of pairs) this.byPair.set(pairKey(source, destination), null);
  }

  add(source: AddressKey, destination: AddressKey, fqdn: string, lastSeen: number): void {
    const key = pairKey(source, destination);
    let entry = this.byPair.get(key);
    if (entry === undefined) return;
    if (entry === null) {
      entry = new PairNames();
      this.byPair.set(key, entry);
    }
    const ruling = this.rules.ruleOnName(fqdn);
    entry.add({ fqdn, lastSeen, isExcluded: ruling.countsFrom > this.rules.now }, ruling);
  }

  /** Returns what is shown of the names of a group's pairs. */
  of(pairs: readonly AddressPair[]): KnownNames {
    const known = pairs.flatMap((pair) => this.find(pair) ?? []);
    const { names, omitted } = selectNames(known.flatMap((entry) => entry.names));
    return {
      fqdns: names.map(({ fqdn }) => fqdn),
      fqdnsOmitted: known.reduce((sum, entry) => sum + entry.omitted, omitted),
      fqdnsFailure: this.failure && shorten(this.failure),
    };
  }

  /** The names of one pair, newest first. */
  ofPair(pair: AddressPair): readonly string[] {
    return this.find(pair)?.names.map(({ fqdn }) => fqdn) ?? [];
  }

  /**
   * Takes over, for good, what others know of pairs without a name. Their names are too old to leave a pair out, but the
   * threshold of a domain goes on as long as the domain does.
   */
  addMissing(others: DomainNames): void {
    for (const [key, known] of others.byPair) {
      if (!known || this.byPair.get(key) !== null) continue;
      known.ruling = { ...ORDINARY, thresholds: known.ruling?.thresholds ?? [] };
      this.byPair.set(key, known);
    }
  }

  /** What holds for every name of the pair; nothing when it has none. */
  ruleOn(pair: AddressPair): Ruling {
    return this.find(pair)?.ruling ?? ORDINARY;
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
 * @param limitSeconds time for the statement; by default that of every statement
 * @throws DatabaseError with the fault `timeout` when it takes longer
 */
export async function readDomainNames(
  database: Database,
  pairs: readonly AddressPair[],
  from: number,
  rules: NameRules = NO_RULES,
  limitSeconds?: number,
): Promise<DomainNames> {
  const usable = pairs.filter(({ source, destination }) => source !== '' && destination !== '');
  const names = new DomainNames(usable, rules);
  const query = namesQuery(database, usable, from);
  const addRow = ([source, destination, fqdn, lastSeen]: readonly unknown[]) => {
    const name = truncateStart(sanitize(String(fqdn ?? '')), MAX_NAME_LENGTH);
    if (name !== '') names.add(addressKey(source), addressKey(destination), name, Number(lastSeen));
  };
  await database.stream(query, addRow, limitSeconds);
  return names;
}

/**
 * Reads the names like {@link readDomainNames}, but holds nothing up: where they cannot be read within the limit, all
 * pairs are without names and `failure` says why.
 */
export async function tryReadDomainNames(
  ...[database, pairs, from, rules, limitSeconds]: Required<Parameters<typeof readDomainNames>>
): Promise<DomainNames> {
  try {
    return await readDomainNames(database, pairs, from, rules, limitSeconds);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // Whatever was read before is discarded: a pair of which some names are known could wrongly fall under an exception.
    return new DomainNames([], rules, error.message);
  }
}

function namesQuery({ kysely, sql }: Database, pairs: readonly AddressPair[], from: number): CompiledQuery {
  const names = kysely
    .selectFrom('domain_index')
    .select([
      sql.address('requester_id').as('requester_id'),
      sql.address('resolved_to_id').as('resolved_to_id'),
      sql.text('fqdn').as('fqdn'),
      'last_seen',
    ])
    .where('last_seen', '>=', from);
  if (pairs.length === 0) return names.limit(0).compile();
  if (pairs.length > MAX_PAIRS_IN_QUERY) return names.compile();
  return names.where(sql.isOneOf(['requester_id', 'resolved_to_id'], addressTuples(pairs))).compile();
}

function addressTuples(pairs: readonly AddressPair[]): (readonly [Buffer, Buffer])[] {
  return pairs.flatMap(({ source, destination }) =>
    addressValues(source).flatMap((requester) =>
      addressValues(destination).map((resolved) => [requester, resolved] as const),
    ),
  );
}

/** Leaves out the advice, which is for whoever reads the run's errors. */
function shorten(failure: string): string {
  const [fault = ''] = failure.split(';');
  return fault.length > MAX_FAILURE_LENGTH ? `${fault.slice(0, MAX_FAILURE_LENGTH)}…` : fault;
}
