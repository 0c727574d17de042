import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertMessage } from '../../../src/alert/alert-message.ts';
import { formatRecord } from '../../../src/alert/record.ts';
import { syslogSender } from '../../../src/alert/syslog-sender.ts';
import { alertText } from '../../../src/alert/text.ts';
import type { Leak } from '../../../src/model.ts';
import { parseSyslogUrl, type SyslogTarget } from '../../../src/options/syslog-target.ts';
import { sanitize, truncateStart } from '../../../src/util/text.ts';
import { LEAK } from '../../support/builders/example-report.ts';
import { contexts, hostileNames, LONGEST_RULE, leaks } from '../../support/builders/hostile-leaks.ts';
import { ScriptedReceiver } from '../../support/receivers/scripted-receiver.ts';

/** Room for the message in a record of 2 KiB. */
const ROOM = 1648;
/** Room in a datagram of RFC 3164 whose header is a long one. */
const NARROW = 900;
const ALERT_ID = '0123456789abcdef';
const LONGEST_TAG = 'T'.repeat(32);

const receiver = new ScriptedReceiver();
let port = 0;
beforeAll(async () => {
  port = await receiver.start();
});
afterAll(() => receiver.stop());

const FORMATS = ['text', 'json', 'cef'] as const;
const formats = fc.constantFrom(...FORMATS);

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;
const FORM =
  /^Data Leak: Source IP: [^;]+; Destination IP: [^;]+; (?:Domain: [^;]+; )?Total Byte Exfil: \d+; Events: \d+; Window: [^;]+; (?:Grown by: -?[\d.]+ [kMGTPEZY]?B since the last alert \d+ (?:s|min|h|days) ago; )?Rule: [^;]+; Alert: 0123456789abcdef; (?:AS: AS\d+[^;:]*; )?(?:Country: [A-Z]{2}; )?FQDN: ([^;]+)$/;

test('an alert is one short line of the documented form, whatever the names are', () => {
  fc.assert(
    fc.property(leaks, contexts, (leak, about) => {
      const text = alertText(leak, about);
      expect(text).toMatch(FORM);
      expect(text.replace(/\ufffd/g, '')).not.toMatch(UNSAFE);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(ROOM);
    }),
    { numRuns: 300 },
  );
});

test('thousands of names take no time', () => {
  const fqdns = Array.from({ length: 2000 }, (_, index) => `${index}.${'x'.repeat(240)}.example.net`);
  const [leak] = fc.sample(leaks, 1) as [Leak];
  const about = {
    rule: LONGEST_RULE,
    windowSeconds: 3600,
    alertId: ALERT_ID,
    isLate: true,
    severity: 6,
    maxBytes: ROOM,
  };
  const started = performance.now();
  expect(alertText({ ...leak, fqdns, fqdnsOmitted: 0 }, about)).toMatch(/ and 19\d\d more$/);
  expect(performance.now() - started).toBeLessThan(1000);
});

