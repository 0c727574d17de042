import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertText } from '../../../src/alert/text.ts';
import type { Leak } from '../../../src/model.ts';
import { sanitize } from '../../../src/util/text.ts';
import { ALERT_CONTEXT, LEAK } from '../../support/builders/example-report.ts';

const LONGEST_ADDRESS = '2001:1db8:1111:2222:3333:4444:5555:6666';
const textOf = (leak: Partial<Leak>, context: Partial<typeof ALERT_CONTEXT> = {}) =>
  alertText({ ...LEAK, fqdns: ['a.example.net', 'b.example.net'], ...leak }, { ...ALERT_CONTEXT, ...context });

describe('alertText', () => {
  test('gives the end of a window that has passed', () => {
    expect(textOf({}, { isLate: true })).toContain('; Window: 24h to 2025-11-24T02:06:40Z; Rule: ');
  });

  test('is the line of the contract', () => {
    expect(textOf({})).toBe(
      'Data Leak: Source IP: 10.1.1.5; Destination IP: 203.0.113.9; Total Byte Exfil: 123456789; Events: 12; Window: 24h; Rule: data-leak; Alert: 0123456789abcdef; FQDN: a.example.net, b.example.net',
    );
  });

  test('names the domain where groups have one', () => {
    expect(textOf({ destination: null, domain: 'example.net', destinations: { count: 1, top: [] } })).toMatch(
      /^Data Leak: Source IP: 10\.1\.1\.5; Destination IP: [^;]+; Domain: example\.net; Total Byte Exfil: 123456789; /,
    );
  });

  test('gives AS and country before the names, as far as they are known', () => {
    const as = { number: 64_496, organization: 'Example Hosting' };
    expect(textOf({ as, country: 'NL' })).toContain(
      '; Alert: 0123456789abcdef; AS: AS64496 Example Hosting; Country: NL; FQDN: ',
    );
    expect(textOf({ as: { number: 64_496, organization: null } })).toContain('; AS: AS64496; FQDN: ');
    expect(textOf({ country: 'NL' })).toContain('; Alert: 0123456789abcdef; Country: NL; FQDN: ');
    const top = [{ address: '203.0.113.9', bytes: 100n, as, country: 'NL' }];
    // Those of the address that it names.
    expect(textOf({ destination: null, destinations: { count: 37, top } })).toContain(
      '; AS: AS64496 Example Hosting; Country: NL; FQDN: ',
    );
  });

  test.each(['a; FQDN: forged', 'Data Leak: forged', ';', 'a;Alert: 1'])('an AS named %j forges no field', (name) => {
    const text = textOf({ as: { number: 64_496, organization: name }, country: 'NL' });
    expect(labelsOf(text)).toEqual([...LABELS.slice(0, -1), 'AS', 'Country', 'FQDN']);
    expect(text.match(/Data Leak: /g)).toHaveLength(1);
  });

  test('gives totals beyond 2^53 exactly', () => {
    expect(textOf({ bytes: 2n ** 70n + 1n })).toContain('; Total Byte Exfil: 1180591620717411303425; ');
  });

  test('says how much larger the total is than at the last alert, or that it is smaller', () => {
    const grown = textOf({ growth: { bytes: 212_000_000n, sinceSeconds: 21_600 } });
    expect(grown).toContain('; Window: 24h; Grown by: 212 MB since the last alert 6 h ago; Rule: ');
    const fallen = textOf({ growth: { bytes: -38_000_000n, sinceSeconds: 86_399 } });
    expect(fallen).toContain('; Grown by: -38 MB since the last alert 24 h ago; Rule: ');
  });

  test('counts names that were not kept, and says when they could not be looked up', () => {
    expect(textOf({ fqdnsOmitted: 900 })).toMatch(/; FQDN: a\.example\.net, b\.example\.net and 900 more$/);
    const fqdnsFailure = 'db.example.net:3306: no answer within 1m; and so on';
    const text = textOf({ fqdns: [], fqdnsFailure });
    expect(text).toMatch(/; FQDN: not looked up \(db\.example\.net:3306: no answer within 1m, and so on\)$/);
    expect(labelsOf(text)).toEqual(LABELS);
    expect(textOf({ fqdns: [], fqdnsFailure }, { maxBytes: 200 })).toMatch(/; FQDN: not looked up$/);
  });

  test('counts names of which not even one fits', () => {
    const fqdns = ['x'.repeat(250), 'y'.repeat(250)];
    expect(textOf({ fqdns }, { maxBytes: 300 })).toMatch(/; FQDN: 2 too long to list$/);
    expect(textOf({ fqdns: fqdns.slice(1) }, { maxBytes: 300 })).toMatch(/; FQDN: 1 too long to list$/);
    expect(textOf({ fqdns: [] }, { maxBytes: 300 })).toMatch(/; FQDN: none$/);
  });

  test('names the window as users do', () => {
    expect(textOf({}, { windowSeconds: 5400 })).toContain('; Window: 90m; ');
    expect(textOf({}, { windowSeconds: 172_800 })).toContain('; Window: 2d; ');
  });

  test('keeps every label when there is no name and no address', () => {
    const text = textOf({ source: 'unknown', fqdns: [] });
    expect(labelsOf(text)).toEqual(LABELS);
    expect(text).toContain('Source IP: unknown; ');
  });

  test('says how many addresses are behind a field outside the key, and names the largest', () => {
    const top = [{ address: '203.0.113.9', bytes: 100n }];
    expect(textOf({ destination: null, destinations: { count: 37, top } })).toMatch(
      /; Destination IP: 203\.0\.113\.9 [^;]*36[^;]*; /,
    );
    expect(textOf({ destination: null, destinations: { count: 1, top } })).toContain('; Destination IP: 203.0.113.9; ');
  });
});

