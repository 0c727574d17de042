import { type Leak, TIMELINE_STEPS } from '../model.ts';

/** An alert that is due and not acknowledged yet, with the facts it was decided on. */
export interface DueAlert {
  /** Stays the same when the alert is repeated after a crash or a failed delivery. */
  readonly alertId: string;
  readonly groupKey: string;
  /** The state row that remembers it. */
  readonly episodeId: string;
  /** Runs that tried to send it and could not. */
  readonly failures: number;
  readonly leak: Leak;
}

/** Leaks that earlier versions stored lack these. */
const DEFAULTS_OF_OLD_LEAKS = {
  domain: null,
  growth: null,
  timeline: new Array<bigint>(TIMELINE_STEPS).fill(0n),
  activeSlots: 0,
  longestPauseSeconds: 0,
} satisfies Partial<Leak>;

/** A message has room for no more. */
const MAX_STORED_FQDNS = 20;

/** As text for the state table, in ASCII, since the column's character set is not known. */
export function encodeDueAlert({ leak, ...alert }: DueAlert): string {
  const stored = { ...alert, leak: { ...leak, fqdns: leak.fqdns.slice(0, MAX_STORED_FQDNS) } };
  const json = JSON.stringify(stored, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** @throws Error when the text was not written by {@link encodeDueAlert} */
export function decodeDueAlert(text: string): DueAlert {
  const alert: DueAlert = JSON.parse(text, (key, value) => {
    if (key === 'bytes') return BigInt(value);
    return key === 'timeline' ? value.map(BigInt) : value;
  });
  return { ...alert, leak: { ...DEFAULTS_OF_OLD_LEAKS, ...alert.leak } };
}
