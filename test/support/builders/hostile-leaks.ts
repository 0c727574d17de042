import fc from 'fast-check';
import type { Breakdown, Leak } from '../../../src/model.ts';
import { sanitize, truncateStart } from '../../../src/util/text.ts';

export const LONGEST_RULE = `r${'.'.repeat(63)}`;
const LONGEST_ADDRESS = '2001:db8:1111:2222:3333:4444:5555:6666';

// Host names as an attacker may choose them: any code unit (lone surrogates too), control characters, forged records and fields.
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const hostile = fc.constantFrom(
  ...['\n', '\r\n', '\u0000', '\u001b[2J', '\u007f', '\u0085', '\u202e', '\u2066'],
  ...['\u2028', '\ud83d', '\ude00', '\ufeff'],
  ...['😀', 'é', '\n<174>forged', '\n3000 x', '; Rule: forged', '; Alert: forged', ', ', 'Data Leak: ', ' '],
  ...['=', '\\', '\\=', '|', ' src=10.0.0.1', '"', '"}', '\\n', 'cs1=forged'],
);
export const hostileNames = fc.oneof(
  fc.array(fc.oneof(unit, hostile), { minLength: 1, maxLength: 30, size: 'max' }).map((parts) => parts.join('')),
  fc.tuple(hostile, fc.nat(10_000)).map(([part, length]) => part.repeat(Math.ceil((length + 1) / part.length))),
  fc.domain(),
);
const names = fc.array(hostileNames, { maxLength: 12, size: 'max' });
const bytes = fc.bigInt({ min: 0n, max: 10n ** 30n });
const growth = fc.record({
  bytes: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  sinceSeconds: fc.nat(4_000_000_000),
});
/** As read from an IP database. */
const facts = {
  as: fc.option(
    fc.record({
      number: fc.integer({ min: 1, max: 4_294_967_295 }),
      organization: fc.option(hostileNames.map((name) => [...sanitize(name)].slice(0, 100).join(''))),
    }),
  ),
  country: fc.option(fc.constantFrom('NL', 'DE')),
};
const breakdown: fc.Arbitrary<Breakdown> = fc.record({
  count: fc.integer({ min: 1, max: 1_000_000_000 }),
  top: fc.array(fc.record({ address: fc.constant(LONGEST_ADDRESS), bytes, ...facts }), { minLength: 1, maxLength: 5 }),
});
/** Leaks as the alert formats receive them. */
export const leaks: fc.Arbitrary<Leak> = fc
  .record({
    ...{ bytes, events: fc.maxSafeNat(), asOf: fc.nat(4_000_000_000) },
    ...{ fqdns: names, fqdnsOmitted: fc.nat(1_000_000), fqdnsFailure: fc.constant(null) },
    ...{ firstSeen: fc.nat(4_000_000_000), lastSeen: fc.nat(4_000_000_000) },
    ...{ sources: fc.option(breakdown), destinations: fc.option(breakdown) },
    ...facts,
    ...{ domain: fc.option(fc.domain()), timeline: fc.array(bytes, { minLength: 24, maxLength: 24 }) },
    ...{ activeSlots: fc.nat(), longestPauseSeconds: fc.nat() },
    status: fc.constantFrom('new', 'grown', 'repeat'),
    thresholdBytes: fc.option(fc.maxSafeNat()),
    growth: fc.option(growth),
    crossedAt: fc.option(fc.nat(4_000_000_000)),
  })
  .map((leak) => ({
    ...leak,
    source: leak.sources ? null : LONGEST_ADDRESS,
    destination: leak.destinations ? null : LONGEST_ADDRESS,
    // As read from domain_index, which is the only source of names.
    fqdns: leak.fqdns.map((fqdn) => truncateStart(sanitize(fqdn), 255)),
    fqdnsOmitted: leak.fqdns.length === 0 ? 0 : leak.fqdnsOmitted,
  }));
/** Everything else that an alert says. */
export const contexts = fc.record({
  rule: fc.constantFrom(LONGEST_RULE, 'data-leak'),
  windowSeconds: fc.integer({ min: 1, max: 3660 * 86_400 }),
  alertId: fc.constant('0123456789abcdef'),
  isLate: fc.boolean(),
  severity: fc.integer({ min: 0, max: 7 }),
  maxBytes: fc.constant(1648),
});
