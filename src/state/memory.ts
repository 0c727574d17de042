/** State that runs of a schedule leave for later ones. Times are Unix seconds. */

import { isIP } from 'node:net';
import type { GroupField } from '../model.ts';
import type { OpenGroups } from '../tally/read-domains.ts';
import type { Episode } from './decide.ts';
import type { Coverage, DueAlert } from './due-alert.ts';
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
  /** Rows that cannot be read, each with what is wrong with it and what to do. */
  readonly damaged: readonly string[];
}

export const EMPTY_STATE: State = { open: new Map(), undelivered: [] };
export const EMPTY_MEMORY: Memory = { state: EMPTY_STATE, lastRun: null, damaged: [] };

/** The groups with an open episode, whose domains a run keeps; null when it groups by none. */
export function openGroups({ open }: State, groupBy: readonly GroupField[]): OpenGroups | null {
  if (open.size === 0 || !groupBy.includes('domain')) return null;
  const bySource = groupBy[0] === 'source';
  // The source comes first in a group key, and no field of it has a space in it.
  const sourceOf = (key: string) => key.split(' ', 1)[0];
  const keys = bySource ? [...open.keys()] : [];
  const sources = new Set(keys.map(sourceOf));
  const domainOf = (key: string) => key.split(' ')[groupBy.indexOf('domain')] ?? '';
  const sourcesWithDomain = new Set(keys.filter((key) => isIP(domainOf(key)) === 0).map(sourceOf));
  return {
    openedAt: (groupKey) => open.get(groupKey)?.openedAt ?? null,
    includesSource: (source) => !bySource || sources.has(source),
    includesDomainOf: (source) => sourcesWithDomain.has(source),
  };
}

/** Moves times in the future, which a wrong clock has left, back to now (Unix seconds). */
export function clampToNow({ state, lastRun, damaged }: Memory, now: number): Memory {
  const clamp = <T extends Coverage>(covers: T): T => ({
    ...covers,
    at: Math.min(covers.at, now),
    newest: Math.min(covers.newest, now),
  });
  const clampAlert = (alert: DueAlert): DueAlert => ({ ...alert, covers: clamp(alert.covers) });
  const clampEpisode = ({ alerted, pending, ...episode }: StoredEpisode): StoredEpisode => ({
    ...episode,
    alerted: alerted && clamp(alerted),
    pending: pending && clampAlert(pending),
  });
  return {
    state: {
      open: new Map(Array.from(state.open, ([key, episode]) => [key, clampEpisode(episode)])),
      undelivered: state.undelivered.map(clampAlert),
    },
    lastRun: lastRun && { ...lastRun, evaluatedUntil: Math.min(lastRun.evaluatedUntil, now) },
    damaged,
  };
}

/** Drops alerts that became due after this time (Unix seconds), which a look at the past knows nothing of. */
export function forgetLaterAlerts({ state, ...memory }: Memory, at: number): Memory {
  const isKnown = ({ leak }: DueAlert) => leak.asOf <= at;
  const forget = ({ pending, ...episode }: StoredEpisode): StoredEpisode => ({
    ...episode,
    pending: pending && isKnown(pending) ? pending : null,
  });
  return {
    ...memory,
    state: {
      open: new Map(Array.from(state.open, ([key, episode]) => [key, forget(episode)])),
      undelivered: state.undelivered.filter(isKnown),
    },
  };
}
