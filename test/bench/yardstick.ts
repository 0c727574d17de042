import { ROOT_PASSWORD } from '../support/servers/mariadb.ts';
import { AS_OF, WINDOW_SECONDS } from './data.ts';
import type { Command } from './measure.ts';

/**
 * An unreadable event adds this to its pair's sum: it is more than any sum of bytes, and MariaDB works out an
 * expression again wherever it is mentioned, so that counting these by themselves would cost a second reading.
 */
const UNREADABLE_UNIT = 10n ** 22n;

// Bytes are compared much faster than by any collation, and IFNULL makes bytes of a text without copying it.
const AFTER_TOKEN = `substr(ifnull(message, binary ''), locate(binary 'sum_octetdeltacount', message) + 19, 45)`;

const eventsBetween = (from: number, to: number) => `from alm_bulletin_board_data
  where epoch between ${from} and ${to} and locate(binary 'Exceeded 5 MB in 5', message) > 0`;

const EVENTS = eventsBetween(AS_OF - WINDOW_SECONDS, AS_OF);

/** A number is what a cast gives back unchanged: exact for ` : <number> `, the one form that the data has. */
export const GROUP_BY_CAST = `select hex(violator_address), hex(destination_address), count(*),
  sum(if(concat(' : ', least(cast(substr(part, 4) as unsigned), ${Number.MAX_SAFE_INTEGER})) = part,
    cast(substr(part, 4) as unsigned), ${UNREADABLE_UNIT}))
from (select violator_address, destination_address, substring_index(${AFTER_TOKEN}, ' ', 3) as part ${EVENTS}) as parts
group by violator_address, destination_address`;

/** A number is what a regular expression finds behind the token: exact for every form, up to 16 digits. */
export const groupByRegexp = (
  from: number,
  to: number,
) => `select hex(violator_address), hex(destination_address), count(*),
  sum(cast(regexp_substr(concat(${AFTER_TOKEN}, ' ${UNREADABLE_UNIT}'),
    '^ *[:=] *(?=[0-9])0*+\\\\K[0-9]{0,16}+(?![0-9.,]|[eE][+-]?[0-9])|[0-9]{23}$') as decimal(30)))
${eventsBetween(from, to)}
group by violator_address, destination_address`;

export const GROUP_BY_REGEXP = groupByRegexp(AS_OF - WINDOW_SECONDS, AS_OF);

/** Runs a statement in the server's own client. */
export function mariadbClient(socket: string, database: string, statement: string): Command {
  const options = ['--no-defaults', `--socket=${socket}`, '--user=root', '--batch', '--skip-column-names'];
  return { file: 'mariadb', args: [...options, `--execute=${statement}`, database], env: { MYSQL_PWD: ROOT_PASSWORD } };
}

/** What a statement found: `<source> <destination>` to `<bytes> bytes in <counted events>`, and the unreadable events. */
export function readTotals(stdout: string): { totals: Map<string, string>; unreadable: number } {
  const totals = new Map<string, string>();
  let unreadable = 0;
  for (const line of stdout.trimEnd().split('\n')) {
    const [source = '', destination = '', events = '', sum = ''] = line.split('\t');
    const skipped = Number(BigInt(sum) / UNREADABLE_UNIT);
    unreadable += skipped;
    totals.set(
      `${ipv4(source)} ${ipv4(destination)}`,
      `${BigInt(sum) % UNREADABLE_UNIT} bytes in ${Number(events) - skipped}`,
    );
  }
  return { totals, unreadable };
}

function ipv4(hex: string): string {
  return Buffer.from(hex, 'hex').join('.');
}
