import type { Cell } from '../model.ts';
import type { Threshold } from '../options/exceptions.ts';
import type { Looks } from '../tally/looks.ts';
import { SlidingWindow } from '../tally/sliding-window.ts';
import type { Steps } from '../util/steps.ts';
import {
  type AlertedStatus,
  type AlertRules,
  alertStatus,
  type Decision,
  decide,
  isAlerted,
  type LastAlert,
  type Total,
} from './decide.ts';
import type { Coverage } from './due-alert.ts';
import type { StoredEpisode } from './memory.ts';

/** What is remembered of a group when a replay begins. */
export interface GroupHistory {
  readonly episode: StoredEpisode | null;
  /** The newest event of the group's last alert, which belongs to an episode that is closed; null without one. */
  readonly lastAlerted: number | null;
}

/** An alert that is due: the look at which its total was largest, and up to when it covers its episode. */
export interface DueLook {
  readonly status: AlertedStatus;
  /** Unix seconds of the look. */
  readonly at: number;
  readonly bytes: bigint;
  readonly covers: Coverage;
}

/** An episode after the replay. */
export interface ReplayedEpisode {
  /** Null when it opened during the replay. */
  readonly stored: StoredEpisode | null;
  readonly openedAt: number;
  /** Unix seconds of the look that closed it; null while it is open. */
  readonly closedAt: number | null;
  /** Null when nothing is due, or only the same alert as before the replay. */
  readonly due: DueLook | null;
}

export interface Replay {
  /** In the order of their time; the last one may be open. */
  readonly episodes: readonly ReplayedEpisode[];
  /** Of the last look, which is now. */
  readonly decision: Decision;
  readonly total: Total;
}

export interface ReplayRules extends Omit<AlertRules, 'thresholdBytes'> {
  readonly windowSeconds: number;
  /** Of the group. */
  readonly thresholds: Steps<Threshold>;
  /** What the totals of a look cover. */
  readonly scopes: Steps<string>;
  /**
   * The looks that may close an episode. A total that has fallen is good news only while the collector is alive, which is
   * not known for earlier looks; none may where it is not decided which events count.
   */
  readonly closing: 'all' | 'past' | 'none';
}

/** An open episode during the replay, as if each of its alerts had been sent at once. */
interface Running {
  readonly stored: StoredEpisode | null;
  readonly openedAt: number;
  alerted: LastAlert | null;
  due: DueLook | null;
  /** What was due before the replay. */
  readonly wasDue: DueLook | null;
}

/**
 * Decides at each look as runs at these times would have, and joins the alerts of an episode into the one with the
 * largest total. Looks at which nothing changes are skipped.
 *
 * @param cells of the group in the order of their first events; no look's window begins or ends within one
 * @param onAlert is called for each alert that runs at these times would have sent
 */
export function replay(
  cells: readonly Cell[],
  history: GroupHistory,
  looks: Looks,
  rules: ReplayRules,
  onAlert: (status: AlertedStatus) => void = () => undefined,
): Replay {
  const window = new SlidingWindow(cells, looks, rules.windowSeconds);
  const episodes: ReplayedEpisode[] = [];
  let running = history.episode && resume(history.episode, rules);
  let { lastAlerted } = history;
  const last = looks.count - 1;
  // An open episode may close at the first look, where nothing changes.
  for (let index = running ? 0 : window.nextChange(); ; index = nextLook(window, running, looks, index, rules)) {
    const at = looks.time(index);
    const isNow = index === last;
    window.moveTo(at);
    const total: Total = { bytes: window.bytes, lastSeen: window.lastSeen, scope: rules.scopes.at(at) };
    let decision = decide(total, running, at, rulesAt(rules, at), lastAlerted);
    if (isAlerted(decision)) {
      onAlert(decision);
      running ??= { stored: null, openedAt: at, alerted: null, due: null, wasDue: null };
    }
    // At `closed`, the total may be too low: not all events of such small groups are read.
    if (running && decision !== 'closed') noteDue(running, isAlerted(decision), total, at, isNow);
    if (running && decision === 'closed') {
      if (mayClose(running, at, isNow, rules)) {
        episodes.push(summarize(running, at, rules));
        lastAlerted = running.alerted?.newest ?? lastAlerted;
        running = null;
      } else decision = 'below';
    }
    if (isNow) return conclude(episodes, running, decision, total, rules);
  }
}

