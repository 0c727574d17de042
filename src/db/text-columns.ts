import type { Row, TextColumn } from './database.ts';

export type Decode = (bytes: Uint8Array) => string;

const TEXT_COLUMNS: ReadonlySet<string> = new Set<TextColumn>(['fragment', 'beginning', 'fqdn']);

/**
 * Decodes, in place, the text columns of rows that hold them as bytes. Bytes that are no text become replacement characters.
 *
 * @param columns names of the columns, in the order of the values
 */
export function decodingRows(columns: readonly string[], decode: Decode, onRow: (row: Row) => void) {
  const positions = columns.flatMap((name, position) => (TEXT_COLUMNS.has(name) ? [position] : []));
  return (row: unknown[]): void => {
    for (const position of positions) {
      const value = row[position];
      if (value instanceof Uint8Array) row[position] = decode(value);
    }
    onRow(row);
  };
}
