import type { AddressPair } from '../../model.ts';
import { type DomainNames, type NameRules, readDomainNames } from '../../scrutinizer/domain-names.ts';
import type { CheckContext } from '../context.ts';

/** Of the remaining time, host names may take this part. */
const TIME_PART = 0.5;

/** Reads the names that a run would: those last seen from one window before the window's start on. */
export async function readNames(
  { options, source, asOf, remainingSeconds }: CheckContext,
  pairs: readonly AddressPair[],
  rules?: NameRules,
): Promise<DomainNames> {
  const { database } = await source();
  const from = (await asOf()) - 2 * options.windowSeconds;
  return readDomainNames(database, pairs, from, rules, remainingSeconds() * TIME_PART);
}