function rulesAt({ thresholds, realertGrowth, realertAfterSeconds }: ReplayRules, at: number): AlertRules {
  return { thresholdBytes: thresholds.at(at).bytes, realertGrowth, realertAfterSeconds };
}

/** The next look at which the total or a rule changes, or at which the time for a repeat has come. */
function nextLook(
  window: SlidingWindow,
  running: Running | null,
  looks: Looks,
  index: number,
  { realertAfterSeconds, thresholds, scopes }: ReplayRules,
): number {
  const at = looks.time(index);
  const ruleChange = Math.min(thresholds.nextChange(at), scopes.nextChange(at));
  const change = Math.min(window.nextChange(), looks.indexFrom(ruleChange));
  const repeat = running?.alerted ? looks.indexFrom(running.alerted.at + realertAfterSeconds) : change;
  return repeat > index ? Math.min(repeat, change) : change;
}

function conclude(
  episodes: readonly ReplayedEpisode[],
  running: Running | null,
  decision: Decision,
  total: Total,
  rules: ReplayRules,
): Replay {
  if (!running) return { episodes, decision, total };
  const summary = summarize(running, null, rules);
  // During the replay a due alert counts as sent, but it is not: until then the group has the alert's status.
  const due = summary.due ?? running.due;
  return {
    episodes: [...episodes, summary],
    decision: due && decision !== 'below' ? due.status : decision,
    total,
  };
}

/** An alert that was due before counts as sent: later events can only make it larger. */
function resume(stored: StoredEpisode, { scopes }: ReplayRules): Running {
  const { openedAt, alerted, pending } = stored;
  if (!pending) return { stored, openedAt, alerted, due: null, wasDue: null };
  const { leak, covers } = pending;
  const { bytes, asOf, status } = leak;
  const due: DueLook = { status: status as AlertedStatus, at: asOf, bytes, covers };
  return { stored, openedAt, alerted: { ...covers, bytes, scope: scopes.at(asOf) }, due, wasDue: due };
}

/** A due alert keeps the largest total; among equal ones that of now, or else the first. */
function noteDue(running: Running, isDue: boolean, total: Total, at: number, isNow: boolean): void {
  const { bytes, lastSeen, scope } = total;
  const { due } = running;
  const isLargest = !due || bytes > due.bytes || (isNow && bytes === due.bytes);
  if (!isDue && !(due && isLargest)) return;
  const covers = { at, newest: lastSeen };
  if (isDue) running.alerted = { at, newest: lastSeen, bytes, scope };
  running.due = due && !isLargest ? { ...due, covers } : { status: due?.status ?? 'new', at, bytes, covers };
}

function mayClose({ alerted }: Running, at: number, isNow: boolean, { closing }: ReplayRules): boolean {
  const mayThisLook = closing === 'all' || (closing === 'past' && !isNow);
  // Only a look at a later time than the last alert can tell that the episode is over: the clock may have been set back.
  return mayThisLook && !(alerted && alerted.at > at);
}

function summarize(
  { stored, openedAt, due, wasDue }: Running,
  closedAt: number | null,
  rules: ReplayRules,
): ReplayedEpisode {
  if (!due || due === wasDue) return { stored, openedAt, closedAt, due: null };
  const status = alertStatus(due.bytes, stored?.alerted ?? null, rules);
  return { stored, openedAt, closedAt, due: { ...due, status } };
}
