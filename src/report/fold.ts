import stringWidth from 'string-width';

/** Breaks text into lines of at most so many terminal columns: at spaces, and within a word only where it is longer. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (stringWidth(rest) > columns) {
    const most = lengthThatFits(rest, columns);
    const space = rest[most] === ' ' ? most : rest.lastIndexOf(' ', most - 1);
    const end = space > 0 ? space : most;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest];
}

/** Cuts text to a width in terminal columns, of which an East Asian character takes two. */
export function fitWidth(text: string, columns: number): string {
  return stringWidth(text) <= columns ? text : `${text.slice(0, lengthThatFits(text, columns - 1))}…`;
}

/** Fills a line up with spaces, before it or behind it. */
export function pad(line: string, columns: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - stringWidth(line)));
  return align === 'left' ? line + spaces : spaces + line;
}

/** Never within a code point, and at least one of them. */
function lengthThatFits(text: string, columns: number): number {
  let [length, width] = [0, 0];
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns && length > 0) break;
    length += character.length;
  }
  return length;
}
