import { sanitize } from '../../util/text.ts';

/** HTML that is safe to insert: built by {@link html}, or a constant. */
export class Markup {
  constructor(readonly text: string) {}
}

type Content = string | number | Markup | readonly Markup[];

/** Template tag that escapes the text inserted into elements and quoted attributes. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...contents.map(toHtml)));
}

function toHtml(content: Content): string {
  if (content instanceof Markup) return content.text;
  return typeof content === 'object' ? content.map(({ text }) => text).join('\n') : escapeHtml(`${content}`);
}

function escapeHtml(text: string): string {
  return sanitize(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
