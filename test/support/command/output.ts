/** The lines of a text, without empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** RFC 4180: the fields of each record, without the header, under the header's names. */
export function parseCsv(text: string): Record<string, string>[] {
  const records: string[][] = [];
  for (const [, separator, quoted, plain = ''] of text.matchAll(/(^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)) {
    if (separator !== ',') records.push([]);
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
  }
  const [header = [], ...rows] = records.filter((fields) => fields.join('') !== '');
  return rows.map((fields) => Object.fromEntries(header.map((name, column) => [name, fields[column] ?? ''])));
}
