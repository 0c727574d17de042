/** One MaxMind DB file, opened and read within bounds: a damaged one fails, and never hangs or uses up the memory. */

import { Reader, type Response } from 'mmdb-lib';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Zero bytes between the search tree and the data (MaxMind DB specification, "Data Section Separator"). */
const SEPARATOR_BYTES = 16;
/** In values and bytes of text. The largest records of any publisher take a tenth of it. */
const MAX_VALUE_SIZE = 65_536;
const MAX_DEPTH = 32;

/** Types by their numbers in the specification. */
const EXTENDED = 0;
const POINTER = 1;
const MAP = 7;
const ARRAY = 11;
const BOOLEAN = 14;

/** Added to a pointer, by its size field. */
const POINTER_OFFSETS = [0, 2048, 526_336, 0] as const;

/** Looks up records of unknown shape. */
export interface MmdbFile {
  readonly databaseType: string;
  /** Unix seconds; null when the file does not say. */
  readonly builtAt: number | null;
  /**
   * @param address in text form
   * @returns the same object for all addresses of one record; null when there is none
   * @throws when the file is damaged
   */
  find(address: string): unknown;
}

/** @throws when the file is damaged, or not in this format */
export function openMmdb(bytes: Buffer): MmdbFile {
  const marker = bytes.lastIndexOf(MARKER);
  if (marker < 0) throw new Error('not a MaxMind DB file');
  const metadataAt = marker + MARKER.length;
  checkValue(bytes, metadataAt, metadataAt);
  const records = new Map<number | string, unknown>();
  const reader = new Reader<Response>(bytes, {
    cache: {
      // Called for each record and each pointer before it is decoded.
      get(offset) {
        const known = records.get(offset);
        if (known === undefined) checkValue(bytes, searchTreeSize + SEPARATOR_BYTES, Number(offset));
        return known;
      },
      set: (offset, record) => records.set(offset, record),
    },
  });
  const { databaseType, buildEpoch, ipVersion, searchTreeSize, binaryFormatMajorVersion } = reader.metadata;
  const isComplete =
    typeof databaseType === 'string' &&
    (ipVersion === 4 || ipVersion === 6) &&
    searchTreeSize + SEPARATOR_BYTES <= marker;
  if (!isComplete || binaryFormatMajorVersion !== 2) throw new Error('its metadata is wrong');
  return {
    databaseType,
    builtAt: Number.isNaN(buildEpoch.getTime()) ? null : buildEpoch.getTime() / 1000,
    // mmdb-lib would take the first bits of an IPv6 address for an IPv4 address.
    find: (address) => (ipVersion === 4 && address.includes(':') ? null : reader.get(address)),
  };
}

/**
 * Checks that the value at `start` ends: mmdb-lib follows pointers that form a cycle until the stack overflows, and
 * allocates arrays of any size before it reads them.
 *
 * @param base offset in the file that pointers count from
 * @throws when it nests too deeply, is too large, or lies outside the file
 */
function checkValue(bytes: Buffer, base: number, start: number): void {
  let left = MAX_VALUE_SIZE;

  /** @returns the offset after the value */
  function skip(offset: number, depth: number): number {
    const control = bytes.readUInt8(offset);
    if (control >> 5 === POINTER) {
      const sizeField = (control >> 3) & 3;
      const packed = bytes.readUIntBE(offset + 1, sizeField + 1);
      const high = sizeField === 3 ? 0 : (control & 7) * 256 ** (sizeField + 1);
      enter(0, depth);
      skip(base + (POINTER_OFFSETS[sizeField] as number) + high + packed, depth + 1);
      return offset + sizeField + 2;
    }
    const isExtended = control >> 5 === EXTENDED;
    const type = isExtended ? 7 + bytes.readUInt8(offset + 1) : control >> 5;
    const [size, content] = sizeOf(bytes, control, offset + (isExtended ? 2 : 1));
    enter(size, depth);
    if (type === BOOLEAN) return content;
    if (type !== MAP && type !== ARRAY) return content + size;
    let end = content;
    for (let value = 0; value < (type === MAP ? 2 * size : size); value++) end = skip(end, depth + 1);
    return end;
  }

  function enter(size: number, depth: number): void {
    left -= 1 + size;
    if (left < 0 || depth > MAX_DEPTH) throw new Error('a record in it does not end');
  }

  if (skip(start, 0) > bytes.length) throw new Error('a record in it ends outside the file');
}

/** @returns the size of a value, and the offset of its content */
function sizeOf(bytes: Buffer, control: number, offset: number): [size: number, content: number] {
  const size = control & 31;
  if (size < 29) return [size, offset];
  const length = size - 28;
  const least = [29, 285, 65_821][length - 1] as number;
  return [least + bytes.readUIntBE(offset, length), offset + length];
}
