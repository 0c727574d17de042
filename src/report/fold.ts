import stringWidth from 'string-width';

/** Wraps text to a width in terminal columns; a word that is longer than a line, after a colon where it has one. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (stringWidth(rest) > columns) {
    const maxLength = lengthThatFits(charactersOf(rest), columns);
    const space = rest[maxLength] === ' ' ? maxLength : rest.lastIndexOf(' ', maxLength - 1);
    const end = space > 0 ? space : rest.lastIndexOf(':', maxLength - 1) + 1 || maxLength;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest];
}

/**
 * Shortens text in its middle to a width in terminal columns, of which an East Asian character takes two.
 *
 * @param endColumns width of the end that must stay; what is left is for the beginning
 */
export function cutMiddle(text: string, columns: number, endColumns: number): string {
  if (stringWidth(text) <= columns) return text;
  const fromEnd = [...charactersOf(text)].reverse();
  const end = lengthThatFits(fromEnd, Math.max(endColumns, Math.floor(columns / 2)));
  const tail = text.slice(text.length - end);
  const room = columns - 1 - stringWidth(tail);
  const head = text.slice(0, lengthThatFits(charactersOf(text), room));
  return `${stringWidth(head) <= room ? head : ''}\u2026${tail}`;
}

/** Pads a line with spaces to a width in terminal columns. */
export function pad(line: string, columns: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - stringWidth(line)));
  return align === 'left' ? line + spaces : spaces + line;
}

/** Whole characters with their accents, flags and the like. */
function* charactersOf(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter('en').segment(text)) yield segment;
}

/** Length of the first characters that fit, of which there is at least one. */
function lengthThatFits(characters: Iterable<string>, columns: number): number {
  let [length, width] = [0, 0];
  for (const character of characters) {
    width += stringWidth(character);
    if (width > columns && length > 0) break;
    length += character.length;
  }
  return length;
}
