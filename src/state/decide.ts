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
  /** It was over the same window, policies and exclusions as now, so that a larger total can only mean new bytes. */
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

export type AlertedStatus = Exclude<Status, 'known'>;

/** What must hold for a group to be alerted with this status. */
export interface AlertCondition {
  readonly status: AlertedStatus;
  /** The total is at least this. */
  readonly atBytes: bigint;
  /** Unix seconds; null is any time. */
  readonly notBefore: number | null;
}

// Options allow six decimals in a growth factor; scaled by this, it is an integer and the comparison exact.
const GROWTH_SCALE = 1_000_000;

/** Decides what a group is at this time; `new`, `grown` and `repeat` are alerted, nothing else is. */
export function decide(total: Total, episode: Episode | null, now: number, rules: AlertRules): Decision {
  if (total.bytes <= rules.thresholdBytes) return episode && total.bytes <= closingBytes(rules) ? 'closed' : 'below';
  // Old bytes keep a rolling total high for up to a window after the last one: without new bytes there is no news.
  if (episode?.alerted && !hasNewBytes(total, episode.alerted)) return 'known';
  const due = alertConditions(episode, rules).find(
    ({ atBytes, notBefore }) => total.bytes >= atBytes && (notBefore === null || now >= notBefore),
  );
  return due?.status ?? 'known';
}

export function isAlerted(decision: Decision): decision is AlertedStatus {
  return decision === 'new' || decision === 'grown' || decision === 'repeat';
}

/**
 * The conditions under which the group is alerted next, in the order in which they are tried; none when alerting again
 * is off. All but `new` also need new bytes since the last alert.
 */
export function nextAlertConditions(
  total: Total,
  episode: Episode | null,
  now: number,
  rules: AlertRules,
): AlertCondition[] {
  return alertConditions(decide(total, episode, now, rules) === 'closed' ? null : episode, rules);
}

/** An episode closes when its group's total is at or below this: half the threshold. */
export function closingBytes({ thresholdBytes }: Pick<AlertRules, 'thresholdBytes'>): bigint {
  return BigInt(thresholdBytes) / 2n;
}

function alertConditions(episode: Episode | null, rules: AlertRules): AlertCondition[] {
  const { realertGrowth, realertAfterSeconds } = rules;
  const leak = BigInt(rules.thresholdBytes) + 1n;
  const alerted = episode?.alerted;
  if (!alerted) return [{ status: 'new', atBytes: leak, notBefore: null }];
  const grown = multiplyRoundingUp(alerted.bytes, realertGrowth);
  const conditions: AlertCondition[] = [];
  if (realertGrowth > 0) conditions.push({ status: 'grown', atBytes: grown > leak ? grown : leak, notBefore: null });
  if (Number.isFinite(realertAfterSeconds)) {
    conditions.push({ status: 'repeat', atBytes: leak, notBefore: alerted.at + realertAfterSeconds });
  }
  return conditions;
}

/** @returns null when there was no alert before this time, or when its total cannot be compared with the one of now */
export function growthSince(episode: Episode | null, bytes: bigint, now: number): Growth | null {
  const alerted = episode?.alerted;
  // The last alert lies in the future when this is a look at the past, or when the clock was set back.
  if (!alerted?.isComparable || alerted.at > now) return null;
  return { bytes: bytes - alerted.bytes, sinceSeconds: now - alerted.at };
}

/** Bytes are new when they are newer or arrived late with an older epoch, not when a longer window brings them back. */
export function hasNewBytes(total: Total, alerted: LastAlert): boolean {
  return total.lastSeen > alerted.newest || (alerted.isComparable && total.bytes > alerted.bytes);
}

function multiplyRoundingUp(bytes: bigint, factor: number): bigint {
  const scale = BigInt(GROWTH_SCALE);
  return (bytes * BigInt(Math.round(factor * GROWTH_SCALE)) + scale - 1n) / scale;
}
