import type { Row } from '../db/database.ts';
import type { AddressPair } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import { parseOctets } from '../scrutinizer/byte-count.ts';
import { describeUnreadable, readEpoch } from '../scrutinizer/event-row.ts';
import type { RowObserver } from '../tally/read-window.ts';
import { addressKey, pairKey } from '../util/address.ts';
import { matchesAddresses } from './matches-question.ts';

export interface CollectedEvent {
  /** The same object for all events of a pair. */
  readonly pair: AddressPair;
  readonly epoch: number;
  /** Null when unreadable. */
  readonly bytes: number | null;
  /** What an unreadable event has in place of a count, safe to print. */
  readonly fragment: string | null;
}

/**
 * Collects the requested events while the window is read. Memory grows with these only; a question about a domain alone
 * collects every event of the window, since domains are not known before all have been read.
 */
export class EventCollector implements RowObserver {
  readonly events: CollectedEvent[] = [];
  private readonly byKey = new Map<string, AddressPair>();

  /** @param from Unix seconds: events before that are of no interest */
  constructor(
    private readonly question: ExplainQuestion,
    private readonly from = Number.NEGATIVE_INFINITY,
  ) {}

  observe([source, destination, epoch, message]: Row): void {
    const time = readEpoch(epoch);
    if (time < this.from) return;
    const pair = { source: addressKey(source), destination: addressKey(destination) };
    if (!matchesAddresses(this.question, pair)) return;
    const fragment = String(message);
    const bytes = parseOctets(fragment);
    const shown = bytes === null ? describeUnreadable(fragment) : null;
    this.events.push({ pair: this.shared(pair), epoch: time, bytes, fragment: shown });
  }

  pairs(): readonly AddressPair[] {
    return [...this.byKey.values()];
  }

  /** One object for equal pairs. */
  private shared(pair: AddressPair): AddressPair {
    const key = pairKey(pair.source, pair.destination);
    const known = this.byKey.get(key);
    if (known) return known;
    this.byKey.set(key, pair);
    return pair;
  }
}
