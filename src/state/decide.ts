import type { Growth, Status } from '../model.ts';

/** The part of a group's open episode that decides about alerts. */
export interface Episode {
  /** The last alert that was acknowledged; null when none was yet. */
  readonly alerted: LastAlert | null;
}

export interface LastAlert {
  /** Unix seconds. */
  readonly at: number;
  readonly bytes: bigint;
  /** Epoch of its newest event. */
  readonly newest: number;
  /** What its total covers; null when that is not known. */
  readonly scope: string | null;
}

/** A group's current total. */
export interface Total {
  readonly bytes: bigint;
  /** Epoch of the newest event. */
  readonly lastSeen: number;
  /** Window, policies and exceptions: with the same ones, a larger total can only mean new bytes. */
  readonly scope: string;
}

export interface AlertRules {
  readonly thresholdBytes: number;
  /** Factor over the last alert's bytes; 0 is off. */
  readonly realertGrowth: number;
  /** Infinity is off. */
  readonly realertAfterSeconds: number;
}

/**
 * A leak's status or, for a group that is not a leak, `below` (nothing changes; an open episode stays open) or `closed`
 * (its open episode ends).
 */
export type Decision = Status | 'below' | 'closed';

export type AlertedStatus = Exclude<Status, 'known'>;

/** Condition under which a group is alerted with this status. */
export interface AlertCondition {
  readonly status: AlertedStatus;
  /** The lowest total for it. */
  readonly atBytes: bigint;
  /** Unix seconds; null for any time. */
  readonly notBefore: number | null;
}

// Options allow six decimals in a growth factor: scaled, it is an integer, so that comparisons are exact.
const GROWTH_SCALE = 1_000_000;

/**
 * Decides what a group is at this time; `new`, `grown` and `repeat` are alerted, nothing else is.
 *
 * @param episode the group's open episode
 * @param lastAlerted without an open episode: epoch of the newest event of the group's last alert; null when it had none
 */
export function decide(
  total: Total,
  episode: Episode | null,
  now: number,
  rules: AlertRules,
  lastAlerted: number | null = null,
): Decision {
  if (total.bytes <= rules.thresholdBytes) return episode && total.bytes <= closingBytes(rules) ? 'closed' : 'below';
  // A rolling total stays high for up to a window after the last event, but without new bytes there is no news.
  if (episode?.alerted && !hasNewBytes(total, episode.alerted)) return 'known';
  if (!episode && lastAlerted !== null && total.lastSeen <= lastAlerted) return 'known';
  const due = alertConditions(episode, rules).find(
    ({ atBytes, notBefore }) => total.bytes >= atBytes && (notBefore === null || now >= notBefore),
  );
  return due?.status ?? 'known';
}

/** Is the total above the threshold? */
export function isLeak(decision: Decision): decision is Status {
  return decision !== 'below' && decision !== 'closed';
}

export function isAlerted(decision: Decision): decision is AlertedStatus {
  return decision === 'new' || decision === 'grown' || decision === 'repeat';
}

/**
 * Lists the conditions under which the group is alerted next, in the order in which they are checked; none when
 * alerting again is off. All but `new` also require new bytes since the last alert.
 */
export function nextAlertConditions(decision: Decision, episode: Episode | null, rules: AlertRules): AlertCondition[] {
  return alertConditions(decision === 'closed' ? null : episode, rules);
}

/** Half the threshold: an episode closes when its group's total falls to this. */
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

/** Status of an alert that is due again, given its total and the last alert. */
export function alertStatus(
  bytes: bigint,
  alerted: LastAlert | null,
  { realertGrowth }: Pick<AlertRules, 'realertGrowth'>,
): AlertedStatus {
  if (!alerted) return 'new';
  return realertGrowth > 0 && bytes >= multiplyRoundingUp(alerted.bytes, realertGrowth) ? 'grown' : 'repeat';
}

/** @returns null when there was no alert before this time, or when its total cannot be compared with the current one */
export function growthSince(
  episode: Episode | null,
  { bytes, scope }: Pick<Total, 'bytes' | 'scope'>,
  now: number,
): Growth | null {
  const alerted = episode?.alerted;
  // The last alert is in the future with --as-of in the past, or when the clock was set back.
  if (!alerted || alerted.scope !== scope || alerted.at > now) return null;
  return { bytes: bytes - alerted.bytes, sinceSeconds: now - alerted.at };
}

/** Counts late events with an old epoch as new bytes, but not old events that a longer window brings back. */
export function hasNewBytes(total: Total, alerted: LastAlert): boolean {
  return total.lastSeen > alerted.newest || (alerted.scope === total.scope && total.bytes > alerted.bytes);
}

function multiplyRoundingUp(bytes: bigint, factor: number): bigint {
  const scale = BigInt(GROWTH_SCALE);
  return (bytes * BigInt(Math.round(factor * GROWTH_SCALE)) + scale - 1n) / scale;
}
