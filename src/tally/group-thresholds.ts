import type { Pair } from '../model.ts';
import type { Exception, Threshold } from '../options/exceptions.ts';
import { Steps } from '../util/steps.ts';
import type { Looks } from './looks.ts';
import { entersAt } from './sliding-window.ts';

/** The exceptions with a threshold that a pair is under. */
export type ExceptionsOf = (pair: Pair) => readonly Exception[];

/**
 * The thresholds of one group: at each look, that of the exception which holds then and is last in the file among those
 * that all pairs of its window are under.
 */
export class GroupThresholds {
  private readonly shared: Steps<readonly Exception[]>;

  constructor(pairs: readonly Pair[], exceptionsOf: ExceptionsOf, looks: Looks, windowSeconds: number) {
    const lists = pairs.map(exceptionsOf);
    const all = new Set(lists.flat());
    // At a single look, the pairs of the group are those of the window.
    const isConstant = looks.count === 1 || lists.every((list) => list.length === all.size);
    this.shared = isConstant
      ? Steps.constant([...all].filter((exception) => lists.every((list) => list.includes(exception))))
      : sharedExceptions(pairs, lists, looks, windowSeconds);
  }

  /** @param common bytes where no exception holds */
  above(common: number): Steps<Threshold> {
    const { shared } = this;
    const changes = new Set(shared.changes);
    for (const change of [Number.NEGATIVE_INFINITY, ...shared.changes]) {
      for (const { endsAt } of shared.at(change)) changes.add(endsAt);
    }
    return new Steps(changes, (change) => thresholdOf(shared.at(change), change, common));
  }
}

/** The smallest threshold that a group of these pairs may have at any look; null when it has none of its own. */
export function leastThreshold(pairs: readonly Pair[], exceptionsOf: ExceptionsOf): number | null {
  let least: number | null = null;
  for (const pair of pairs) {
    for (const { aboveBytes } of exceptionsOf(pair)) {
      if (aboveBytes !== null && (least === null || aboveBytes < least)) least = aboveBytes;
    }
  }
  return least;
}

function thresholdOf(exceptions: readonly Exception[], at: number, common: number): Threshold {
  let last: Exception | null = null;
  for (const exception of exceptions) {
    if (exception.endsAt > at && position(exception) > position(last)) last = exception;
  }
  return { bytes: last?.aboveBytes ?? common, exception: last };
}

function position(exception: Exception | null): number {
  return exception?.line?.number ?? 0;
}

/** The exceptions that all pairs of the window are under, as pairs enter and leave it. */
function sharedExceptions(
  pairs: readonly Pair[],
  lists: readonly (readonly Exception[])[],
  looks: Looks,
  windowSeconds: number,
): Steps<readonly Exception[]> {
  const moves = pairs.flatMap((pair, index) => cellMoves(pair, index, looks, windowSeconds));
  moves.sort((a, b) => a.look - b.look);
  const cellsOf = new Map<number, number>();
  const pairsUnder = new Map<Exception, number>();
  const sharedFrom = new Map<number, readonly Exception[]>([[Number.NEGATIVE_INFINITY, []]]);
  for (const [position, { look, pair, cells }] of moves.entries()) {
    const before = cellsOf.get(pair) ?? 0;
    const after = before + cells;
    if (after > 0) cellsOf.set(pair, after);
    else cellsOf.delete(pair);
    if (before > 0 !== after > 0) {
      for (const one of lists[pair] ?? []) pairsUnder.set(one, (pairsUnder.get(one) ?? 0) + (after > 0 ? 1 : -1));
    }
    if (moves[position + 1]?.look === look) continue;
    const shared = Array.from(pairsUnder).filter(([, count]) => count > 0 && count === cellsOf.size);
    sharedFrom.set(
      looks.time(look),
      shared.map(([exception]) => exception),
    );
  }
  return new Steps(sharedFrom.keys(), (change) => sharedFrom.get(change) ?? []);
}

/** A cell that enters the window at a look (by its index), or leaves it. */
interface CellMove {
  readonly look: number;
  /** Index of the pair. */
  readonly pair: number;
  readonly cells: 1 | -1;
}

function cellMoves({ cells }: Pair, pair: number, looks: Looks, windowSeconds: number): CellMove[] {
  return cells.flatMap((cell): CellMove[] => {
    const [entry, exit] = [looks.indexFrom(entersAt(cell)), looks.indexFrom(cell.first + windowSeconds + 1)];
    if (entry >= exit) return [];
    const enters: CellMove = { look: entry, pair, cells: 1 };
    return exit < looks.count ? [enters, { look: exit, pair, cells: -1 }] : [enters];
  });
}
