/** Results of one run's looks, for the stages after it. Times are Unix seconds. */

import type { LeakSummary, Report, Tally } from '../model.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { ClosedEpisode, EpisodeRecord } from '../state/rows.ts';

export interface Findings extends Decisions {
  /** When the last window ended. */
  readonly asOf: number;
  /** The events of the last window. */
  readonly tally: Tally;
  /** Exceptions that hold and that nothing matched. */
  readonly unusedExceptions: readonly string[];
  readonly watched: Report['watched'];
  /** Null when every episode may close whose total has fallen. */
  readonly keptOpen: KeptOpen | null;
  /** Why host names could not be looked up; null when they were. */
  readonly namesFailure: string | null;
  /** False when exceptions or domains depended on those names: then nothing closed, and the looks are to be repeated. */
  readonly isDecided: boolean;
}

/** What is to be reported, stored and sent. */
export interface Decisions {
  /** Groups that are above the threshold now, largest first. */
  readonly leaks: readonly FoundLeak[];
  /** Every alert that is due, in the order in which to send them. */
  readonly due: readonly DueAlert[];
  /** Episodes whose alert became due, or larger. */
  readonly changed: readonly EpisodeRecord[];
  /** Stored episodes that closed and are not among those changed. */
  readonly closed: readonly ClosedEpisode[];
}

export interface FoundLeak {
  readonly leak: LeakSummary;
  /** Null without an episode: the leak was alerted before and has no new bytes. */
  readonly episodeId: string | null;
}

/** Episodes that stay open although their total has fallen. */
export interface KeptOpen {
  readonly episodes: number;
  /** How old the newest event is, in words. */
  readonly age: string;
}
