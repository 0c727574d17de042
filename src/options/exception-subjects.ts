import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { parseAddress } from '../util/address.ts';
import { parseAsNumber } from '../util/autonomous-system.ts';
import { type AddressRange, type Exception, type ExceptionSubject, subjectText } from './exceptions.ts';
import { Fault } from './setting.ts';

// RFC 1035, 2.3.1, plus the underscore that service names begin with.
const DOMAIN = /^(?=.{1,253}$)(?!.*\.\d+$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.|$))+(?<!\.)$/;

/** Parses `10.0.0.0/8`, `2001:db8::/32` or a single address. */
export function parseRange(text: string): AddressRange | Fault {
  const [base = '', length, ...rest] = text.split('/');
  const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(base);
  if (rest.length > 0 || parseAddress(base) === null) {
    return Fault.of(text, 'is not an address or range such as 10.0.0.0/8 or 2001:db8::/32');
  }
  const bits = isIPv4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(length ?? '0') || Number(length ?? 0) > bits) {
    return Fault.of(text, `needs a prefix length from 0 to ${bits}`);
  }
  const prefixLength = Number(length ?? bits);
  const family = isIPv4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = family.networkAddressFromCIDR(`${base}/${prefixLength}`);
  // 10.1.2.3/8 is as likely a mistyped /32 as a sloppy 10.0.0.0/8, and the wrong guess hides leaks.
  if (network.toString() !== family.parse(base).toString()) {
    return Fault.of(text, `is an address inside a range; write ${network}/${prefixLength} or ${base}/${bits}`);
  }
  // Events hold an IPv4-mapped address as IPv4.
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && prefixLength >= 96) {
    return { text, network: network.toIPv4Address(), prefixLength: prefixLength - 96 };
  }
  return { text, network, prefixLength };
}

/** Parses `efscloud.net`, `.efscloud.net` or `*.efscloud.net`, all of which include subdomains, to lower-case ASCII. */
export function parseDomain(text: string): string | Fault {
  const name = domainToASCII(text.replace(/^\*?\./, '').replace(/\.$/, ''));
  return DOMAIN.test(name) ? name : Fault.of(text, 'is not a domain such as efscloud.net');
}

/** Parses the number of an autonomous system: `AS64496` or `64496`. */
export function parseAs(text: string): number | Fault {
  return parseAsNumber(text) ?? Fault.of(text, 'is not an AS number such as AS64496');
}

/** An exception that leaves out what an --exclude option names. */
export function exclusionOf(subject: ExceptionSubject): Exception {
  return { subject, text: subjectText(subject), aboveBytes: null, endsAt: Number.POSITIVE_INFINITY, line: null };
}
