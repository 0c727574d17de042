import { html, type Markup } from './html-tag.ts';

/** Renders a term and its description. */
export function fact(name: string, value: string): Markup {
  return factOf(name, html`${value}`);
}

export function factOf(name: string | Markup, value: Markup): Markup {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
