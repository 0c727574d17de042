import { type AddressPair, compareBytes, type GroupField, type GroupName } from '../model.ts';
import type { Exclusion, Threshold } from '../options/exceptions.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import {
  type AlertCondition,
  type AlertRules,
  closingBytes,
  type Decision,
  hasNewBytes,
  nextAlertConditions,
} from '../state/decide.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import type { Replay } from '../state/replay.ts';
import { NO_IP_DATABASES } from '../tally/ip-database.ts';
import { formatAddress } from '../util/address.ts';
import type { IpFacts } from '../util/autonomous-system.ts';
import { sanitize } from '../util/text.ts';
import { type Account, addEvent, emptyAccount } from './account.ts';
import type { CollectedEvent } from './event-collector.ts';
import { describeDestinations, type ExplainedDestinations } from './explained-destinations.ts';
import { matchesGroup } from './matches-question.ts';

/** An event and what became of it. Times are Unix seconds; all text is safe to print. */
export interface ExplainedEvent {
  readonly time: number;
  readonly group: GroupName;
  readonly source: string;
  readonly destination: string;
  /** Those of the destination; null when there are no IP databases. */
  readonly ipFacts: IpFacts | null;
  /** Null when unreadable. */
  readonly bytes: number | null;
  /** Running total of its group, with this event. */
  readonly total: bigint;
  /** Why it was not counted: `unreadable`, or `excluded:` with the exception and its line; null when it was counted. */
  readonly reason: string | null;
  /** The same without the line. */
  readonly shortReason: string | null;
  readonly fragment: string | null;
  /** True for the event that took the total above the threshold. */
  readonly crosses: boolean;
}

export interface ExplainedGroup extends Omit<Account, 'byDestination'>, ExplainedDestinations {
  readonly threshold: Threshold;
  readonly decision: Decision;
  /** The next run has an alert to send: a new one, or one that could not be sent before. */
  readonly isDue: boolean;
  readonly episode: StoredEpisode | null;
  /** Bytes arrived since the last alert; null when nothing was alerted. */
  readonly hasNewBytes: boolean | null;
  /** Alerts of earlier episodes that were never acknowledged. */
  readonly undelivered: readonly DueAlert[];
  readonly next: readonly AlertCondition[];
  readonly closesAtBytes: bigint;
}

/** Looks up the exception and the group of a pair, and a group's threshold. */
export interface PairFacts {
  exclusionOf(pair: AddressPair): Exclusion | null;
  groupOf(pair: AddressPair): GroupName;
  /** By group key. */
  thresholdOf(key: string): Threshold;
}

/** Explains the requested events, oldest first, and sums them up by group. */
export function explainEvents(
  collected: readonly CollectedEvent[],
  facts: PairFacts,
  question: ExplainQuestion,
  factsOf = NO_IP_DATABASES.factsOf,
) {
  const accounts = new Map<string, Account>();
  const events: ExplainedEvent[] = [];
  const known = new Map<AddressPair, { group: GroupName; exclusion: Exclusion | null }>();
  for (const { pair, epoch, bytes, fragment } of [...collected].sort((a, b) => a.epoch - b.epoch)) {
    const pairFacts = known.get(pair) ?? { group: facts.groupOf(pair), exclusion: facts.exclusionOf(pair) };
    known.set(pair, pairFacts);
    const { group, exclusion } = pairFacts;
    if (!matchesGroup(question, group)) continue;
    const before = accounts.get(group.key) ?? emptyAccount(group);
    const after = addEvent(before, epoch, bytes, exclusion?.description ?? null, facts.thresholdOf(group.key).bytes);
    accounts.set(group.key, after);
    const counted = exclusion === null ? BigInt(bytes ?? 0) : 0n;
    after.byDestination.set(pair.destination, (after.byDestination.get(pair.destination) ?? 0n) + counted);
    events.push({
      time: epoch,
      group,
      source: formatAddress(pair.source),
      destination: formatAddress(pair.destination),
      ipFacts: factsOf(pair.destination),
      bytes,
      total: after.bytes,
      // A run checks exceptions for readable events only.
      reason: bytes === null ? 'unreadable' : exclusion && `excluded: ${exclusion.description}`,
      shortReason: bytes === null ? 'unreadable' : exclusion && `excluded: ${exclusion.text}`,
      fragment,
      crosses: before.crossedAt !== after.crossedAt,
    });
  }
  return { events, accounts };
}

/** What a run knows and decides, by group key. */
export interface RunDecisions {
  readonly replays: ReadonlyMap<string, Replay>;
  readonly state: State;
  /** The threshold of each group at the time of the explanation. */
  thresholdOf(key: string): Threshold;
  /** What its totals cover. */
  readonly scope: string;
  /** False when a run at this time does nothing, since the clock is behind. */
  readonly isRunPossible: boolean;
}

/** Explains what a run decides on each requested group, also on those that only the state knows; largest first. */
export function explainGroups(
  accounts: ReadonlyMap<string, Account>,
  decisions: RunDecisions,
  question: ExplainQuestion,
  groupBy: readonly GroupField[],
  rules: Omit<AlertRules, 'thresholdBytes'>,
  ipDatabases = NO_IP_DATABASES,
): ExplainedGroup[] {
  const all = new Map(accounts);
  const { open, undelivered } = decisions.state;
  const others = [...open.keys(), ...undelivered.map(({ groupKey }) => groupKey), ...decisions.replays.keys()];
  for (const key of others) {
    const name = nameOfKey(key, groupBy);
    if (!all.has(key) && matchesGroup(question, name)) all.set(key, emptyAccount(name));
  }
  return Array.from(all.values(), (account) => ({
    ...explainGroup(account, decisions, rules),
    ...describeDestinations(account, groupBy, ipDatabases),
  })).sort(compareBytes);
}

function explainGroup(
  { byDestination: _, ...account }: Account,
  run: RunDecisions,
  alertRules: Omit<AlertRules, 'thresholdBytes'>,
) {
  const { replays, state, isRunPossible, scope } = run;
  const threshold = run.thresholdOf(account.key);
  const rules = { ...alertRules, thresholdBytes: threshold.bytes };
  const episode = state.open.get(account.key) ?? null;
  const { decision = 'below', episodes = [] } = replays.get(account.key) ?? {};
  const undelivered = state.undelivered.filter(({ groupKey }) => groupKey === account.key);
  const isDue = episodes.some(({ due }) => due !== null) || Boolean(episode?.pending) || undelivered.length > 0;
  return {
    ...account,
    threshold,
    decision,
    isDue: isDue && isRunPossible,
    episode,
    hasNewBytes: episode?.alerted ? hasNewBytes({ ...account, scope }, episode.alerted) : null,
    undelivered,
    next: nextAlertConditions(decision, episode, rules),
    closesAtBytes: closingBytes(rules),
  };
}

/** Splits a group key into its fields, none of which contains a space. */
function nameOfKey(key: string, groupBy: readonly GroupField[]): GroupName {
  const parts = sanitize(key).split(' ');
  const part = (field: GroupField) => parts[groupBy.indexOf(field)] ?? null;
  return { key, source: part('source'), destination: part('destination'), domain: part('domain'), as: part('as') };
}
