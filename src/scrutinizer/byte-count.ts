/** What stands before the byte count in a message. */
export const OCTETS_TOKEN = 'sum_octetdeltacount';

/** Characters of a message that are fetched from the token on: the token, spaces and 16 digits fit twice. */
export const FRAGMENT_LENGTH = 64;

const SPACE = 32;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const EXPONENT = /^e[+-]?\d/i;
/** What may stand between the digits and the end of a fragment that was cut within a number. */
const CUT_NUMBER = /^(e[+-]?)?$/i;

/**
 * Reads the byte count of an event from its message, or from the part of it that starts at the token.
 *
 * @returns bytes, a safe integer; or null when the text holds no count in the one accepted form
 * (`sum_octetdeltacount : 5242880`), so that nothing is ever read as some other number
 */
export function parseOctets(message: string): number | null {
  const token = message.indexOf(OCTETS_TOKEN);
  if (token < 0) return null;
  let at = skipSpaces(message, token + OCTETS_TOKEN.length);
  const separator = message[at];
  if (separator !== ':' && separator !== '=') return null;
  at = skipSpaces(message, at + 1);

  const start = at;
  let bytes = 0;
  for (; at < message.length; at++) {
    const code = message.charCodeAt(at);
    if (code < DIGIT_0 || code > DIGIT_9) break;
    bytes = bytes * 10 + (code - DIGIT_0);
    // Checked digit by digit: beyond this the sum is rounded and could come back as another number.
    if (bytes > Number.MAX_SAFE_INTEGER) return null;
  }
  if (at === start) return null;
  const next = message[at];
  if (next === '.' || next === ',') return null;
  if ((next === 'e' || next === 'E') && EXPONENT.test(message.slice(at, at + 3))) return null;
  // The number touches the end of a full fragment: it may go on in the part that was not fetched.
  if (message.length - token >= FRAGMENT_LENGTH && message.length - at <= 2 && CUT_NUMBER.test(message.slice(at)))
    return null;
  return bytes;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}
