// Control (Cc), format (Cf: bidi controls, zero-width and invisible characters), line and paragraph separators
// (Zl, Zp) and, since the u flag reads by code point, lone surrogates (Cs). Unicode 15, general categories.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Makes text from the database harmless for a terminal, a log line or a CSV cell: one `?` for each unsafe character. */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, '?');
}

/** Cuts text to at most this many code points, the last of them an ellipsis where something was cut. */
export function truncate(text: string, codePoints: number): string {
  if (text.length <= codePoints) return text;
  const points = [...text];
  return points.length <= codePoints ? text : `${points.slice(0, codePoints - 1).join('')}…`;
}

/** `1 event`, `2 events`: English nouns with a regular plural only. */
export function plural(count: number | bigint, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${Number(count) === 1 ? '' : 's'}`;
}