const LABELS = ['Data Leak', 'Destination IP', 'Total Byte Exfil', 'Events', 'Window', 'Rule', 'Alert', 'FQDN'];

/** Reads the line as a receiver does: `; ` separates fields, and a field's label ends at the first colon. */
function labelsOf(text: string): string[] {
  return text.split('; ').map((field) => field.slice(0, field.indexOf(':')));
}

describe('host names are chosen by attackers', () => {
  test.each([
    'a.example; Rule: other; Alert: 1',
    'a;Total Byte Exfil: 1',
    'a, innocent.example.net',
    'a,b',
    'a ; b',
    ';',
    'a\t; Rule: other',
    'a\u00a0; Rule: other',
  ])('%j forges no field and no second name', (name) => {
    const text = textOf({ fqdns: [name, 'last.example'] });
    expect(labelsOf(text)).toEqual(LABELS);
    const names = /; Rule: data-leak; Alert: 0123456789abcdef; FQDN: (.*)$/.exec(text)?.[1]?.split(', ');
    expect(names).toEqual([expect.not.stringMatching(/[;,\s]/), 'last.example']);
  });

  // As the stage that reads them returns them: sanitized, up to 255 characters, up to a hundred per pair.
  const hostile = fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 255, size: 'max' }),
      fc.constantFrom(
        '\n<174>forged',
        '\r\n',
        '; Rule: x',
        '\u202e',
        '😀'.repeat(255),
        '漢'.repeat(255),
        'a'.repeat(255),
      ),
      fc
        .array(fc.constantFrom(';', ',', ' ', '\n', '\0', '\u2028', '\ud800', 'x', '例'), {
          maxLength: 255,
          size: 'max',
        })
        .map((a) => a.join('')),
    )
    .map(sanitize);

  test('always one line under 2 KiB with its header, every label in place, rule and id whole', () => {
    const names = fc.array(hostile, { maxLength: 120, size: 'max' });
    const worst = { rule: 'r'.repeat(64), windowSeconds: 5401, alertId: 'f'.repeat(16) };
    // RFC 5424: PRI, version, time, host name of 255, APP-NAME of 32, process id, message id, structured data.
    const header = 5 + 2 + 25 + 256 + 33 + 8 + 2 + 2;
    fc.assert(
      fc.property(names, fc.bigInt({ min: 0n, max: 2n ** 80n }), (fqdns, bytes) => {
        const text = textOf({ source: LONGEST_ADDRESS, destination: LONGEST_ADDRESS, fqdns, bytes }, worst);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(Buffer.byteLength(text) + header).toBeLessThan(2048);
        expect(labelsOf(text)).toEqual(LABELS);
        expect(text).toContain(`; Rule: ${worst.rule}; Alert: ${worst.alertId}; FQDN: `);
      }),
    );
  });

  test('names that do not fit are left out, the last first, and counted', () => {
    const fqdns = Array.from({ length: 100 }, (_, at) => `${at}.${'x'.repeat(60)}.example`);
    const [, list = ''] = /; FQDN: (.*)$/.exec(textOf({ fqdns })) ?? [];
    const shown = list.split(/, | and /).filter((name) => name.endsWith('.example'));
    expect(shown.length).toBeGreaterThan(10);
    expect(shown).toEqual(fqdns.slice(0, shown.length));
    expect(list).toMatch(new RegExp(`\\b${fqdns.length - shown.length}\\b[^.]*$`));
  });
});
