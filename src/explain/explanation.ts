import { type AddressPair, compareBytes, type GroupField, type GroupName } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import {
  type AlertCondition,
  type AlertRules,
  closingBytes,
  type Decision,
  decide,
  hasNewBytes,
  isAlerted,
  nextAlertConditions,
} from '../state/decide.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import { formatAddress } from '../util/address.ts';
import { sanitize } from '../util/text.ts';
import type { CollectedEvent } from './event-collector.ts';
import { matchesGroup } from './matches-question.ts';

/** What became of an event. Times are Unix seconds; all text is safe to print. */
export interface ExplainedEvent {
  readonly time: number;
  readonly group: GroupName;
  readonly source: string;
  readonly destination: string;
  /** Null when unreadable. */
  readonly bytes: number | null;
  /** Of the events of its group up to this one. */
  readonly total: bigint;
  /** Why it was not counted: `unreadable`, or `excluded:` with the entry; null when it was. */
  readonly reason: string | null;
  readonly fragment: string | null;
  /** With it the total came above the threshold. */
  readonly crosses: boolean;
}

/** What the events of a group come to. */
export interface Account extends GroupName {
  readonly bytes: bigint;
  /** Those counted. */
  readonly events: number;
  readonly excludedEvents: number;
  readonly excludedBytes: bigint;
  readonly unreadableEvents: number;
  /** Of those counted; 0 when there is none, as for a group that a run does not find. */
  readonly lastSeen: number;
  /** When the total came above the threshold; null when it is not. */
  readonly crossedAt: number | null;
}

export interface ExplainedGroup extends Account {
  readonly decision: Decision;
  /** The next run has an alert of it to send: one decided on now, or one that could not be sent before. */
  readonly isDue: boolean;
  readonly episode: StoredEpisode | null;
  /** Bytes arrived since the last alert; null when there was none. */
  readonly hasNewBytes: boolean | null;
  /** Alerts of earlier episodes that were never acknowledged. */
  readonly undelivered: readonly DueAlert[];
  readonly next: readonly AlertCondition[];
  readonly closesAtBytes: bigint;
}

/** What is known of the pairs of a window. */
export interface PairFacts {
  exclusionOf(pair: AddressPair): string | null;
  groupOf(pair: AddressPair): GroupName;
}

/** The asked events in the order of their time with the running total of each group, and what the groups come to. */
export function explainEvents(
  collected: readonly CollectedEvent[],
  facts: PairFacts,
  question: ExplainQuestion,
  threshold: bigint,
) {
  const accounts = new Map<string, Account>();
  const events: ExplainedEvent[] = [];
  const known = new Map<AddressPair, { group: GroupName; exclusion: string | null }>();
  for (const { pair, epoch, bytes, fragment } of [...collected].sort((a, b) => a.epoch - b.epoch)) {
    const pairFacts = known.get(pair) ?? { group: facts.groupOf(pair), exclusion: facts.exclusionOf(pair) };
    known.set(pair, pairFacts);
    const { group, exclusion } = pairFacts;
    if (!matchesGroup(question, group)) continue;
    const before = accounts.get(group.key) ?? emptyAccount(group);
    const excluded = exclusion === null ? null : `excluded: ${exclusion}`;
    // A run does not look at who sent what it cannot read.
    const reason = bytes === null ? 'unreadable' : excluded;
    const after = withEvent(before, epoch, bytes, reason, threshold);
    accounts.set(group.key, after);
    events.push({
      time: epoch,
      group,
      source: formatAddress(pair.source),
      destination: formatAddress(pair.destination),
      bytes,
      total: after.bytes,
      reason,
      fragment,
      crosses: before.crossedAt !== after.crossedAt,
    });
  }
  return { events, accounts };
}

/** Adds the asked groups that only the state knows, says what a run decides on each and why; largest first. */
export function explainGroups(
  accounts: ReadonlyMap<string, Account>,
  state: State,
  question: ExplainQuestion,
  groupBy: readonly GroupField[],
  asOf: number,
  rules: AlertRules,
): ExplainedGroup[] {
  const all = new Map(accounts);
  for (const key of [...state.open.keys(), ...state.undelivered.map(({ groupKey }) => groupKey)]) {
    const name = nameOfKey(key, groupBy);
    if (!all.has(key) && matchesGroup(question, name)) all.set(key, emptyAccount(name));
  }
  return Array.from(all.values(), (account) => explainGroup(account, state, asOf, rules)).sort(compareBytes);
}

function explainGroup(account: Account, state: State, asOf: number, rules: AlertRules): ExplainedGroup {
  const episode = state.open.get(account.key) ?? null;
  const decision = decide(account, episode, asOf, rules);
  const undelivered = state.undelivered.filter(({ groupKey }) => groupKey === account.key);
  return {
    ...account,
    decision,
    isDue: isAlerted(decision) || Boolean(episode?.pending) || undelivered.length > 0,
    episode,
    hasNewBytes: episode?.alerted ? hasNewBytes(account, episode.alerted) : null,
    undelivered,
    next: nextAlertConditions(account, episode, asOf, rules),
    closesAtBytes: closingBytes(rules),
  };
}

function withEvent(account: Account, epoch: number, bytes: number | null, reason: string | null, threshold: bigint) {
  if (bytes === null) return { ...account, unreadableEvents: account.unreadableEvents + 1 };
  if (reason !== null) {
    const excludedBytes = account.excludedBytes + BigInt(bytes);
    return { ...account, excludedEvents: account.excludedEvents + 1, excludedBytes };
  }
  const total = account.bytes + BigInt(bytes);
  const crossedAt = account.crossedAt ?? (total > threshold ? epoch : null);
  return { ...account, bytes: total, events: account.events + 1, lastSeen: epoch, crossedAt };
}

function emptyAccount(name: GroupName): Account {
  return {
    ...name,
    ...{ bytes: 0n, events: 0, excludedEvents: 0, excludedBytes: 0n, unreadableEvents: 0 },
    lastSeen: 0,
    crossedAt: null,
  };
}

/** The key of a group is its fields, none of which has a space in it. */
function nameOfKey(key: string, groupBy: readonly GroupField[]): GroupName {
  const parts = sanitize(key).split(' ');
  const part = (field: GroupField) => parts[groupBy.indexOf(field)] ?? null;
  return { key, source: part('source'), destination: part('destination'), domain: part('domain') };
}
