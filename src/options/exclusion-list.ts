import { readFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { type AddressRange, type ExclusionRules, GROUP_FIELDS, type GroupField } from '../model.ts';
import { parseAddress } from '../util/address.ts';

// RFC 1035, 2.3.1, and the underscore that names of services begin with.
const DOMAIN = /^(?=.{1,253}$)(?!.*\.\d+$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.|$))+(?<!\.)$/;

/** One entry of an exclusion list that was understood, or what is wrong with it, to follow the entry. */
type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. */
function parseRange(text: string): Parsed<AddressRange> {
  const [base = '', length, ...rest] = text.split('/');
  const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(base);
  if (rest.length > 0 || parseAddress(base) === null) {
    return { fault: 'is not an address or a range such as 10.0.0.0/8 or 2001:db8::/32' };
  }
  const bits = isIPv4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(length ?? '0') || Number(length ?? 0) > bits) {
    return { fault: `has a prefix length that is not 0 to ${bits}` };
  }
  const prefixLength = Number(length ?? bits);
  const family = isIPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = family.networkAddressFromCIDR(`${base}/${prefixLength}`);
  // 10.1.2.3/8 is as likely a mistyped /32 as a sloppy 10.0.0.0/8, and the wrong one of them hides leaks.
  if (network.toString() !== family.parse(base).toString()) {
    return { fault: `is an address within its range: is ${network}/${prefixLength} or ${base}/${bits} meant?` };
  }
  // Events hold an IPv4-mapped address as the IPv4 address.
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && prefixLength >= 96) {
    return { value: { text, network: network.toIPv4Address(), prefixLength: prefixLength - 96 } };
  }
  return { value: { text, network, prefixLength } };
}

/** Reads a domain with all that is below it, as `efscloud.net`, `.efscloud.net` or `*.efscloud.net`; in lower case and ASCII. */
export function parseDomain(text: string): Parsed<string> {
  const name = domainToASCII(text.replace(/^\*?\./, '').replace(/\.$/, ''));
  return DOMAIN.test(name) ? { value: name } : { fault: 'is not a domain such as efscloud.net' };
}

/** What a line of an exclusion file may exclude. */
type ExclusionKind = GroupField;

interface Entry {
  readonly kind: ExclusionKind;
  readonly text: string;
  /** Where it was found, in the user's words. */
  readonly origin: string;
}

/**
 * Reads a file with one entry a line: an address or a range (of destinations) or a domain; `source 10.0.0.0/8` is for
 * sources. What follows `#` is a comment.
 *
 * @param faults that it cannot be read is added here
 */
function readExclusionFile(file: string, faults: string[]): Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    faults.push(`exclusion file ${file} cannot be read (${code}): check the path and its permissions`);
    return [];
  }
  return text.split(/\r?\n/).flatMap((line, index): Entry[] => {
    const words = line
      .replace(/^\uFEFF/, '')
      .replace(/#.*/, '')
      .trim()
      .split(/\s+/);
    const origin = `${file}, line ${index + 1}`;
    if (words[0] === '') return [];
    const [kind, entry] = words.length === 2 ? words : [kindOf(words[0] as string), words[0]];
    if (words.length <= 2 && entry && isKind(kind)) return [{ kind, text: entry, origin }];
    faults.push(
      `${origin}: ${JSON.stringify(line.trim())} is not an entry such as 10.0.0.0/8, efscloud.net or source 10.1.2.3`,
    );
    return [];
  });
}

function kindOf(entry: string): ExclusionKind {
  return /^[\d.]+(\/|$)|:|\//.test(entry) ? 'destination' : 'domain';
}

function isKind(word: string | undefined): word is ExclusionKind {
  return GROUP_FIELDS.some((field) => field === word);
}

/** A list as it was given: by a flag several times, or in one text, divided by spaces, commas or semicolons. */
export interface RawList {
  readonly entries: readonly string[];
  readonly origin: string;
}

export interface RawExclusions {
  readonly includeSources: RawList;
  readonly excludeSources: RawList;
  readonly excludeDestinations: RawList;
  readonly excludeDomains: RawList;
  /** Null: there is none. */
  readonly file: string | null;
}

/**
 * Understands what is to be left out.
 *
 * @param faults what is wrong with an entry or the file is added here
 */
export function readExclusions(raw: RawExclusions, faults: string[]): ExclusionRules {
  const fromFile = raw.file === null ? [] : readExclusionFile(raw.file, faults);
  function read<T>({ entries, origin }: RawList, kind: ExclusionKind | null, parse: (text: string) => Parsed<T>): T[] {
    const listed = [...entries.map((text) => ({ text, origin })), ...fromFile.filter((entry) => entry.kind === kind)];
    return listed.flatMap(({ text, origin }) => {
      const parsed = parse(text);
      if ('value' in parsed) return [parsed.value];
      faults.push(`${origin}: ${JSON.stringify(text)} ${parsed.fault}`);
      return [];
    });
  }
  return {
    includeSources: read(raw.includeSources, null, parseRange),
    excludeSources: read(raw.excludeSources, 'source', parseRange),
    excludeDestinations: read(raw.excludeDestinations, 'destination', parseRange),
    excludeDomains: [...new Set(read(raw.excludeDomains, 'domain', parseDomain))],
  };
}
