import { domainToASCII } from 'node:url';
import type { AddressKey, AddressPair, GroupName } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import { formatAddress } from '../util/address.ts';

/** May an event between these belong to an asked group, as far as addresses tell? */
export function matchesAddresses({ source, destination }: ExplainQuestion, pair: AddressPair): boolean {
  return (source ?? pair.source) === pair.source && (destination ?? pair.destination) === pair.destination;
}

/** Is the group one of those that are asked for? A host name asks for the registrable domain that it is below. */
export function matchesGroup(question: ExplainQuestion, { source, destination, domain }: GroupName): boolean {
  const isAsked = (asked: AddressKey | undefined, shown: string | null) =>
    asked === undefined || formatAddress(asked) === shown;
  if (!isAsked(question.source, source) || !isAsked(question.destination, destination)) return false;
  if (question.domain === undefined) return true;
  const group = domain?.includes(':') ? domain : domainToASCII(domain ?? '');
  return question.domain === group || (group !== '' && question.domain.endsWith(`.${group}`));
}
