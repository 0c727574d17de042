/** Writes MaxMind DB files (https://maxmind.github.io/MaxMind-DB/), with pointers for text that repeats. */

import ipaddr from 'ipaddr.js';

/** A number is written as uint32, a bigint as uint64, and as uint16 what `uint16` returns. */
export type MmdbValue =
  | string
  | number
  | bigint
  | Uint16Array
  | boolean
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue };

export interface MmdbShape {
  readonly databaseType?: string;
  readonly recordSize?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  readonly buildEpoch?: number;
}

type Node = [Node | number | null, Node | number | null];

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const TYPES = { pointer: 1, text: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 };

/** Where a shorter range lies within a longer one, give the longer one first. */
export function mmdb(records: Readonly<Record<string, MmdbValue>>, shape: MmdbShape = {}): Buffer {
  const { databaseType = 'Example-ASN', recordSize = 24, ipVersion = 6, buildEpoch = 1_763_900_000 } = shape;
  const data = new DataSection();
  const root: Node = [null, null];
  const offsets = new Map<MmdbValue, number>();
  for (const [range, record] of Object.entries(records)) {
    const offset = offsets.get(record) ?? data.add(record);
    offsets.set(record, offset);
    insert(root, bitsOf(range, ipVersion), offset);
  }
  const nodes = numberNodes(root);
  const metadata = new DataSection();
  // libmaxminddb insists on the types.
  metadata.add({
    binary_format_major_version: uint16(2),
    binary_format_minor_version: uint16(0),
    build_epoch: BigInt(buildEpoch),
    database_type: databaseType,
    description: { en: 'Made by the tests' },
    ip_version: uint16(ipVersion),
    languages: ['en'],
    node_count: nodes.size,
    record_size: uint16(recordSize),
  });
  return Buffer.concat([treeOf(nodes, recordSize), Buffer.alloc(16), data.bytes, MARKER, metadata.bytes]);
}

/** An IPv4 range lies at the beginning of a tree for IPv6. */
function bitsOf(range: string, ipVersion: 4 | 6): string {
  const [address, length] = ipaddr.parseCIDR(range);
  const bits = address.toByteArray().map((byte) => byte.toString(2).padStart(8, '0'));
  const prefix = bits.join('').slice(0, length);
  return address.kind() === 'ipv4' && ipVersion === 6 ? '0'.repeat(96) + prefix : prefix;
}

function insert(root: Node, bits: string, record: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const child = node[Number(bit)] ?? null;
    const next: Node = Array.isArray(child) ? child : [child, child];
    node[Number(bit)] = next;
    node = next;
  }
  node[Number(bits.at(-1))] = record;
}

function numberNodes(root: Node): Map<Node, number> {
  const numbers = new Map([[root, 0]]);
  // A Map's loop also visits what is added on the way.
  for (const [node] of numbers) {
    for (const child of node) if (Array.isArray(child)) numbers.set(child, numbers.size);
  }
  return numbers;
}

function treeOf(nodes: ReadonlyMap<Node, number>, recordSize: number): Buffer {
  const numberOf = (child: Node | number | null) => {
    if (Array.isArray(child)) return nodes.get(child) as number;
    return child === null ? nodes.size : nodes.size + 16 + child;
  };
  const hex = Array.from(nodes.keys(), ([left, right]) => {
    const [first, second] = [left, right].map((child) =>
      numberOf(child)
        .toString(16)
        .padStart(recordSize / 4, '0'),
    );
    // With 28 bits, the highest four of both records share the byte in the middle.
    return recordSize === 28 ? `${first?.slice(1)}${first?.[0]}${second}` : `${first}${second}`;
  });
  return Buffer.from(hex.join(''), 'hex');
}

class DataSection {
  private readonly parts: Buffer[] = [];
  private length = 0;
  private readonly offsets = new Map<string, number>();

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  /** @returns the offset of the value */
  add(value: MmdbValue): number {
    const start = this.length;
    this.append(value);
    return start;
  }

  private append(value: MmdbValue): void {
    if (typeof value === 'string') this.appendText(value);
    else if (typeof value === 'boolean') this.push(control(TYPES.boolean, value ? 1 : 0));
    else if (typeof value === 'number') this.push(integer(TYPES.uint32, value));
    else if (typeof value === 'bigint') this.push(integer(TYPES.uint64, value));
    else if (value instanceof Uint16Array) this.push(integer(TYPES.uint16, value[0] as number));
    else if (Array.isArray(value)) this.appendAll(TYPES.array, value.length, value);
    else this.appendAll(TYPES.map, Object.keys(value).length, Object.entries(value).flat());
  }

  private appendAll(type: number, size: number, values: readonly MmdbValue[]): void {
    this.push(control(type, size));
    for (const value of values) this.append(value);
  }

  private appendText(text: string): void {
    const known = this.offsets.get(text);
    const bytes = Buffer.from(text);
    if (known !== undefined && known < 2048 && bytes.length > 1) {
      this.push(Buffer.from([(TYPES.pointer << 5) | (known >> 8), known & 255]));
      return;
    }
    this.offsets.set(text, this.length);
    this.push(control(TYPES.text, bytes.length), bytes);
  }

  private push(...parts: readonly Buffer[]): void {
    this.parts.push(...parts);
    for (const part of parts) this.length += part.length;
  }
}

function uint16(value: number): Uint16Array {
  return Uint16Array.of(value);
}

function integer(type: number, value: number | bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([control(type, bytes.length), bytes]);
}

/** The bytes with a value's type and size. */
function control(type: number, size: number): Buffer {
  const extra = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255];
  const field = size < 29 ? size : 28 + extra.length;
  return Buffer.from(type < 8 ? [(type << 5) | field, ...extra] : [field, type - 7, ...extra]);
}

/** A database of which the record of 203.0.113.0/24 is a pointer to itself. */
export const CYCLIC_MMDB = withRecord('203.0.113.0/24', [TYPES.pointer << 5, 0]);

/** A database in which this range has these bytes for a record. */
export function withRecord(range: string, bytes: readonly number[]): Buffer {
  const whole = mmdb({ [range]: false });
  const end = whole.lastIndexOf(MARKER);
  const start = end - control(TYPES.boolean, 0).length;
  return Buffer.concat([whole.subarray(0, start), Buffer.from(bytes), whole.subarray(end)]);
}
