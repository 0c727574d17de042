import stringWidth from 'string-width';

/** Wraps text to a width in terminal columns, within a word only where the word is longer than a line. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (stringWidth(rest) > columns) {
    const maxLength = lengthThatFits(rest, columns);
    const space = rest[maxLength] === ' ' ? maxLength : rest.lastIndexOf(' ', maxLength - 1);
    const end = space > 0 ? space : maxLength;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest];
}

/** Truncates text to a width in terminal columns, of which an East Asian character takes two. */
export function fitWidth(text: string, columns: number): string {
  return stringWidth(text) <= columns ? text : `${text.slice(0, lengthThatFits(text, columns - 1))}…`;
}

/** Pads a line with spaces to a width in terminal columns. */
export function pad(line: string, columns: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - stringWidth(line)));
  return align === 'left' ? line + spaces : spaces + line;
}

/** Length of the longest prefix that fits: whole characters with their accents, flags and the like, and at least one. */
function lengthThatFits(text: string, columns: number): number {
  let [length, width] = [0, 0];
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    width += stringWidth(segment);
    if (width > columns && length > 0) break;
    length += segment.length;
  }
  return length;
}
