import { domainToASCII } from 'node:url';
import type { AddressKey, Ends, GroupField, GroupName } from '../model.ts';
import { parseDomain } from '../options/exclusion-list.ts';
import { addressKey, formatAddress, parseAddress } from '../util/address.ts';

/** The groups that are to be explained: those with these values. Undefined is any. */
export interface Question {
  readonly source?: AddressKey;
  readonly destination?: AddressKey;
  /** In lower case and ASCII; or the address that stands for the domain where none is known. */
  readonly domain?: string;
}

const EXAMPLES: Readonly<Record<GroupField, string>> = {
  source: '10.1.1.5',
  destination: '203.0.113.9',
  domain: 'example.net',
};

/**
 * Reads a value for each of the group-by fields, divided by commas; those at the end may be left out.
 *
 * @returns null when it is not that
 */
export function parseQuestion(text: string, groupBy: readonly GroupField[]): Question | null {
  const values = text.split(',').map((value) => value.trim());
  if (values.length > groupBy.length) return null;
  const question: { source?: AddressKey; destination?: AddressKey; domain?: string } = {};
  for (const [index, value] of values.entries()) {
    const field = groupBy[index] as GroupField;
    const parsed = field === 'domain' ? parseDomainValue(value) : parseAddressValue(value);
    if (parsed === null) return null;
    question[field] = parsed;
  }
  return question;
}

/** What {@link parseQuestion} takes, to follow "is not". */
export function expectedQuestion(groupBy: readonly GroupField[]): string {
  const examples = groupBy.map((_, index) => groupBy.slice(0, index + 1).map((field) => EXAMPLES[field])).reverse();
  const address = groupBy.every((field) => field === 'domain') ? '' : ' (an address may be IPv6, or unknown)';
  return `${groupBy.join(',')} as in --group-by, such as ${examples.map((values) => values.join(',')).join(' or ')}${address}`;
}

/** May an event between these belong to an asked group, as far as addresses tell? */
export function matchesEnds({ source, destination }: Question, ends: Ends): boolean {
  return (source ?? ends.source) === ends.source && (destination ?? ends.destination) === ends.destination;
}

/** Is the group one of those that are asked for? A host name asks for the registrable domain that it is below. */
export function matchesGroup(question: Question, { source, destination, domain }: GroupName): boolean {
  const isAsked = (asked: AddressKey | undefined, shown: string | null) =>
    asked === undefined || formatAddress(asked) === shown;
  if (!isAsked(question.source, source) || !isAsked(question.destination, destination)) return false;
  if (question.domain === undefined) return true;
  const group = domain?.includes(':') ? domain : domainToASCII(domain ?? '');
  return question.domain === group || (group !== '' && question.domain.endsWith(`.${group}`));
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
  return 'value' in parsed ? parsed.value : null;
}
