import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { matchesAddresses, matchesGroup } from '../../../src/explain/matches-question.ts';
import type { GroupField } from '../../../src/model.ts';
import { type ExplainQuestion, parseQuestion } from '../../../src/options/explain-question.ts';
import { readOptions } from '../../../src/options/options.ts';

const A = '\x0a\x01\x01\x05';
const B = '\xcb\x00\x71\x09';
const SIX = '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x1f';
const BOTH: readonly GroupField[] = ['source', 'destination'];

describe('what is asked', () => {
  test.each<[string, readonly GroupField[], ExplainQuestion]>([
    ['10.1.1.5,203.0.113.9', BOTH, { source: A, destination: B }],
    [' 10.1.1.5 , 203.0.113.9 ', BOTH, { source: A, destination: B }],
    // As copied from the table.
    ['10.1.1.5         203.0.113.9', BOTH, { source: A, destination: B }],
    ['10.1.1.5', BOTH, { source: A }],
    ['::ffff:10.1.1.5', BOTH, { source: A }],
    ['::FFFF:0A01:0105', BOTH, { source: A }],
    ['2001:DB8:0:0::1F', BOTH, { source: SIX }],
    ['2001:0db8:0000:0000:0000:0000:0000:001f,unknown', BOTH, { source: SIX, destination: '' }],
    ['unknown', BOTH, { source: '' }],
    ['203.0.113.9', ['destination'], { destination: B }],
    ['Upload.Example.NET.', ['domain'], { domain: 'upload.example.net' }],
    ['*.bücher.example', ['domain'], { domain: 'xn--bcher-kva.example' }],
    ['203.0.113.9', ['domain'], { domain: '203.0.113.9' }],
    ['2001:DB8:0::1F', ['domain'], { domain: '2001:db8::1f' }],
    ['unknown', ['domain'], { domain: 'unknown' }],
    ['as64496', ['as'], { as: 'AS64496' }],
    ['64496', ['as'], { as: 'AS64496' }],
    ['::ffff:203.0.113.9', ['as'], { as: '203.0.113.9' }],
    ['unknown', ['as'], { as: 'unknown' }],
    ['10.1.1.5,AS64496', ['source', 'as'], { source: A, as: 'AS64496' }],
    ['10.1.1.5,example.net', ['source', 'domain'], { source: A, domain: 'example.net' }],
    ['10.1.1.5,203.0.113.9,example.net', [...BOTH, 'domain'], { source: A, destination: B, domain: 'example.net' }],
  ])('%s by %s', (text, groupBy, question) => {
    expect(parseQuestion(text, groupBy)).toEqual(question);
  });

  test.each<[string, readonly GroupField[]]>([
    ['', BOTH],
    [',203.0.113.9', BOTH],
    ['10.1.1.5,', BOTH],
    ['10.1.1.5,,203.0.113.9', BOTH],
    ['10.1.1.5 to 203.0.113.9', BOTH],
    ['10.1.5', BOTH],
    ['10.1.1.256', BOTH],
    ['10.1.1.0/24', BOTH],
    ['fe80::1%eth0', BOTH],
    ['example.net', BOTH],
    ['10.1.1.5,203.0.113.9,10.1.1.5', BOTH],
    ['10.1.1.5,203.0.113.9', ['source']],
    ['..', ['domain']],
    ['AS0', ['as']],
    ['example.net', ['as']],
  ])('%j by %s is not understood', (text, groupBy) => {
    expect(parseQuestion(text, groupBy)).toBeNull();
  });

  test('a fault says what to give', () => {
    const faults = (explain: string, groupBy: string) => {
      try {
        return readOptions({ demo: true, explain, groupBy }, {});
      } catch (error) {
        return (error as UsageError).faults;
      }
    };
    expect(faults('here', 'source,destination')).toEqual([
      expect.stringMatching(
        /^--explain: "here" .*source,destination.*10\.1\.1\.5,203\.0\.113\.9 or 10\.1\.1\.5.*unknown/,
      ),
    ]);
    expect(faults('10.1.1.5,203.0.113.9', 'source')).toEqual([
      expect.stringMatching(/^--explain: .* source .*10\.1\.1\.5/),
    ]);
    expect(faults('a b', 'domain')).toEqual([expect.stringMatching(/^--explain: .* domain .*example\.net$/)]);
    for (const groupBy of ['source', 'source,destination', 'source,domain']) {
      expect(faults('example.net', groupBy)).toEqual([expect.stringMatching(/add --group-by destination, or domain$/)]);
    }
    // One fault is enough: the question cannot be judged without the fields.
    expect(faults('10.1.1.5', 'colour')).toEqual([expect.stringMatching(/^--group-by/)]);
    expect(() => readOptions({ demo: true, explain: 'here' }, {})).toThrow(UsageError);
  });

  test('it implies a dry run', () => {
    const options = readOptions({ database: 'sqlite:a.db', explain: '10.1.1.5', metricsFile: 'a.prom' }, {});
    expect(options).toMatchObject({ dryRun: true, metricsFile: null, explain: { source: A } });
  });
});

describe('what matches', () => {
  const pair = { source: A, destination: B };
  const group = { key: '', source: '10.1.1.5', destination: '203.0.113.9', domain: 'example.net', as: 'AS64496' };

  test('a missing value matches any', () => {
    for (const question of [{}, { source: A }, { destination: B }, { source: A, destination: B }]) {
      expect([matchesAddresses(question, pair), matchesGroup(question, group)]).toEqual([true, true]);
    }
    for (const question of [{ source: B }, { destination: A }, { source: A, destination: '' }, { source: '' }]) {
      expect([matchesAddresses(question, pair), matchesGroup(question, group)]).toEqual([false, false]);
    }
  });

  test('an AS asks for itself, by its number', () => {
    expect(matchesGroup({ as: 'AS64496' }, group)).toBe(true);
    expect(matchesGroup({ as: 'AS64497' }, group)).toBe(false);
    expect(matchesGroup({ as: '203.0.113.9' }, { ...group, as: '203.0.113.9' })).toBe(true);
    expect(matchesGroup({ as: 'AS64496' }, { ...group, as: null })).toBe(false);
  });

  test('a host name asks for its own domain, and for no other', () => {
    expect(matchesGroup({ domain: 'example.net' }, group)).toBe(true);
    expect(matchesGroup({ domain: 'cdn.example.net' }, group)).toBe(true);
    expect(matchesGroup({ domain: 'myexample.net' }, group)).toBe(false);
    expect(matchesGroup({ domain: 'net' }, group)).toBe(false);
    expect(matchesGroup({ domain: 'xn--bcher-kva.example' }, { ...group, domain: 'bücher.example' })).toBe(true);
    expect(matchesGroup({ domain: '2001:db8::1f' }, { ...group, domain: '2001:db8::1f' })).toBe(true);
    expect(matchesGroup({ domain: '203.0.113.9' }, { ...group, domain: '203.0.113.9' })).toBe(true);
    expect(matchesGroup({ domain: 'example.net' }, { ...group, domain: null })).toBe(false);
  });
});
