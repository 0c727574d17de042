import type { AddressColumn, Row } from './database.ts';

const ADDRESS_COLUMNS: ReadonlySet<string> = new Set<AddressColumn>([
  'violator_address',
  'destination_address',
  'requester_id',
  'resolved_to_id',
]);

/**
 * Passes rows on, with NULL for addresses that are stored as text or as a type of the database: those of 4 or 16
 * characters would be taken for the bytes of an address.
 *
 * @param columns in the order of the values
 */
export function onlyBinaryAddresses(
  columns: readonly { readonly name: string; readonly isBinary: boolean }[],
  onRow: (row: Row) => void,
): (row: Row) => void {
  const isText = columns.map(({ name, isBinary }) => ADDRESS_COLUMNS.has(name) && !isBinary);
  if (!isText.includes(true)) return onRow;
  return (row) => onRow(row.map((value, position) => (isText[position] ? null : value)));
}
