import { domainToASCII } from 'node:url';
import type { AddressKey, AddressPair, GroupName } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import { formatAddress } from '../util/address.ts';

/** Tests whether an event between these addresses may belong to a requested group; its domain is not known yet. */
export function matchesAddresses({ source, destination }: ExplainQuestion, pair: AddressPair): boolean {
  return (source ?? pair.source) === pair.source && (destination ?? pair.destination) === pair.destination;
}

/** Tests whether a group is requested. A host name requests the registrable domain above it. */
export function matchesGroup(question: ExplainQuestion, { source, destination, domain, as }: GroupName): boolean {
  const matches = (requested: AddressKey | undefined, address: string | null) =>
    requested === undefined || formatAddress(requested) === address;
  if (!matches(question.source, source) || !matches(question.destination, destination)) return false;
  if ((question.as ?? as) !== as) return false;
  if (question.domain === undefined) return true;
  const group = domain?.includes(':') ? domain : domainToASCII(domain ?? '');
  return question.domain === group || (group !== '' && question.domain.endsWith(`.${group}`));
}
