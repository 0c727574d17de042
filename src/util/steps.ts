/** A value that changes at certain times and is computed on request. Times are Unix seconds. */
export class Steps<T> {
  /** Ascending, each once. */
  readonly changes: readonly number[];
  /** By the change that they hold from on. */
  private readonly values = new Map<number, T>();

  /** @param valueFrom the value from this change on; before the first one it is that of -Infinity */
  constructor(
    changes: Iterable<number>,
    private readonly valueFrom: (change: number) => T,
  ) {
    this.changes = [...new Set(changes)].filter(Number.isFinite).sort((a, b) => a - b);
  }

  static constant<T>(value: T): Steps<T> {
    return new Steps([], () => value);
  }

  at(time: number): T {
    const change = this.changes[this.changesUntil(time) - 1] ?? Number.NEGATIVE_INFINITY;
    const known = this.values.get(change);
    if (known !== undefined) return known;
    const value = this.valueFrom(change);
    this.values.set(change, value);
    return value;
  }

  /** The first change after this time; Infinity when there is none. */
  nextChange(time: number): number {
    return this.changes[this.changesUntil(time)] ?? Number.POSITIVE_INFINITY;
  }

  /** Number of changes at or before this time. */
  private changesUntil(time: number): number {
    let [low, high] = [0, this.changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
