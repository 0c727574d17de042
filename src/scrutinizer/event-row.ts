import { sanitize } from '../util/text.ts';
import { OCTETS_TOKEN } from './byte-count.ts';

/** @returns Unix seconds; the column may hold text or fractions */
export function readEpoch(value: unknown): number {
  return Math.floor(Number(value));
}

/** Describes a message without a readable byte count; safe to print. */
export function describeUnreadable(fragment: string): string {
  return sanitize(fragment) || `(no ${OCTETS_TOKEN})`;
}
