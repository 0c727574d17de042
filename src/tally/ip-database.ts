/** Autonomous systems and countries of addresses, from MaxMind DB files. */

import ipaddr from 'ipaddr.js';
import { UsageError } from '../errors.ts';
import type { AddressKey } from '../model.ts';
import { formatAddress } from '../util/address.ts';
import type { AutonomousSystem, IpFacts } from '../util/autonomous-system.ts';
import { fileErrorReason } from '../util/file-errors.ts';
import { readRegularFile } from '../util/read-file.ts';
import { sanitize } from '../util/text.ts';
import { formatAge, formatIsoTime } from '../util/units.ts';
import { readAs, readCountry } from './ip-record.ts';
import type { MmdbFile } from './mmdb-file.ts';

/** By `database_type`. Others have neither AS nor countries. */
const KNOWN_TYPES = /ASN|ISP|Country|City|Enterprise|ipinfo/i;
const TYPES_WITH_AS = /ASN|ISP|Enterprise|ipinfo/i;

/** Ranges of ipaddr.js that nobody announces on the Internet, whatever a database says about them. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'private',
  'uniqueLocal',
  'loopback',
  'linkLocal',
  'carrierGradeNat',
  'unspecified',
]);

const NO_FACTS: IpFacts = { as: null, country: null };

/** Where addresses belong. Each look-up throws a UsageError when a file turns out to be damaged. */
export interface IpDatabases {
  readonly files: readonly IpDatabaseFile[];
  /** Null for a private address, and for one that no file has an AS for. */
  readonly asOf: (address: AddressKey) => AutonomousSystem | null;
  /** ISO 3166 code; null for a private address, and for one that no file has a country for. */
  readonly countryOf: (address: AddressKey) => string | null;
  /** Both; null when there are no files. */
  readonly factsOf: (address: AddressKey) => IpFacts | null;
}

export interface IpDatabaseFile extends Pick<MmdbFile, 'databaseType' | 'builtAt'> {
  readonly path: string;
  /** Whether files of this type name autonomous systems. */
  readonly hasAs: boolean;
  find(address: string): IpFacts;
}

/** Path, type and age, given the time in Unix seconds. */
export function describeIpDatabase({ path, databaseType, builtAt }: IpDatabaseFile, now: number): string {
  if (builtAt === null) return `${path}: ${databaseType}, of unknown age`;
  const day = formatIsoTime(builtAt).slice(0, 10);
  return `${path}: ${databaseType}, built ${day} (${formatAge(Math.max(0, now - builtAt))} ago)`;
}

export const NO_IP_DATABASES: IpDatabases = {
  files: [],
  asOf: () => null,
  countryOf: () => null,
  factsOf: () => null,
};

/**
 * Opens MaxMind DB files. For AS and for country apart, the first file that knows an address answers.
 *
 * @param others to be asked after them
 * @throws UsageError that names each file which is missing, damaged or of another kind
 */
export async function openIpDatabases(
  paths: readonly string[],
  others: readonly IpDatabaseFile[] = [],
): Promise<IpDatabases> {
  const faults: string[] = [];
  const files: IpDatabaseFile[] = [];
  for (const path of paths) {
    try {
      files.push(await openFile(path));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new UsageError(faults);
  files.push(...others);
  return files.length > 0 ? new CachedIpDatabases(files) : NO_IP_DATABASES;
}

class CachedIpDatabases implements IpDatabases {
  private readonly known = new Map<AddressKey, IpFacts>();

  constructor(readonly files: readonly IpDatabaseFile[]) {}

  readonly asOf = (address: AddressKey): AutonomousSystem | null => this.factsOf(address).as;
  readonly countryOf = (address: AddressKey): string | null => this.factsOf(address).country;

  readonly factsOf = (address: AddressKey): IpFacts => {
    let facts = this.known.get(address);
    if (facts === undefined) {
      facts = this.find(address);
      this.known.set(address, facts);
    }
    return facts;
  };

  private find(address: AddressKey): IpFacts {
    if (address === '' || isPrivate(address)) return NO_FACTS;
    const text = formatAddress(address);
    let { as, country } = NO_FACTS;
    for (const file of this.files) {
      if (as !== null && country !== null) break;
      const found = file.find(text);
      as ??= found.as;
      country ??= found.country;
    }
    return { as, country };
  }
}

function isPrivate(address: AddressKey): boolean {
  return PRIVATE_RANGES.has(ipaddr.fromByteArray([...Buffer.from(address, 'latin1')]).range());
}

async function openFile(path: string): Promise<IpDatabaseFile> {
  let bytes: Buffer;
  try {
    ({ bytes } = readRegularFile(path));
  } catch (error) {
    throw fault(path, `cannot be read (${fileErrorReason(error)}); check the path and its permissions`, error);
  }
  return openIpDatabase(path, bytes);
}

/**
 * @param path for messages
 * @throws UsageError when the file is damaged or of another kind
 */
export async function openIpDatabase(path: string, bytes: Buffer): Promise<IpDatabaseFile> {
  const { openMmdb } = await import('./mmdb-file.ts');
  const file = orDamaged(path, () => openMmdb(bytes));
  const { databaseType, builtAt } = file;
  if (!KNOWN_TYPES.test(databaseType)) {
    const type = JSON.stringify(sanitize(databaseType).slice(0, 80));
    throw fault(
      path,
      `is of type ${type}, which has neither AS nor countries: use one of type ASN, ISP, Country, City, Enterprise or ipinfo`,
    );
  }
  const factsOf = new Map<unknown, IpFacts>([[null, NO_FACTS]]);
  function find(address: string): IpFacts {
    const record = orDamaged(path, () => file.find(address));
    const facts = factsOf.get(record) ?? { as: readAs(record), country: readCountry(record) };
    factsOf.set(record, facts);
    return facts;
  }
  return { path, databaseType: sanitize(databaseType), builtAt, hasAs: TYPES_WITH_AS.test(databaseType), find };
}

function orDamaged<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fault(path, 'is damaged, or no MaxMind DB file (.mmdb): download it again', error);
  }
}

function fault(path: string, text: string, cause?: unknown): UsageError {
  const error = new UsageError([`IP database ${path} ${text}`]);
  error.cause = cause;
  return error;
}
