import { UsageError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import {
  describeIpDatabase,
  type IpDatabaseFile,
  type IpDatabases,
  openIpDatabase,
  openIpDatabases,
} from '../tally/ip-database.ts';
import type { RunContext } from './context.ts';

/**
 * Opens the IP databases of a run; the demo brings one of its own.
 *
 * @throws UsageError when one cannot be used, or when none has what the options need
 */
export async function ipDatabasesOf(options: Options): Promise<IpDatabases> {
  const databases = await openIpDatabases(options.ipDatabases, options.demo ? [await demoFile()] : []);
  if (needsAs(options) && !databases.files.some(({ hasAs }) => hasAs)) {
    throw new UsageError([
      'no IP database has autonomous systems, which --group-by or exceptions need: add one of type ASN, ISP, Enterprise or ipinfo',
    ]);
  }
  return databases;
}

/** Names the files by which a run decides what counts, and in which group; none when it only shows what they know. */
export function decidingEditions(options: Options, { files }: IpDatabases): string[] {
  if (!needsAs(options)) return [];
  return files.filter(({ hasAs }) => hasAs).map(({ databaseType, builtAt }) => `${databaseType} ${builtAt}`);
}

function needsAs({ groupBy, exceptions }: Options): boolean {
  return groupBy.includes('as') || exceptions.exceptions.some(({ subject }) => subject.kind === 'as');
}

async function demoFile(): Promise<IpDatabaseFile> {
  const { demoIpDatabase } = await import('../scrutinizer/demo-ip-database.ts');
  return openIpDatabase('demo', demoIpDatabase());
}

/** Says of what type each file that was given is, and how old by this machine's clock. */
export function describeIpDatabases({ ipDatabases, options }: Pick<RunContext, 'ipDatabases' | 'options'>): string[] {
  const now = Math.floor(Date.now() / 1000);
  const given = ipDatabases.files.slice(0, options.ipDatabases.length);
  return given.map((file) => `IP database ${describeIpDatabase(file, now)}`);
}
