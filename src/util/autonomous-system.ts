/** Autonomous systems: who announces an address on the Internet. */

export interface AutonomousSystem {
  readonly number: number;
  /** Safe to print; null when the database does not name it. */
  readonly organization: string | null;
}

/** The largest number; 0 is reserved and stands for no AS (RFC 6793, RFC 7607). */
const MAX_NUMBER = 2 ** 32 - 1;

/** `AS64496` */
export function asName(number: number): string {
  return `AS${number}`;
}

/** Parses `AS64496` or `64496`; null for anything else. */
export function parseAsNumber(text: string): number | null {
  const digits = /^(?:AS)?(\d{1,10})$/i.exec(text)?.[1];
  return digits === undefined || !isAsNumber(Number(digits)) ? null : Number(digits);
}

export function isAsNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_NUMBER;
}
