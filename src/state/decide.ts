import type { Growth, Status } from '../model.ts';

/** What is remembered of a group's open episode. */
export interface Episode {
  /** Unix seconds of the last alert that was acknowledged; null when none was yet. */
  readonly alerted: LastAlert | null;
}

interface LastAlert {
  /** Unix seconds. */
  readonly at: number;
  readonly bytes: bigint;
  /** Epoch of the newest event in it. */
  readonly newest: number;
  /** The window and the policies were those of now, so that a larger total means new bytes and nothing else. */
  readonly isComparable: boolean;
}

/** The group as it is now. */
export interface Total {
  readonly bytes: bigint;
  /** Epoch of the newest event. */
  readonly lastSeen: number;
}

export interface AlertRules {
  readonly thresholdBytes: number;
  /** 0 is off. */
  readonly realertGrowth: number;
  /** Infinity is off. */
  readonly realertAfterSeconds: number;
}

/**
 * The leak statuses, and for a group that is not a leak: `below` (nothing to do; an open episode stays open) or
 * `closed` (its open episode ends).
 */
export type Decision = Status | 'below' | 'closed';

// Options allow six decimals in a growth factor; scaled by this, it is an integer and the comparison exact.
const GROWTH_SCALE = 1_000_000;

/** Says what a group is at this time, and so whether to alert: `new`, `grown` and `repeat` do, nothing else does. */
export function decide(total: Total, episode: Episode | null, now: number, rules: AlertRules): Decision {
  if (total.bytes <= rules.thresholdBytes) {
    return episode !== null && total.bytes * 2n <= rules.thresholdBytes ? 'closed' : 'below';
  }
  const alerted = episode?.alerted;
  if (!alerted) return 'new';
  // Old bytes keep a rolling total high for up to a window after the last one: without new bytes there is no news.
  if (!hasNewBytes(total, alerted)) return 'known';
  if (rules.realertGrowth > 0 && hasGrown(total.bytes, alerted.bytes, rules.realertGrowth)) return 'grown';
  if (now - alerted.at >= rules.realertAfterSeconds) return 'repeat';
  return 'known';
}

export function isAlerted(decision: Decision): decision is 'new' | 'grown' | 'repeat' {
  return decision === 'new' || decision === 'grown' || decision === 'repeat';
}

/** @returns null when there was no alert before this time, or when its total cannot be compared with the one of now */
export function growthSince(episode: Episode | null, bytes: bigint, now: number): Growth | null {
  const alerted = episode?.alerted;
  // The last alert is in the future of a look at the past, and when the clock was set back.
  if (!alerted?.isComparable || alerted.at > now) return null;
  return { bytes: bytes - alerted.bytes, sinceSeconds: now - alerted.at };
}

/** Newer ones, or ones that came late with the epoch of older ones; not those that a longer window brings back. */
function hasNewBytes(total: Total, alerted: LastAlert): boolean {
  return total.lastSeen > alerted.newest || (alerted.isComparable && total.bytes > alerted.bytes);
}

function hasGrown(now: bigint, before: bigint, factor: number): boolean {
  return now * BigInt(GROWTH_SCALE) >= before * BigInt(Math.round(factor * GROWTH_SCALE));
}
