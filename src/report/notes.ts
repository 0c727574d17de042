import stringWidth from 'string-width';
import type { Breakdown, Report } from '../model.ts';
import type { Screen } from '../terminal.ts';
import { cutMiddle, fold } from './fold.ts';
import { sparkline } from './sparkline.ts';
import {
  addressText,
  describeShape,
  destinationText,
  growthNote,
  omittedNames,
  ownerText,
  ownThreshold,
  paceNote,
  type ShownGroup,
  shareFacts,
  shareText,
  shortTime,
} from './words.ts';

/** Host names shown per leak; JSON and CSV have up to 100. */
const NAMES_SHOWN = 3;
const LARGEST = 'largest: ';

/** The registrable domain of a host name; null when it has none. */
type DomainOf = (name: string) => string | null;

/**
 * Lines below a leak's row, for what does not fit into its columns.
 *
 * @param columns width of a line
 */
export async function notesOf(
  leak: ShownGroup,
  report: Report,
  { isTerminal }: Screen,
  columns: number,
): Promise<string[]> {
  const own = ownThreshold(leak, report.thresholdBytes);
  const noteColumns = isTerminal ? columns : Number.POSITIVE_INFINITY;
  const facts = [
    leak.asOf < report.asOf ? `above the threshold at ${shortTime(leak.asOf)}` : '',
    `${sparkline(leak.timeline)}  ${describeShape(leak)}`.trimEnd(),
    destinationNote(leak, report),
    own === '' ? '' : `threshold of its own: ${own}`,
    paceNote(leak),
    growthNote(leak),
    ...largestShare(leak, leak.sources, 'from', noteColumns),
    ...largestShare(leak, leak.destinations, 'to', noteColumns),
  ].filter((fact) => fact !== '');
  const names = leak.fqdns.slice(0, NAMES_SHOWN);
  const omitted = omittedNames(leak, NAMES_SHOWN);
  const list = [...names, omitted].filter((name) => name !== '').join(', ');
  if (list !== '' && stringWidth(list) <= columns) facts.push(list);
  else if (list !== '' && isTerminal) facts.push(...(await cutNames(names, columns)), omitted);
  else if (list !== '') facts.push(...names, omitted);
  return facts.flatMap((fact) => (fact === '' ? [] : fold(fact, noteColumns)));
}

/** Shortens names in the middle: an attacker chooses how they begin, and the registrable domain says whose they are. */
async function cutNames(names: readonly string[], columns: number): Promise<string[]> {
  if (names.every((name) => stringWidth(name) <= columns)) return [...names];
  // The public suffix list is large, and few tables need it.
  const { registrableDomain } = await import('../tally/registrable-domain.ts');
  return names.map((name) => cutName(name, columns, registrableDomain));
}

function cutName(name: string, columns: number, domainOf: DomainOf): string {
  const domain = domainOf(name);
  const end =
    domain === null
      ? 0
      : stringWidth(domain) + ('.'.length + stringWidth(name) - stringWidth(name.replace(/\.+$/, '')));
  return end < columns ? cutMiddle(name, columns, end) : name;
}

/** The destinations behind a domain or an AS, and their AS and country, as far as the row does not name them. */
function destinationNote(group: ShownGroup, report: Report): string {
  const behind = addressText(group.destination, group.destinations, 'destination');
  const parts = [behind === destinationText(group, report) ? '' : behind, ownerText(group, report)];
  return parts.filter((part) => part !== '').join(', ');
}

/** The largest address with its share; its AS and country on lines of their own where one line is too short for all. */
function largestShare(group: ShownGroup, breakdown: Breakdown | null, preposition: string, columns: number): string[] {
  const largest = breakdown?.top[0];
  if (!breakdown || !largest || breakdown.count === 1 || group.bytes === 0n) return [];
  const facts = shareFacts(largest, group);
  const share = `${LARGEST}${shareText(largest.bytes, group.bytes)} ${preposition} ${largest.address}`;
  if (facts === '') return [share];
  const line = `${share}, ${facts}`;
  if (stringWidth(line) <= columns) return [line];
  const indent = ' '.repeat(LARGEST.length);
  return [`${share},`, ...fold(facts, columns - indent.length).map((part) => indent + part)];
}
