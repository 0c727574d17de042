import type { AddressKey } from '../../model.ts';

/** The events of one pair, in two flat arrays: a million objects would take several times the memory. */
export class EventSeries {
  private epochs: number[] = [];
  private counts: number[] = [];
  private isSorted = true;

  constructor(
    readonly source: AddressKey,
    readonly destination: AddressKey,
  ) {}

  add(epoch: number, bytes: number): void {
    if (epoch < (this.epochs.at(-1) ?? 0)) this.isSorted = false;
    this.epochs.push(epoch);
    this.counts.push(bytes);
  }

  /** Sum that is rounded above 2^53; to sort pairs by size. */
  get roughBytes(): number {
    return this.counts.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Times of the events, Unix seconds. */
  sortedTimes(): readonly number[] {
    this.sort();
    return this.epochs;
  }

  /** Calls back for each event that is there more than once: the same time and the same bytes. */
  forEachRepeated(onRepeated: (epoch: number, bytes: number, times: number) => void): void {
    this.sort();
    for (let start = 0, end = 0; start < this.epochs.length; start = end) {
      const epoch = this.epochs[start] as number;
      for (end = start + 1; this.epochs[end] === epoch; ) end++;
      if (end - start === 1) continue;
      const timesByBytes = new Map<number, number>();
      for (const bytes of this.counts.slice(start, end)) timesByBytes.set(bytes, (timesByBytes.get(bytes) ?? 0) + 1);
      for (const [bytes, times] of timesByBytes) if (times > 1) onRepeated(epoch, bytes, times);
    }
  }

  /** Databases return events nearly in the order of their time, so this has seldom anything to do. */
  private sort(): void {
    if (this.isSorted) return;
    const order = this.epochs.map((_, index) => index);
    order.sort((a, b) => (this.epochs[a] as number) - (this.epochs[b] as number));
    this.epochs = order.map((index) => this.epochs[index] as number);
    this.counts = order.map((index) => this.counts[index] as number);
    this.isSorted = true;
  }
}
