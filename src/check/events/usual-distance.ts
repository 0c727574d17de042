import type { EventSeries } from './event-series.ts';

/** The saved report's threshold is checked over this time. */
export const PERIOD_SECONDS = 300;
/** Fewer distances say nothing. */
const MIN_DISTANCES = 20;
/** Of all distances, so many are accidents of a steady stream, such as a late row. */
const ACCIDENTS = 0.05;
/** Periods of at least so many events in a row before and after a pause make it one inside a steady stream. */
const STEADY_PERIODS = 3;
/** From two missing periods, since one may be below the report's threshold, to what a day's work may leave out. */
const PAUSE_PERIODS = { least: 3, most: 24 };
const MIN_PAUSES = 5;

/** Distances of the events of pairs, in periods of five minutes. */
export interface Distances {
  readonly count: number;
  /** The most frequent one. */
  readonly usual: number;
  /** The smallest that is no accident. */
  readonly shortest: number;
  /** Pauses of one length inside steady streams, where so many are of that length that it is no accident; else null. */
  readonly pauses: { readonly length: number; readonly count: number } | null;
  /** The pair with most of them. */
  readonly example: EventSeries;
}

/** @returns null when there are too few distances to tell */
export function usualDistance(series: Iterable<EventSeries>): Distances | null {
  const counts = new Map<number, number>();
  const pauses = new Map<number, number>();
  let example: EventSeries | null = null;
  let most = 0;
  for (const pair of series) {
    const distances = distancesOf(pair.sortedTimes());
    for (const distance of distances) increment(counts, distance);
    for (const pause of pausesInside(distances)) increment(pauses, pause);
    if (distances.length > most) [example, most] = [pair, distances.length];
  }
  const count = total(counts);
  if (!example || count < MIN_DISTANCES) return null;
  const usual = mostFrequent(counts)[0];
  const [length, frequency] = pauses.size > 0 ? mostFrequent(pauses) : [0, 0];
  const isRegular = frequency >= MIN_PAUSES && 2 * frequency >= total(pauses);
  const regular = isRegular ? { length, count: frequency } : null;
  return { count, usual, shortest: shortestUsual(counts, count), pauses: regular, example };
}

/** In periods; events of the same period, such as those of several exporters, count as one. */
function distancesOf(times: readonly number[]): number[] {
  const distances: number[] = [];
  let last = times[0] ?? 0;
  for (const time of times) {
    const periods = Math.round((time - last) / PERIOD_SECONDS);
    if (periods === 0) continue;
    distances.push(periods);
    last = time;
  }
  return distances;
}

function pausesInside(distances: readonly number[]): number[] {
  const isSteady = (from: number) =>
    from >= 0 &&
    from + STEADY_PERIODS <= distances.length &&
    distances.slice(from, from + STEADY_PERIODS).every((distance) => distance === 1);
  return distances.filter(
    (distance, at) =>
      distance >= PAUSE_PERIODS.least &&
      distance <= PAUSE_PERIODS.most &&
      isSteady(at - STEADY_PERIODS) &&
      isSteady(at + 1),
  );
}

function shortestUsual(counts: ReadonlyMap<number, number>, count: number): number {
  let sum = 0;
  for (const [distance, frequency] of [...counts].sort(([a], [b]) => a - b)) {
    sum += frequency;
    if (sum >= count * ACCIDENTS) return distance;
  }
  return 1;
}

function mostFrequent(counts: ReadonlyMap<number, number>): readonly [value: number, frequency: number] {
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
}

function total(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function increment(counts: Map<number, number>, value: number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}
