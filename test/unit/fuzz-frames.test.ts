import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertText } from '../../src/alert/message.ts';
import { syslogSender } from '../../src/alert/syslog.ts';
import { parseSyslogUrl, type SyslogTarget } from '../../src/alert/target.ts';
import type { Breakdown, Leak } from '../../src/model.ts';
import { sanitize, truncate } from '../../src/text.ts';
import { ScriptedReceiver } from '../support/scripted-receiver.ts';

const MAX_FRAME_BYTES = 2048;
const ALERT_ID = '0123456789abcdef';
const LONGEST_RULE = `r${'.'.repeat(63)}`;
const LONGEST_TAG = 'T'.repeat(32);
const LONGEST_ADDRESS = '2001:db8:1111:2222:3333:4444:5555:6666';

const receiver = new ScriptedReceiver();
let port = 0;
beforeAll(async () => {
  port = await receiver.start();
});
afterAll(() => receiver.stop());

// Names as an attacker may choose them: any code unit, so also lone surrogates; controls, forged records and fields.
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const hostile = fc.constantFrom(
  ...[
    '\n',
    '\r\n',
    '\u0000',
    '\u001b[2J',
    '\u007f',
    '\u0085',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ud83d',
    '\ude00',
    '\ufeff',
  ],
  ...['😀', 'é', '\n<174>forged', '\n3000 x', '; Rule: forged', '; Alert: forged', ', ', 'Data Leak: ', ' '],
);
const name = fc.oneof(
  fc.array(fc.oneof(unit, hostile), { minLength: 1, maxLength: 30 }).map((parts) => parts.join('')),
  fc.tuple(hostile, fc.nat(10_000)).map(([part, length]) => part.repeat(Math.ceil((length + 1) / part.length))),
  fc.domain(),
);
const names = fc.array(name, { maxLength: 12 });
const bytes = fc.bigInt({ min: 0n, max: 10n ** 30n });
const breakdown: fc.Arbitrary<Breakdown> = fc.record({
  count: fc.integer({ min: 1, max: 1_000_000_000 }),
  top: fc.array(fc.record({ address: fc.constant(LONGEST_ADDRESS), bytes }), { minLength: 1, maxLength: 5 }),
});
const leaks: fc.Arbitrary<Leak> = fc
  .record({
    ...{ bytes, events: fc.maxSafeNat(), fqdns: names, asOf: fc.nat(4_000_000_000) },
    ...{ firstSeen: fc.nat(4_000_000_000), lastSeen: fc.nat(4_000_000_000) },
    ...{
      domain: fc.option(fc.domain()),
      timeline: fc.array(bytes),
      activeSlots: fc.nat(),
      longestPauseSeconds: fc.nat(),
    },
    ...{ sources: fc.option(breakdown), destinations: fc.option(breakdown) },
    status: fc.constantFrom('new', 'grown', 'repeat'),
  })
  .map((leak) => ({
    ...leak,
    source: leak.sources ? null : LONGEST_ADDRESS,
    destination: leak.destinations ? null : LONGEST_ADDRESS,
    // As names come from the database: one reader of domain_index is the only way in.
    fqdns: leak.fqdns.map((fqdn) => truncate(sanitize(fqdn), 255)),
  }));
const context = fc.record({
  rule: fc.constantFrom(LONGEST_RULE, 'data-leak'),
  windowSeconds: fc.integer({ min: 1, max: 3660 * 86_400 }),
  alertId: fc.constant(ALERT_ID),
  isLate: fc.boolean(),
});

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;
const FORM =
  /^Data Leak: Source IP: [^;]+; Destination IP: [^;]+; Total Byte Exfil: \d+; Events: \d+; Window: [^;]+; FQDN: ([^;]+); Rule: [^;]+; Alert: 0123456789abcdef$/;

