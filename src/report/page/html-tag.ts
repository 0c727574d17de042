import { sanitize } from '../../util/text.ts';

/** HTML that is what it was written to be, whatever text was put into it. Made by {@link html} only. */
export class Markup {
  constructor(readonly text: string) {}
}

type Content = string | number | Markup | readonly Markup[];

/** Writes HTML: each text in it is shown as it is, in an element as in a quoted attribute, and never read as HTML. */
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
