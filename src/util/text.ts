// By Unicode's general categories and properties: control (Cc), format (Cf, such as bidi controls), line and paragraph
// separators (Zl, Zp) and, since the u flag reads by code point, lone surrogates (Cs); letters that are never seen, such
// as the Hangul fillers; every blank but the usual one, and the braille pattern that looks like one.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** Replaces each character that is unsafe in a terminal, log line or CSV cell with `?`. */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, '?');
}

/** The pieces of a text between characters that are unsafe, or that stand for bytes that are no text. */
export function printablePieces(text: string): string[] {
  return text.replace(UNSAFE, '\ufffd').split('\ufffd');
}

/** Shortens text to at most this many code points, of which the first is an ellipsis: the end of a name says whose it is. */
export function truncateStart(text: string, codePoints: number): string {
  if (text.length <= codePoints) return text;
  const points = [...text];
  return points.length <= codePoints ? text : `…${points.slice(points.length - codePoints + 1).join('')}`;
}

/** `1 event`, `2 events`; only for nouns with a regular plural. */
export function plural(count: number | bigint, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${Number(count) === 1 ? '' : 's'}`;
}

/** Writes JSON in ASCII, for databases whose character set is unknown. */
export function asciiJson(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
