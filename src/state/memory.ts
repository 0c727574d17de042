/** State that runs of a schedule leave for later ones. Times are Unix seconds. */

import type { Episode } from './decide.ts';
import type { DueAlert } from './due-alert.ts';
import type { Scope } from './schedule.ts';

/** An episode with everything stored about it. */
export interface StoredEpisode extends Episode {
  readonly id: string;
  readonly groupKey: string;
  readonly openedAt: number;
  /** Alert that is due and not yet acknowledged. */
  readonly pending: DueAlert | null;
}

export interface State {
  /** Open episodes by group key. */
  readonly open: ReadonlyMap<string, StoredEpisode>;
  /** Alerts of closed episodes that were never acknowledged. */
  readonly undelivered: readonly DueAlert[];
}

/** The last completed run. */
export interface LastRun extends Scope {
  readonly evaluatedUntil: number;
}

export interface Memory {
  readonly state: State;
  /** Null before the first completed run. */
  readonly lastRun: LastRun | null;
}

export const EMPTY_STATE: State = { open: new Map(), undelivered: [] };
export const EMPTY_MEMORY: Memory = { state: EMPTY_STATE, lastRun: null };
