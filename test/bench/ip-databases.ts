import { mmdb } from '../support/builders/mmdb.ts';
import { mmdbFile } from '../support/builders/mmdb-file.ts';
import type { MariadbServer } from '../support/servers/mariadb.ts';
import { AS_OF, thresholdBytes } from './data.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';
import type { Scan } from './scan.ts';
import { prepareSmallRun } from './small.ts';

const RANGES = 60_000;
/** The /24 after those of the generated destinations. */
const LAST_RANGE = (198 << 16) + (19 << 8);
const OTHER_AS = 4_200_000_000;

interface IpDatabaseRuns {
  readonly megabytes: number;
  /** The scan with AS and country of its leaks. */
  readonly shown: Run;
  /** The same with a look-up for each pair. */
  readonly byPair: Run;
  readonly small: Run;
  readonly smallWithout: Run;
  close(): Promise<void>;
}

/** Runs with a file as large as GeoLite2-ASN, in which every generated destination has an AS. */
export async function prepareIpDatabases(
  server: MariadbServer,
  { database, rows, pairs }: Scan,
): Promise<IpDatabaseRuns> {
  const bytes = largeDatabase();
  const file = ['--ip-database', mmdbFile(bytes)];
  const scan = [`--as-of=${AS_OF}`, `--threshold=${thresholdBytes({ rows, pairs })}`, ...file];
  const { database: few, small } = await prepareSmallRun(server);
  return {
    megabytes: Math.round(bytes.length / 1e6),
    shown: () => runCommand(dryRun(database, ...scan)),
    byPair: () => runCommand(dryRun(database, ...scan, '--exclude-as', `${OTHER_AS}`)),
    small: () => runCommand(dryRun(few, ...file)),
    smallWithout: small,
    close: () => few.drop(),
  };
}

function largeDatabase(): Buffer {
  const ranges = Array.from({ length: RANGES }, (_, index) => {
    const network = LAST_RANGE - RANGES + index;
    const record = {
      autonomous_system_number: 1 + index,
      autonomous_system_organization: `Organization ${index} `.padEnd(140, 'x'),
    };
    return [`${network >> 16}.${(network >> 8) & 255}.${network & 255}.0/24`, record] as const;
  });
  return mmdb(Object.fromEntries(ranges), { recordSize: 32 });
}
