import type { AddressKey, GroupName } from '../model.ts';
import { namedDestination } from './explained-destinations.ts';

/** Sums over the events of a group. */
export interface Account extends GroupName {
  readonly bytes: bigint;
  /** Counted events only. */
  readonly events: number;
  readonly excludedEvents: number;
  readonly excludedBytes: bigint;
  /** What leaves them out, in the order of their events. */
  readonly exclusions: readonly string[];
  readonly unreadableEvents: number;
  /** Time of the newest counted event; 0 when there is none. */
  readonly lastSeen: number;
  /** Time of the event that took the total above the threshold; null when none did. */
  readonly crossedAt: number | null;
  /** Counted bytes by destination. */
  readonly byDestination: Map<AddressKey, bigint>;
}

/**
 * An account with one more event.
 *
 * @param bytes null when unreadable
 * @param exclusion what leaves it out; null when it counts
 * @param threshold of its group
 */
export function addEvent(
  account: Account,
  epoch: number,
  bytes: number | null,
  exclusion: string | null,
  threshold: number,
): Account {
  if (bytes === null) return { ...account, unreadableEvents: account.unreadableEvents + 1 };
  if (exclusion !== null) {
    const { exclusions } = account;
    return {
      ...account,
      excludedEvents: account.excludedEvents + 1,
      excludedBytes: account.excludedBytes + BigInt(bytes),
      exclusions: exclusions.includes(exclusion) ? exclusions : [...exclusions, exclusion],
    };
  }
  const total = account.bytes + BigInt(bytes);
  const crossedAt = account.crossedAt ?? (total > threshold ? epoch : null);
  return { ...account, bytes: total, events: account.events + 1, lastSeen: epoch, crossedAt };
}

export function emptyAccount(name: GroupName): Account {
  const destination = namedDestination(name);
  return {
    ...name,
    ...{ bytes: 0n, events: 0, excludedEvents: 0, excludedBytes: 0n, exclusions: [], unreadableEvents: 0 },
    lastSeen: 0,
    crossedAt: null,
    byDestination: new Map(destination === null ? [] : [[destination, 0n]]),
  };
}
