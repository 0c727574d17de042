import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAGMENT_LENGTH, parseOctets } from '../../../src/scrutinizer/byte-count.ts';

const TOKEN = 'sum_octetdeltacount';
const MAX = Number.MAX_SAFE_INTEGER;

describe('accepted forms', () => {
  test.each<[string, number]>([
    ['sum_octetdeltacount : 5242880', 5_242_880],
    ['sum_octetdeltacount:5242880', 5_242_880],
    ['sum_octetdeltacount = 5242880', 5_242_880],
    ['sum_octetdeltacount=5242880', 5_242_880],
    ['sum_octetdeltacount    :    5242880', 5_242_880],
    ['Exceeded 5 MB in 5 violation sum_octetdeltacount : 5242880 threshold : 5000000', 5_242_880],
    ['sum_octetdeltacount : 5242880; next', 5_242_880],
    ['sum_octetdeltacount : 5242880\nnext', 5_242_880],
    ['sum_octetdeltacount : 5242880bytes', 5_242_880],
    ['sum_octetdeltacount : 5242880e', 5_242_880],
    ['sum_octetdeltacount : 0', 0],
    ['sum_octetdeltacount : 0005', 5],
    ['sum_octetdeltacount : 9007199254740991', MAX],
  ])('%j is %d bytes', (message, bytes) => {
    expect(parseOctets(message)).toBe(bytes);
  });

  test('the first token wins, whatever follows the second', () => {
    expect(parseOctets(`${TOKEN} : 1 ${TOKEN} : 2`)).toBe(1);
    expect(parseOctets(`${TOKEN} : x ${TOKEN} : 2`)).toBeNull();
    expect(parseOctets(`${TOKEN} ${TOKEN} : 2`)).toBeNull();
  });
});

describe('unreadable', () => {
  test.each([
    'sum_octetdeltacount : 5,242,880',
    'sum_octetdeltacount : 52\ufffd42880',
    'sum_octetdeltacount : 5242880,',
    'sum_octetdeltacount : 5.2e6',
    'sum_octetdeltacount : 5242880.0',
    'sum_octetdeltacount : 5242880.',
    'sum_octetdeltacount : 5e6',
    'sum_octetdeltacount : 5E+6',
    'sum_octetdeltacount : -5',
    'sum_octetdeltacount : +5',
    'sum_octetdeltacount : 9007199254740992',
    'sum_octetdeltacount : 18446744073709551616',
    'sum_octetdeltacount : 123456789012345678901234567890',
    'sum_octetdeltacount : ',
    'sum_octetdeltacount :',
    'sum_octetdeltacount : many',
    'sum_octetdeltacount 5242880',
    'sum_octetdeltacount : : 5242880',
    'sum_octetdeltacount := 5242880',
    'sum_octetdeltacount : ٥٢',
    'sum_octetdeltacounter : 5242880',
    'Sum_OctetDeltaCount : 5242880',
    'sum_packetdeltacount : 5242880',
    '5242880',
    '',
  ])('%j', (message) => {
    expect(parseOctets(message)).toBeNull();
  });
});

describe('a fragment, cut out of a message at the token', () => {
  test('a number that touches the end of a full fragment may be longer, and is not guessed', () => {
    const full = `${TOKEN} :`.padEnd(FRAGMENT_LENGTH - 3, ' ');
    expect(parseOctets(`${full}123`)).toBeNull();
    expect(parseOctets(`${full}12 `)).toBe(12);
  });

  test.each(['5e', '5e+', '5E-'])('an exponent cut after %s is not taken for the end of the number', (end) => {
    expect(parseOctets(`${TOKEN} :`.padEnd(FRAGMENT_LENGTH - end.length, ' ') + end)).toBeNull();
  });

  test('a shorter fragment is the whole rest of the message', () => {
    expect(parseOctets(`${`${TOKEN} :`.padEnd(FRAGMENT_LENGTH - 4, ' ')}123`)).toBe(123);
  });

  test('says what the whole message says, or nothing where the message could go on in more than one way', () => {
    const continuations = ['', ' ', '7', ',000', '.5', 'e6', '+6'];

    const spaces = fc.integer({ min: 0, max: 45 }).map((count) => ' '.repeat(count));
    const number = fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String);
    const tail = fc.constantFrom('', ' ', ',000', '.5', 'e6', 'e+6', 'E-1', 'end', '7');
    fc.assert(
      fc.property(spaces, number, tail, (gap, digits, rest) => {
        const message = `${TOKEN} :${gap}${digits}${rest} and so on, until the fragment is surely full`;
        const fragment = message.slice(0, FRAGMENT_LENGTH);
        const readings = new Set(continuations.map((end) => readByRegularExpression(fragment + end)));
        const [only = null] = readings.size === 1 ? readings : [];
        expect(parseOctets(fragment)).toBe(only);
        if (only !== null) expect(only).toBe(readByRegularExpression(message));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('properties', () => {
  const bytes = fc.bigInt({ min: 0n, max: BigInt(MAX) });
  const separator = fc.stringMatching(/^ {0,4}[:=] {0,4}$/);

  test('any integer up to 2^53-1 is read exactly, whatever single character ends it', () => {
    const end = fc.string({ unit: 'binary', minLength: 0, maxLength: 1 }).filter((char) => !/^[\d.,]/.test(char));
    fc.assert(
      fc.property(separator, bytes, end, (between, count, char) => {
        expect(parseOctets(`${TOKEN}${between}${count}${char}`)).toBe(Number(count));
      }),
    );
  });

  test('any integer above 2^53-1 is unreadable', () => {
    fc.assert(
      fc.property(separator, fc.bigInt({ min: BigInt(MAX) + 1n, max: 10n ** 30n }), (between, count) => {
        expect(parseOctets(`${TOKEN}${between}${count}`)).toBeNull();
      }),
    );
  });

  test('nothing is ever read as another number', () => {
    const piece = fc.constantFrom(
      TOKEN,
      ' ',
      ':',
      '=',
      '-',
      '.',
      ',',
      'e',
      '0',
      '5',
      '9007199254740991',
      '\t',
      'x',
      '²',
    );
    const text = fc.array(piece, { maxLength: 12, size: 'max' }).map((pieces) => pieces.join(''));
    const message = fc.oneof(
      text,
      text.map((rest) => `${TOKEN} : ${rest}`),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(message, (any) => {
        fc.pre(any.length < FRAGMENT_LENGTH);
        expect(parseOctets(any)).toBe(readByRegularExpression(any));
      }),
      { numRuns: 5000 },
    );
  });
});

/** The contract in another form: a regular expression and BigInt. */
function readByRegularExpression(message: string): number | null {
  const [, ...behind] = message.split(TOKEN);
  const rest = behind.join(TOKEN);
  const digits = /^ *[:=] *(\d+)(?![\d.,]|[eE][+-]?\d)/.exec(behind.length > 0 ? rest : '')?.[1];
  if (digits === undefined) return null;
  return BigInt(digits) <= BigInt(MAX) ? Number(BigInt(digits)) : null;
}
