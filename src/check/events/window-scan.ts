import type { Row } from '../../db/database.ts';
import type { AddressKey } from '../../model.ts';
import { parseOctets } from '../../scrutinizer/byte-count.ts';
import { describeUnreadable, readEpoch } from '../../scrutinizer/event-row.ts';
import { addressKey, pairKey } from '../../util/address.ts';
import { sanitize } from '../../util/text.ts';
import { Continuations } from './continuations.ts';
import { EventSeries } from './event-series.ts';

/** Bounds the memory of the series, at 16 bytes an event. */
const MAX_REMEMBERED = 5_000_000;

/** What one scan of the window's events shows, for all checks that are about events. */
export class WindowScan {
  matched = 0;
  /** Epoch of the newest event; null without events. */
  newest: number | null = null;
  unreadable = 0;
  /** A message without a readable byte count; safe to print. */
  unreadableSample: string | null = null;
  /** The newest message with one, safe to print, and the number found in it. */
  readableSample: { readonly text: string; readonly bytes: number } | null = null;
  unknownSources = 0;
  unknownDestinations = 0;
  /** Events in the series; there may be more. */
  remembered = 0;
  readonly continuations: Continuations;
  private readonly pairs = new Map<string, EventSeries>();

  constructor(policies: readonly string[]) {
    this.continuations = new Continuations(policies);
  }

  /** Takes a row of the named events query: source, destination, epoch, message fragment, message from the name on. */
  readonly add = (row: Row): void => {
    const source = addressKey(row[0]);
    const destination = addressKey(row[1]);
    const epoch = readEpoch(row[2]);
    const fragment = String(row[3]);
    this.matched++;
    if (source === '') this.unknownSources++;
    if (destination === '') this.unknownDestinations++;
    this.continuations.add(String(row[4]));
    const isNewest = this.newest === null || epoch > this.newest;
    if (isNewest) this.newest = epoch;
    const bytes = parseOctets(fragment);
    if (bytes === null) {
      this.unreadable++;
      this.unreadableSample ??= describeUnreadable(fragment);
      return;
    }
    if (isNewest || !this.readableSample) this.readableSample = { text: fragment, bytes };
    this.remember(source, destination, epoch, bytes);
  };

  /** The events of each pair with readable counts. */
  get series(): Iterable<EventSeries> {
    return this.pairs.values();
  }

  /** How the newest readable message was read. */
  describeReadable(): string {
    if (!this.readableSample) return '';
    const { text, bytes } = this.readableSample;
    return `"${sanitize(text)}" is read as ${bytes.toLocaleString('en-US')} bytes`;
  }

  private remember(source: AddressKey, destination: AddressKey, epoch: number, bytes: number): void {
    if (this.remembered >= MAX_REMEMBERED) return;
    this.remembered++;
    const key = pairKey(source, destination);
    let series = this.pairs.get(key);
    if (!series) {
      series = new EventSeries(source, destination);
      this.pairs.set(key, series);
    }
    series.add(epoch, bytes);
  }
}
