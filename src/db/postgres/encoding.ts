/** Text in databases whose encoding is not UTF-8. */

import type { Decode } from '../text-columns.ts';

/** PostgreSQL's names of single-byte encodings, as the Encoding standard calls them. SQL_ASCII is any bytes. */
const DECODERS: Readonly<Record<string, string>> = {
  SQL_ASCII: 'utf-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'utf-8', // unknown to Node.js: its letters become replacement characters
  WIN866: 'ibm866',
  WIN874: 'windows-874',
};

/**
 * Finds how to decode the bytes of text columns. The server's own conversion fails for bytes that are no text, and with
 * it the whole statement.
 *
 * @returns null where the server converts: in UTF-8, of which it lets nothing invalid in, and in Asian encodings
 */
export function decodeFor(serverEncoding: string): Decode | null {
  const [, family, number] = /^(WIN|LATIN|ISO_8859_)(\d+)$/.exec(serverEncoding) ?? [];
  const label = DECODERS[serverEncoding] ?? (family ? `${family === 'WIN' ? 'windows' : 'iso-8859'}-${number}` : null);
  if (label === null) return null;
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}
