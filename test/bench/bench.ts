import { parseArgs } from 'node:util';
import { emptyFolder } from '../support/folders.ts';
import { installServers, MARIADB, POSTGRES } from '../support/servers/install.ts';
import { type MariadbServer, startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { prepareManyLeaks, prepareMissedDays } from './catch-up.ts';
import { checkOf } from './check.ts';
import { prepareIpDatabases } from './ip-databases.ts';
import { prepareLatency } from './latency.ts';
import { EMPTY_NODE, leaktally } from './leaktally.ts';
import { compare, type Run, runCommand } from './measure.ts';
import { prepareNames } from './names.ts';
import { originalMethod, SAMPLED_PAIRS } from './original.ts';
import { preparePostgres } from './postgres.ts';
import { prepareScan, type Scan } from './scan.ts';
import { prepareSmallRun } from './small.ts';
import { type Line, renderLines } from './table.ts';
import { GROUP_BY_CAST, GROUP_BY_REGEXP } from './yardstick.ts';

// npm run bench -- [--pairs 5] [start|scan|groups|large ...]; LEAKTALLY_TEST_NODE names the Node.js that runs the command.
const { values, positionals } = parseArgs({
  options: { pairs: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs is not a count');
const SETTINGS = [
  // All data fits into the server's memory: what is compared is the work, not the disk.
  '--innodb-buffer-pool-size=5G',
  '--innodb-log-file-size=1G',
  // A server that starts removes the temporary tables that it finds, also those of another server in the same folder.
  `--tmpdir=${emptyFolder()}`,
];

const MILLION = 1_000_000;
const lines: Line[] = [];

async function measure(name: string, ours: Run, yardstickName: string, yardstick: Run, events?: number): Promise<void> {
  process.stderr.write(`${name} / ${yardstickName}\n`);
  const comparison = await compare(ours, yardstick, pairs);
  lines.push({ name, yardstickName, ...comparison, ...(events === undefined ? {} : { events }) });
}

/** The cases; one of them runs alone when it is named on the command line. */
const CASES: Readonly<Record<string, (server: MariadbServer, million: () => Promise<Scan>) => Promise<void>>> = {
  async start(server) {
    const node = () => runCommand(EMPTY_NODE);
    const { database, small } = await prepareSmallRun(server);
    await measure('105 events', small, 'node -e 0', node);
    await database.drop();
    await measure('--version', () => runCommand(leaktally('--version')), 'node -e 0', node);
    await measure('--help', () => runCommand(leaktally('--help')), 'node -e 0', node);
  },
  async scan(_, million) {
    const { rows, leaktally, everyGroupLeaks, groupBy } = await million();
    await measure('1M events', leaktally, 'GROUP BY, checked by cast', await groupBy(GROUP_BY_CAST), rows);
    await measure('1M events', leaktally, 'GROUP BY, checked by regexp', await groupBy(GROUP_BY_REGEXP), rows);
    await measure('1M events, every group a leak', everyGroupLeaks, '20 of 500 groups', leaktally, rows);
  },
  async check(server, million) {
    const few = await million();
    await measure('1M events, --check', checkOf(few), '--dry-run', few.leaktally, few.rows);
    const many = await prepareScan(server, { rows: MILLION, pairs: 200_000 });
    await measure('1M events, 200,000 pairs, --check', checkOf(many), '--dry-run', many.leaktally, many.rows);
    await many.database.drop();
  },
  async exceptions(_, million) {
    const { rows, leaktally, manyExceptions } = await million();
    await measure('1M events, 1,000 exceptions', manyExceptions, 'no exceptions', leaktally, rows);
  },
  async groups(server, million) {
    const few = await million();
    const many = await prepareScan(server, { rows: MILLION, pairs: 200_000 });
    await measure('1M events, 200,000 pairs', many.leaktally, '500 pairs', few.leaktally, many.rows);
    const groupBy = await many.groupBy(GROUP_BY_REGEXP);
    await measure('1M events, 200,000 pairs', many.leaktally, 'GROUP BY, checked by regexp', groupBy, many.rows);
    await many.database.drop();
  },
  async large(server, million) {
    const large = await prepareScan(server, { rows: 10 * MILLION, pairs: 500 });
    await measure('10M events', large.leaktally, '1M events', (await million()).leaktally, large.rows);
    await large.database.drop();
  },
  async missed(server) {
    const { database, catchUp, groupBy } = await prepareMissedDays(server, { rows: MILLION, pairs: 500 });
    await measure(
      '3 days missed, 1M events a day',
      catchUp,
      'GROUP BY of 4 days, checked by regexp',
      groupBy,
      4 * MILLION,
    );
    await database.drop();
  },
  async leaks(server) {
    const { database, fresh, known } = await prepareManyLeaks(server, { rows: 300_000, pairs: 100_000 });
    await measure('100,000 new leaks', fresh, '100,000 known leaks', known, 300_000);
    await database.drop();
  },
  async original(_, million) {
    const scan = await million();
    const name = `a query a pair (${SAMPLED_PAIRS} of 500 at a time)`;
    await measure('1M events', scan.leaktally, name, originalMethod(scan), scan.rows);
  },
  async postgres() {
    const postgres = await startPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
    try {
      const { leaktally, groupBy, close } = await preparePostgres(postgres, MILLION);
      await measure('1M events, PostgreSQL', leaktally, 'GROUP BY, checked by regexp', groupBy, MILLION);
      await close();
    } finally {
      await postgres.stop();
    }
  },
  async ip(server, million) {
    const scan = await million();
    const { megabytes, shown, byPair, small, smallWithout, close } = await prepareIpDatabases(server, scan);
    const name = `IP database of ${megabytes} MB`;
    await measure(`1M events, ${name}`, shown, 'without', scan.leaktally, scan.rows);
    await measure(`1M events, ${name}, each pair looked up`, byPair, 'without', scan.leaktally, scan.rows);
    await measure(`105 events, ${name}`, small, 'without', smallWithout);
    await close();
  },
  async names(server) {
    const postgres = await startPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
    try {
      for await (const { kind, leaktally, withoutNames, addIndex, close } of prepareNames(
        server,
        postgres,
        5 * MILLION,
      )) {
        const name = `900 leaks, 5M names, ${kind}`;
        await measure(name, leaktally, 'no names', withoutNames);
        await addIndex();
        await measure(`${name}, index on requester_id`, leaktally, 'no names', withoutNames);
        await close();
      }
    } finally {
      await postgres.stop();
    }
  },
  async latency(server) {
    const postgres = await startPostgres();
    try {
      for (const { name, far, near, close } of await prepareLatency(server, postgres)) {
        await measure(name, far, 'without latency', near);
        await close();
      }
    } finally {
      await postgres.stop();
    }
  },
};

const unknown = positionals.filter((name) => !(name in CASES));
if (unknown.length > 0)
  throw new Error(`no such case: ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}`);

installServers([MARIADB, POSTGRES]);
const server = await startMariadb(SETTINGS);
let filled: Promise<Scan> | undefined;
try {
  const million = () => {
    filled ??= prepareScan(server, { rows: MILLION, pairs: 500 });
    return filled;
  };
  for (const [name, run] of Object.entries(CASES)) {
    if (positionals.length === 0 || positionals.includes(name)) await run(server, million);
  }
  await (await filled)?.database.drop();
  process.stdout.write(renderLines(lines));
} finally {
  await server.stop();
}
