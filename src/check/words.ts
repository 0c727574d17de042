/** Phrases and statements that several checks share. */

import type { AddressKey } from '../model.ts';
import { sanitize } from '../util/text.ts';
import type { CheckContext } from './context.ts';

/** `12 of 1,000 events (1.2%)` */
export function share(count: number, of: number, noun: string): string {
  const percent = (100 * count) / of;
  const rounded = percent > 0 && percent < 0.1 ? 'under 0.1' : percent.toFixed(percent < 10 ? 1 : 0);
  return `${count.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} ${noun} (${rounded}%)`;
}

export function quoted(text: string): string {
  return `"${sanitize(text)}"`;
}

/** Quotes a value for a POSIX shell. */
export function shellQuoted(text: string): string {
  return `'${sanitize(text).replaceAll("'", "'\\''")}'`;
}

/** A table of the events database as a statement names it, whatever database an administrator is connected to. */
export async function eventsTable(
  table: 'alm_bulletin_board_data' | 'domain_index',
  { options: { database }, source }: Pick<CheckContext, 'options' | 'source'>,
): Promise<string> {
  const isMysql = database?.kind === 'mysql';
  const schema = (await source()).schema ?? (isMysql ? database.database : null);
  if (schema === null) return table;
  if (/^[a-z_][a-z0-9_]*$/.test(schema)) return `${schema}.${table}`;
  const quote = isMysql ? '`' : '"';
  return `${quote}${schema.replaceAll(quote, quote + quote)}${quote}.${table}`;
}

/** An address as a statement names it. */
export function addressLiteral(address: AddressKey, { options }: Pick<CheckContext, 'options'>): string {
  const hex = Buffer.from(address, 'latin1').toString('hex');
  return options.database?.kind === 'postgres' ? `'\\x${hex}'` : `x'${hex}'`;
}

/** What to do when a database does not even answer. */
export const NO_CONNECTION = 'check host, port and firewall, and whether the server is busy or has stopped';
