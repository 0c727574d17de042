import { type Leak, type LeakSummary, TIMELINE_STEPS } from '../model.ts';
import { asciiJson } from '../util/text.ts';
import { isWholeAlert, isWholeLeak } from './stored-leak.ts';

/** An alert that is due and not yet acknowledged, with the leak as it was when the alert became due. */
export interface DueAlert {
  /** Stays the same when the alert is sent again after a crash or a failed delivery. */
  readonly alertId: string;
  readonly groupKey: string;
  /** Id of its row in the state table. */
  readonly episodeId: string;
  /** Number of runs that failed to send it. */
  readonly failures: number;
  readonly leak: LeakSummary;
  /** Up to when it covers its episode, which may be later than the leak itself. */
  readonly covers: Coverage;
}

/** The look (Unix seconds) up to which an alert covers its episode, and the newest event by then. */
export interface Coverage {
  readonly at: number;
  readonly newest: number;
}

/** The form of a due alert in the state table. */
interface EncodedAlert extends Omit<DueAlert, 'leak' | 'covers' | 'failures'> {
  readonly leak: Leak;
  /** Missing from alerts stored by the first version. */
  readonly failures?: number;
  /** Left out when it is that of the leak itself. */
  readonly covers?: Coverage;
}

/** Fields that are missing from leaks stored by earlier versions. */
const DEFAULTS = {
  domain: null,
  as: null,
  country: null,
  growth: null,
  thresholdBytes: null,
  crossedAt: null,
  timeline: new Array<bigint>(TIMELINE_STEPS).fill(0n),
  activeSlots: 0,
  longestPauseSeconds: 0,
  fqdnsOmitted: 0,
  fqdnsFailure: null,
} satisfies Partial<Leak>;

/** More do not fit into a message. */
const MAX_STORED_FQDNS = 20;

/** Encodes an alert for the state table, in ASCII because the column's character set is unknown. */
export function encodeDueAlert({ leak: summary, covers, ...alert }: DueAlert): string {
  const leak = summary.describe();
  const fqdns = leak.fqdns.slice(0, MAX_STORED_FQDNS);
  const fqdnsOmitted = leak.fqdnsOmitted + leak.fqdns.length - fqdns.length;
  const isOwn = covers.at === leak.asOf && covers.newest === leak.lastSeen;
  const shortened = { ...leak, fqdns, fqdnsOmitted };
  const stored: EncodedAlert = isOwn ? { leak: shortened, ...alert } : { leak: shortened, covers, ...alert };
  const json = JSON.stringify(stored, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  return asciiJson(json);
}

/**
 * Decodes an alert, of which only the text is kept.
 *
 * @throws Error when the text was not written by {@link encodeDueAlert}
 */
export function decodeDueAlert(text: string): DueAlert {
  const { leak, covers = { at: leak.asOf, newest: leak.lastSeen }, ...stored } = decode(text);
  const alert = { ...stored, failures: stored.failures ?? 0, covers };
  if (!isWholeAlert(alert)) throw new Error('not a stored alert');
  const { status, bytes, asOf } = leak;
  return { ...alert, leak: { status, bytes, asOf, describe: () => decode(text).leak } };
}

function decode(text: string): EncodedAlert {
  const alert: EncodedAlert = JSON.parse(text, (key, value) => {
    if (key === 'bytes') return BigInt(value);
    return key === 'timeline' ? value.map(BigInt) : value;
  });
  const leak = { ...DEFAULTS, ...alert.leak };
  if (!isWholeLeak(leak)) throw new Error('not a stored alert');
  return { ...alert, leak };
}