test.each(FORMATS)('hundreds of names that fit take no time either (%s)', (format) => {
  const fqdns = Array.from({ length: 2000 }, () => 'x');
  const about = { rule: 'r', windowSeconds: 3600, alertId: ALERT_ID, isLate: false, severity: 6, maxBytes: ROOM };
  const started = performance.now();
  const message = alertMessage(format, { ...LEAK, fqdns }, about);
  expect(message.length).toBeGreaterThan(1600);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('names that are left out are counted, and the newest are kept', () => {
  fc.assert(
    fc.property(leaks, contexts, (leak, about) => {
      const listed = FORM.exec(alertText(leak, about))?.[1] ?? '';
      if (leak.fqdns.length === 0) return expectEqual(listed, 'none');
      const tooLong = /^(\d+) too long to list$/.exec(listed);
      const left = Number(tooLong?.[1] ?? / and (\d+) more$/.exec(listed)?.[1] ?? 0);
      const kept = tooLong ? [] : listed.replace(/ and \d+ more$/, '').split(', ');
      expectEqual(kept.length + left, leak.fqdns.length + leak.fqdnsOmitted);
      const newest = leak.fqdns.slice(0, kept.length).map((fqdn) => fqdn.replace(/[;,\s]/g, '?'));
      return expectEqual(kept, newest);
    }),
    { numRuns: 300 },
  );
});

function expectEqual(actual: unknown, expected: unknown): void {
  expect(actual).toEqual(expected);
}

/** Sends over TCP what `render` makes for the room that the sender has. @returns the message and what arrived */
async function sendOverTcp(render: (maxBytes: number) => string, rfc3164: boolean, query = '') {
  receiver.follow([], () => undefined);
  const target = parseSyslogUrl(`tcp://127.0.0.1:${port}${query}`) as SyslogTarget;
  const sender = syslogSender({ target, rfc3164, facility: 0, severity: 0, tag: LONGEST_TAG });
  const message = render(sender.maxMessageBytes);
  await sender.send(message, 60);
  expect(receiver.connections).toHaveLength(1);
  return { message, bytes: receiver.connections[0]?.bytes ?? Buffer.alloc(0) };
}

const HEADERS = [
  /^<0>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [!-~]+ T{32}\[\d+\]: /,
  /^<0>1 \d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) [!-~]+ T{32} [!-~]+ [!-~]+ - (?:\ufeff)?/,
];

test.each([ROOM, NARROW])('in every format an alert is one line that fits into %i bytes', (maxBytes) => {
  fc.assert(
    fc.property(leaks, contexts, formats, (leak, about, format) => {
      const message = alertMessage(format, leak, { ...about, maxBytes });
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(maxBytes);
      expect(message).toContain(about.alertId);
      if (format === 'json') expect(JSON.parse(message)).toMatchObject({ rule: about.rule });
    }),
    { numRuns: 500 },
  );
});

test('on the wire it is one record of at most 2 KiB, valid UTF-8, with printable ASCII for a header', async () => {
  await fc.assert(
    fc.asyncProperty(leaks, contexts, formats, fc.boolean(), async (leak, about, format, rfc3164) => {
      const { message, bytes } = await sendOverTcp(
        (maxBytes) => alertMessage(format, leak, { ...about, maxBytes }),
        rfc3164,
      );
      const record = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      expect(bytes.length - 1).toBeLessThanOrEqual(2048);
      expect(record.match(/\n/g)).toHaveLength(1);
      expect(record.endsWith(`${message}\n`)).toBe(true);
      expect(record).toMatch(HEADERS[rfc3164 ? 0 : 1] as RegExp);
    }),
    { numRuns: 120 },
  );
});

test('with octet counting, the count is the number of bytes', async () => {
  await fc.assert(
    fc.asyncProperty(leaks, contexts, formats, async (leak, about, format) => {
      const render = (maxBytes: number) => alertMessage(format, leak, { ...about, maxBytes });
      const { bytes } = await sendOverTcp(render, true, '?framing=octet-counting');
      const space = bytes.indexOf(' ');
      expect(Number(bytes.subarray(0, space).toString())).toBe(bytes.length - space - 1);
      expect(bytes.includes('\n')).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test.each(['tcp', 'udp'])('a record is as long as ?max says, and not longer (%s)', (transport) => {
  const target = parseSyslogUrl(`${transport}://127.0.0.1?max=1300`) as SyslogTarget;
  const settings = { target, rfc3164: true, facility: 0, severity: 0, tag: LONGEST_TAG };
  const maxBytes = syslogSender(settings).maxMessageBytes;
  const fqdns = Array.from({ length: 2000 }, (_, index) => `${index}.example`);
  const about = { rule: 'r', windowSeconds: 3600, alertId: ALERT_ID, isLate: false, severity: 6, maxBytes };
  const { length } = formatRecord(alertMessage('text', { ...LEAK, fqdns }, about), settings);
  expect(length).toBeLessThanOrEqual(1300);
  expect(length).toBeGreaterThan(1270);
});

test('cutting a text leaves no half of a character, and never more than was asked for', () => {
  fc.assert(
    fc.property(
      fc.oneof(hostileNames, fc.string({ unit: 'binary', maxLength: 400, size: 'max' })),
      fc.integer({ min: 1, max: 300 }),
      (text, codePoints) => {
        const cut = truncateStart(sanitize(text), codePoints);
        expect([...cut].length).toBeLessThanOrEqual(codePoints);
        expect(cut).not.toMatch(/\p{Cs}/u);
      },
    ),
  );
});
