const CHUNK_BITS = 14;
const CHUNK_RECORDS = 1 << CHUNK_BITS;

/**
 * Records of a few numbers each, known by their indices. They are numbers in arrays, since an object for each of a million
 * costs more than reading the events; and their arrays stay where they are, since copying them into larger ones costs most.
 */
export class Records {
  private used = 0;
  private readonly chunks: Float64Array[] = [];

  /** @param fields how many numbers a record has */
  constructor(private readonly fields: number) {}

  get length(): number {
    return this.used;
  }

  /** @returns the index of a new record of zeros */
  add(): number {
    if (this.used === this.chunks.length * CHUNK_RECORDS) {
      this.chunks.push(new Float64Array(CHUNK_RECORDS * this.fields));
    }
    return this.used++;
  }

  get(index: number, field: number): number {
    return this.chunk(index)[this.offset(index) + field] as number;
  }

  set(index: number, field: number, value: number): void {
    this.chunk(index)[this.offset(index) + field] = value;
  }

  /** The array that holds a record, for loops that count each nanosecond. */
  chunk(index: number): Float64Array {
    return this.chunks[index >> CHUNK_BITS] as Float64Array;
  }

  /** Where in its array a record starts. */
  offset(index: number): number {
    return (index & (CHUNK_RECORDS - 1)) * this.fields;
  }
}
