import type { Row } from '../db/database.ts';
import type { Ends } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import { parseOctets } from '../scrutinizer/byte-count.ts';
import { describeUnreadable, readEpoch } from '../scrutinizer/event-row.ts';
import type { Witness } from '../tally/read-window.ts';
import { addressKey, pairKey } from '../util/address.ts';
import { matchesEnds } from './matches-question.ts';

export interface KeptEvent {
  /** The same object for all events of a pair. */
  readonly ends: Ends;
  readonly epoch: number;
  /** Null when unreadable. */
  readonly bytes: number | null;
  /** What an unreadable event has in place of a count, safe to print. */
  readonly fragment: string | null;
}

/**
 * Keeps the asked events of a scan. Memory grows with these only: a question about a domain alone keeps all events of
 * the window, since domains are known when all have been read.
 */
export class EventKeeper implements Witness {
  readonly events: KeptEvent[] = [];
  private readonly ends = new Map<string, Ends>();

  constructor(private readonly question: ExplainQuestion) {}

  see([source, destination, epoch, message]: Row): void {
    const seen = { source: addressKey(source), destination: addressKey(destination) };
    if (!matchesEnds(this.question, seen)) return;
    const fragment = String(message);
    const bytes = parseOctets(fragment);
    const shown = bytes === null ? describeUnreadable(fragment) : null;
    this.events.push({ ends: this.once(seen), epoch: readEpoch(epoch), bytes, fragment: shown });
  }

  pairs(): readonly Ends[] {
    return [...this.ends.values()];
  }

  private once(seen: Ends): Ends {
    const key = pairKey(seen.source, seen.destination);
    const known = this.ends.get(key);
    if (known) return known;
    this.ends.set(key, seen);
    return seen;
  }
}
