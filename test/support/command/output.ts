/** The lines of a text, without the empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The records of a CSV file (RFC 4180), with their fields by the names in the header. */
export function parseCsv(text: string): Record<string, string>[] {
  const records: string[][] = [];
  for (const [, separator, quoted, plain = ''] of text.matchAll(/(^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)) {
    if (separator !== ',') records.push([]);
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
  }
  const [header = [], ...rows] = records.filter((fields) => fields.join('') !== '');
  return rows.map((fields) => Object.fromEntries(header.map((name, column) => [name, fields[column] ?? ''])));
}
