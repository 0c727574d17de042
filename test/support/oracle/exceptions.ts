/** Section 3 of the contract, "Exceptions", in as few words as possible. It shares no code with the product. */

/** A line of an exceptions file, or an entry of an --exclude option. Times are Unix seconds. */
export interface Line {
  readonly kind: string;
  readonly value: string;
  /** Null leaves a pair out. */
  readonly above: bigint | null;
  readonly endsAt: number;
}

/** What lines are compared with. */
export interface Traits {
  readonly source: string;
  readonly destination: string;
  readonly fqdns: readonly string[];
  readonly as: string | null;
}

/** @param line without a comment, its size in bytes */
export function readLine(line: string): Line {
  const [, first = '', second, , above = null, , until] =
    /^(\S+)(?: (?!above|until)(\S+))?( above (\d+))?( until (\S+))?$/.exec(line.trim()) ?? [];
  const kind = second === undefined ? (/[a-z]/.test(first) && !first.includes(':') ? 'domain' : 'destination') : first;
  const endsAt = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until) / 1000 + 86_400;
  return { kind, value: second ?? first, above: above === null ? null : BigInt(above), endsAt };
}

/** Those that may stand in a file: a threshold of its own must name a field of the groups. */
export function allowedLines(lines: readonly string[], groupBy: string): string[] {
  const fields = groupBy.split(',');
  return lines.filter((line) => {
    const { kind, above } = readLine(line);
    const needed = kind === 'domain' || kind === 'as' ? [kind, 'destination'] : [kind];
    return above === null || needed.some((field) => fields.includes(field));
  });
}

/** Is a pair of such addresses left out at this look? */
export function isLeftOut(lines: readonly Line[], traits: Traits, look: number): boolean {
  const valid = lines.filter(({ above, endsAt }) => above === null && look < endsAt);
  const isNamed = (fqdn: string) => valid.some((line) => line.kind === 'domain' && isBelow(fqdn, line.value));
  return (
    valid.some((line) => line.kind !== 'domain' && isUnder(line, traits)) ||
    (traits.fqdns.length > 0 && traits.fqdns.every(isNamed))
  );
}

/** The threshold of a group of these pairs at this look, and its line. */
export function thresholdOf(lines: readonly Line[], pairs: readonly Traits[], common: bigint, look: number): bigint {
  const own = lines.filter(
    (line) =>
      line.above !== null && look < line.endsAt && pairs.length > 0 && pairs.every((pair) => isUnder(line, pair)),
  );
  return own.at(-1)?.above ?? common;
}

function isUnder({ kind, value }: Line, { source, destination, fqdns, as }: Traits): boolean {
  if (kind === 'domain') return fqdns.length > 0 && fqdns.every((fqdn) => isBelow(fqdn, value));
  if (kind === 'as') return as === value;
  return isWithin(kind === 'source' ? source : destination, value);
}

function isBelow(fqdn: string, domain: string): boolean {
  return `.${fqdn}`.endsWith(`.${domain}`);
}

/** Compares bit by bit. An unknown address is in no range. */
function isWithin(address: string, range: string): boolean {
  const [network = '', length] = range.split('/');
  const [bits, base] = [bitsOf(address), bitsOf(network)];
  const prefix = base.slice(0, length === undefined ? base.length : Number(length));
  return bits.length > 0 && bits.length === base.length && bits.startsWith(prefix);
}

function bitsOf(address: string): string {
  const toBits = (part: string, radix: number, width: number) =>
    Number.parseInt(part, radix).toString(2).padStart(width, '0');
  if (/^[\d.]+$/.test(address)) {
    return address
      .split('.')
      .map((part) => toBits(part, 10, 8))
      .join('');
  }
  if (!address.includes(':')) return '';
  const [head = '', tail] = address.split('::').map((half) => half.split(':').filter((part) => part !== ''));
  const missing = tail === undefined ? 0 : 8 - head.length - tail.length;
  const parts = [...head, ...new Array<string>(missing).fill('0'), ...(tail ?? [])];
  return parts.map((part) => toBits(part, 16, 16)).join('');
}
