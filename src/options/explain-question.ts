import type { AddressKey, GroupField } from '../model.ts';
import { addressKey, formatAddress, parseAddress } from '../util/address.ts';
import { asName, parseAsNumber } from '../util/autonomous-system.ts';
import { parseDomain } from './exception-subjects.ts';
import { Fault } from './setting.ts';

/** Values of the groups that --explain asks about; undefined matches any. */
export interface ExplainQuestion {
  readonly source?: AddressKey;
  readonly destination?: AddressKey;
  /** In lower-case ASCII; or the address that stands for the domain where none is known. */
  readonly domain?: string;
  /** `AS64496`; or the address that stands for itself. */
  readonly as?: string;
}

const EXAMPLES: Readonly<Record<GroupField, string>> = {
  source: '10.1.1.5',
  destination: '203.0.113.9',
  domain: 'example.net',
  as: 'AS64496',
};

const PARSERS: Readonly<Record<GroupField, (text: string) => string | null>> = {
  source: parseAddressValue,
  destination: parseAddressValue,
  domain: parseDomainValue,
  as: parseAsValue,
};

/**
 * Parses values of the group-by fields, with commas in between or, as copied from a table, spaces; trailing ones may be
 * left out.
 *
 * @returns null when the text is not such a list
 */
export function parseQuestion(text: string, groupBy: readonly GroupField[]): ExplainQuestion | null {
  const values = text.trim().split(/\s*,\s*|\s+/);
  if (values.length > groupBy.length) return null;
  const question: { -readonly [K in keyof ExplainQuestion]: ExplainQuestion[K] } = {};
  for (const [index, value] of values.entries()) {
    const field = groupBy[index] as GroupField;
    const parsed = PARSERS[field](value);
    if (parsed === null) return null;
    question[field] = parsed;
  }
  return question;
}

/** Describes what {@link parseQuestion} accepts, to follow "is not". */
export function expectedQuestion(groupBy: readonly GroupField[]): string {
  const examples = groupBy.map((_, index) => groupBy.slice(0, index + 1).map((field) => EXAMPLES[field])).reverse();
  const address = groupBy.every((field) => field === 'domain') ? '' : ' (an address may also be IPv6, or unknown)';
  const other = groupBy[0] === 'source' ? '; to ask by destination alone, add --group-by destination, or domain' : '';
  return `${groupBy.join(',')} as in --group-by, such as ${examples.map((values) => values.join(',')).join(' or ')}${address}${other}`;
}

function parseAddressValue(text: string): AddressKey | null {
  if (text === formatAddress('')) return '';
  const address = parseAddress(text);
  return address && addressKey(address);
}

function parseDomainValue(text: string): string | null {
  const address = parseAddressValue(text);
  if (address !== null) return formatAddress(address);
  const parsed = parseDomain(text);
  return parsed instanceof Fault ? null : parsed;
}

function parseAsValue(text: string): string | null {
  const address = parseAddressValue(text);
  if (address !== null) return formatAddress(address);
  const number = parseAsNumber(text);
  return number === null ? null : asName(number);
}
