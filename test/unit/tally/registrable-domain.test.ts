import fc from 'fast-check';
import { expect, test } from 'vitest';
import { registrableDomain } from '../../../src/tally/registrable-domain.ts';

test.each<[string, string | null]>([
  ['attacker.net', 'attacker.net'],
  ['a.b.example.co.uk', 'example.co.uk'],
  ['a.bucket.s3.amazonaws.com', 'amazonaws.com'],
  ['www.bücher.example', 'bücher.example'],
  // Nobody can register these.
  ['net', null],
  ['co.uk', null],
  ['', null],
  ['.', null],
  // What a URL parser takes for a host name, a port, a user or an address.
  ['microsoft.com/.attacker.net', 'attacker.net'],
  ['microsoft.com\x01.attacker.net', 'attacker.net'],
  ['microsoft.com?.attacker.net', 'attacker.net'],
  ['microsoft.com#.attacker.net', 'attacker.net'],
  ['microsoft.com:443.attacker.net', 'attacker.net'],
  ['microsoft.com\\.attacker.net', 'attacker.net'],
  ['microsoft.com .attacker.net', 'attacker.net'],
  ['http://r1.com/.attacker.net', 'attacker.net'],
  ['user@r1.com.attacker.net', 'attacker.net'],
  ['[2001:db8::1].attacker.net', 'attacker.net'],
  ['192.0.2.5.attacker.net', 'attacker.net'],
  ['a!b.attacker.net', 'attacker.net'],
  ['*.attacker.net', 'attacker.net'],
  ['-.attacker.net', 'attacker.net'],
  ['..attacker.net', 'attacker.net'],
  [`${'a'.repeat(240)}.attacker.net`, 'attacker.net'],
  // Case and final dots do not matter.
  ['A.Attacker.NET', 'attacker.net'],
  ['a.attacker.net.', 'attacker.net'],
  ['a.attacker.net.. ', 'attacker.net'],
  // No domain ends in a number.
  ['192.0.2.5', null],
  ['a.192.0.2.5', null],
  ['a.192.0.2.5.', null],
  ['192.0.2.25', null],
  ['192.0.2.25.. .', null],
  ['2001:db8::1', null],
  ['7', null],
  // Nothing that separates the fields of keys, alerts and tables.
  ['a.x;y z,=|.net', 'x?y?z???.net'],
])('%j belongs to %j', (fqdn, domain) => {
  expect(registrableDomain(fqdn)).toBe(domain);
});

test('whatever the labels below it are, a name belongs to its domain', () => {
  const label = fc.string({ unit: 'binary', minLength: 1, maxLength: 30, size: 'max' });
  fc.assert(
    fc.property(fc.array(label, { maxLength: 5 }), (labels) => {
      expect(registrableDomain([...labels, 'attacker', 'net'].join('.'))).toBe('attacker.net');
    }),
  );
});
