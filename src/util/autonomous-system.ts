/** Autonomous systems: who announces an address on the Internet. */

export interface AutonomousSystem {
  readonly number: number;
  /** Safe to print; null when the database does not name it. */
  readonly organization: string | null;
}

/** What an IP database knows of an address. */
export interface IpFacts {
  readonly as: AutonomousSystem | null;
  /** ISO 3166 code. */
  readonly country: string | null;
}

/** The largest number; 0 is reserved and stands for no AS (RFC 6793, RFC 7607). */
const MAX_NUMBER = 2 ** 32 - 1;

/** `AS64496` */
export function asName(number: number): string {
  return `AS${number}`;
}

/** `AS64496 Example Hosting` */
export function describeAs({ number, organization }: AutonomousSystem): string {
  return organization === null ? asName(number) : `${asName(number)} ${organization}`;
}

/** `AS64496 Example Hosting, NL`, as far as it is known; else empty. */
export function describeIpFacts({ as = null, country = null }: Partial<IpFacts>): string {
  return [as && describeAs(as), country].filter((part) => part !== null).join(', ');
}

/** Parses `AS64496` or `64496`; null for anything else. */
export function parseAsNumber(text: string): number | null {
  const digits = /^(?:AS)?(\d{1,10})$/i.exec(text)?.[1];
  return digits === undefined || !isAsNumber(Number(digits)) ? null : Number(digits);
}

export function isAsNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_NUMBER;
}