test('an alert is one short line of the documented form, whatever the names are', () => {
  fc.assert(
    fc.property(leaks, context, (leak, about) => {
      const text = alertText(leak, about);
      expect(text).toMatch(FORM);
      expect(text.replace(/\ufffd/g, '')).not.toMatch(UNSAFE);
      expect(Buffer.byteLength(text)).toBeLessThan(MAX_FRAME_BYTES);
    }),
    { numRuns: 300 },
  );
});

test('thousands of names take no time', () => {
  // A group by source has up to 100 names for each of its destinations.
  const fqdns = Array.from({ length: 2000 }, (_, index) => `${index}.${'x'.repeat(240)}.example.net`);
  const [leak] = fc.sample(leaks, 1) as [Leak];
  const about = { rule: LONGEST_RULE, windowSeconds: 3600, alertId: ALERT_ID, isLate: true };
  const started = performance.now();
  expect(alertText({ ...leak, fqdns }, about)).toMatch(/ and 19\d\d more; Rule: /);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('names that are left out are counted, and the newest are kept', () => {
  fc.assert(
    fc.property(leaks, context, (leak, about) => {
      const listed = FORM.exec(alertText(leak, about))?.[1] ?? '';
      if (leak.fqdns.length === 0) return expectEqual(listed, 'none');
      const tooLong = /^(\d+) names? too long to list$/.exec(listed);
      const left = Number(tooLong?.[1] ?? / and (\d+) more$/.exec(listed)?.[1] ?? 0);
      const kept = tooLong ? [] : listed.replace(/ and \d+ more$/, '').split(', ');
      expectEqual(kept.length + left, leak.fqdns.length);
      const newest = leak.fqdns.slice(0, kept.length).map((fqdn) => fqdn.replace(/[;,\s]/g, '?'));
      return expectEqual(kept, newest);
    }),
    { numRuns: 300 },
  );
});

function expectEqual(actual: unknown, expected: unknown): void {
  expect(actual).toEqual(expected);
}

async function sendOverTcp(message: string, rfc3164: boolean, query = ''): Promise<Buffer> {
  receiver.follow([], () => undefined);
  const target = parseSyslogUrl(`tcp://127.0.0.1:${port}${query}`) as SyslogTarget;
  await syslogSender({ target, rfc3164, facility: 0, severity: 0, tag: LONGEST_TAG })(message);
  expect(receiver.connections).toHaveLength(1);
  return receiver.connections[0]?.bytes ?? Buffer.alloc(0);
}

const HEADERS = [
  /^<0>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [!-~]+ T{32}\[\d+\]: /,
  /^<0>1 \d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) [!-~]+ T{32} [!-~]+ [!-~]+ - (?:\ufeff)?/,
];

test('on the wire it is one record below 2 KiB, valid UTF-8, with printable ASCII for a header', async () => {
  await fc.assert(
    fc.asyncProperty(leaks, context, fc.boolean(), async (leak, about, rfc3164) => {
      const message = alertText(leak, about);
      const bytes = await sendOverTcp(message, rfc3164);
      const record = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      expect(bytes.length).toBeLessThan(MAX_FRAME_BYTES);
      expect(record.match(/\n/g)).toHaveLength(1);
      expect(record.endsWith(`${message}\n`)).toBe(true);
      expect(record).toMatch(HEADERS[rfc3164 ? 0 : 1] as RegExp);
    }),
    { numRuns: 60 },
  );
});

test('with counted octets the count is that of the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(leaks, context, async (leak, about) => {
      const bytes = await sendOverTcp(alertText(leak, about), true, '?framing=octet-counting');
      const space = bytes.indexOf(' ');
      expect(Number(bytes.subarray(0, space).toString())).toBe(bytes.length - space - 1);
      expect(bytes.includes('\n')).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test('cutting a text leaves no half of a character, and never more than was asked for', () => {
  fc.assert(
    fc.property(fc.oneof(name, fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 300 }), (text, codePoints) => {
      const cut = truncate(sanitize(text), codePoints);
      expect([...cut].length).toBeLessThanOrEqual(codePoints);
      expect(cut).not.toMatch(/\p{Cs}/u);
    }),
  );
});
