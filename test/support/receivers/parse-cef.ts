/** A CEF message as a receiver reads it. */
export interface CefMessage {
  /** Vendor, product, version, signature id, name and severity. */
  readonly header: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

const HEADER = /^CEF:0\|((?:(?:[^\\|]|\\[\\|])*\|){6})/;

/**
 * Parses CEF by its specification: `|` and `\` are escaped in the header; `=`, `\` and line breaks in values; a value
 * ends at a space followed by the next key. Throws on anything else, and on a repeated key.
 */
export function parseCef(message: string): CefMessage {
  const [head, inner = ''] = HEADER.exec(message) ?? [];
  if (head === undefined || /[\r\n]/.test(message)) throw new Error(`no CEF header, or not one line: ${message}`);
  const header = Array.from(inner.matchAll(/((?:[^\\|]|\\[\\|])*)\|/g), ([, field = '']) => unescaped(field));
  const fields: Record<string, string> = {};
  for (const part of message.slice(head.length).split(/ (?=[A-Za-z0-9]+=)/)) {
    const [, key = '', value = ''] = /^([A-Za-z0-9]+)=((?:[^\\=]|\\[\\=nr])*)$/.exec(part) ?? [];
    if (key === '' || key in fields) throw new Error(`no field, or one that was there before: ${part}`);
    fields[key] = unescaped(value);
  }
  return { header, fields };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => ({ n: '\n', r: '\r' })[character] ?? character);
}
