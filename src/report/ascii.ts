import stringWidth from 'string-width';

/** What stands for the characters that tables are drawn with: lines, ellipses, bars from the lowest to the highest, and the marks of a check. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  ...{ '\u2500': '-', '\u2514': '`', '\u2026': '~', '\u00b7': '.' },
  ...{ '\u2581': ':', '\u2582': '-', '\u2583': '=', '\u2584': '+', '\u2585': '*', '\u2586': '%', '\u2587': '#' },
  '\u2588': '@',
  ...{ '\u2714': '+', '\u26a0': '!', '\u2716': 'x', '\u2192': '>' },
};

/** Writes a table in ASCII, for terminals of another character set; other characters in it become `?`. */
export function toAscii(table: string): string {
  return table.replace(/[^\0-\x7f]/gu, (character) => SUBSTITUTES[character] ?? '?'.repeat(stringWidth(character)));
}
