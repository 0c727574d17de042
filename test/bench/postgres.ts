import { createPostgresDatabase, POSTGRES_PASSWORD, type PostgresServer } from '../support/servers/postgres.ts';
import { AS_OF, WINDOW_SECONDS } from './data.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';

const PAIRS = 500;

/** Exact for the data here, whose messages have one token and no number above 2^53-1. */
const GROUP_BY = `select violator_address, destination_address, count(bytes), sum(bytes), count(*) - count(bytes)
from (
  select violator_address, destination_address,
    substring(message from 'sum_octetdeltacount *[:=] *([0-9]{1,16})(?:$|[^0-9.,eE])')::bigint as bytes
  from plixer.alm_bulletin_board_data
  where epoch between ${AS_OF - WINDOW_SECONDS} and ${AS_OF} and message like '%Exceeded 5 MB in 5%'
) as events
group by violator_address, destination_address`;

/** A million events like those of the MariaDB cases, and the two ways to add them up, shown to agree. */
export async function preparePostgres(
  server: PostgresServer,
  rows: number,
): Promise<{ leaktally: Run; groupBy: Run; close(): Promise<void> }> {
  const database = await createPostgresDatabase(server);
  await database.client.query(`
    insert into plixer.alm_bulletin_board_data (epoch, violator_address, destination_address, message)
    select ${AS_OF - WINDOW_SECONDS} + seq * ${WINDOW_SECONDS} / ${rows},
      decode('0a01' || lpad(to_hex(pair / 10), 4, '0'), 'hex'), decode('c612' || lpad(to_hex(pair), 4, '0'), 'hex'),
      case when rank < 686 then 'Exceeded 5 MB in 5' else 'Excessive ICMP' end
        || ' violation on collector 10.0.0.1 exporter : 10.0.1.1 sourceipaddress : 10.1.0.1 destinationipaddress : 198.18.0.1'
        || ' sum_octetdeltacount : ' || case when rank < 2 then '5,242,880' else (5000000 + seq % 3000000)::text end
        || ' sum_packetdeltacount : 5000 threshold : 5000000'
    from (select seq, seq * 7919 % 1000 as rank, (seq / 1000 * 686 + seq * 7919 % 1000) * 104729 % ${PAIRS} as pair
      from generate_series(1::bigint, ${rows}) as seq) as numbers`);
  await database.client.query('vacuum analyze plixer.alm_bulletin_board_data');
  const ours = (threshold: string) => runCommand(dryRun(database, `--as-of=${AS_OF}`, `--threshold=${threshold}`));
  const psql = () =>
    runCommand({
      file: 'psql',
      args: ['-h', '127.0.0.1', '-p', `${server.port}`, '-U', 'postgres', '-d', database.name, '-At', '-c', GROUP_BY],
      env: { PGPASSWORD: POSTGRES_PASSWORD },
    });
  checkSame((await ours('0')).stdout, (await psql()).stdout);
  return { leaktally: () => ours('20GB'), groupBy: psql, close: database.drop };
}

/** @throws Error unless both found the same: the times would not be worth comparing */
function checkSame(ours: string, psql: string): void {
  const { events, leaks } = JSON.parse(ours) as { events: Record<string, number>; leaks: { bytes: number }[] };
  const lines = psql
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
  const sum = (column: number) => lines.reduce((total, line) => total + Number(line[column]), 0);
  const found = [leaks.length, events.counted, leaks.reduce((total, { bytes }) => total + bytes, 0), events.unreadable];
  const expected = [lines.length, sum(2), sum(3), sum(4)];
  if (found.join() !== expected.join())
    throw new Error(`leaktally found ${found.join()}, the statement ${expected.join()}`);
}
