/** Precedes the byte count in a message. */
export const OCTETS_TOKEN = 'sum_octetdeltacount';

/** Characters fetched of a message, from the token on: twice the room that the token, spaces and 16 digits need. */
export const FRAGMENT_LENGTH = 64;

const SPACE = 32;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const EXPONENT = /^e[+-]?\d/i;
/** Stands for bytes that are no text; they may have been digits. */
const UNDECODABLE = '\ufffd';
/** Follows the digits of a number that the end of the fragment has cut off. */
const TRUNCATED_NUMBER_END = /^(e[+-]?)?$/i;

/**
 * Reads an event's byte count from its message, or from the fragment that starts at the token.
 *
 * @returns bytes, a safe integer; null for any form but `sum_octetdeltacount : 5242880`, rather than a wrong number
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
    // Checked at each digit: beyond this, rounding could bring the number back into range.
    if (bytes > Number.MAX_SAFE_INTEGER) return null;
  }
  if (at === start) return null;
  const next = message[at];
  if (next === '.' || next === ',' || next === UNDECODABLE) return null;
  if ((next === 'e' || next === 'E') && EXPONENT.test(message.slice(at, at + 3))) return null;
  // At the end of a full fragment, the number may continue in the part that was not fetched.
  if (
    message.length - token >= FRAGMENT_LENGTH &&
    message.length - at <= 2 &&
    TRUNCATED_NUMBER_END.test(message.slice(at))
  )
    return null;
  return bytes;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}
