/**
 * Divides items into batches that fit into one statement each. An item that is larger than the limit by itself makes a
 * batch of its own.
 *
 * @param sizeOf upper bound of the bytes that an item takes in a statement
 */
export function* batchesByBytes<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  maxBytes: number,
  maxRows: number,
): Generator<readonly T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (batch.length > 0 && (batch.length >= maxRows || bytes + size > maxBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Bounds the bytes that a text, or a row's values, take in a statement: escaping doubles text at most. */
export function maxBytesOf(item: object | string): number {
  let bytes = 0;
  for (const value of typeof item === 'string' ? [item] : Object.values(item))
    bytes += 2 * Buffer.byteLength(String(value)) + SEPARATORS;
  return bytes;
}

/** Quotes, a comma and a blank around each value. */
const SEPARATORS = 4;
