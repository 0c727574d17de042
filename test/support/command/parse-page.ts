import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser reads it. */
export interface ParsedPage {
  /** Each element with its attributes, in document order. */
  readonly skeleton: readonly string[];
  /** The errors that the parser corrected. */
  readonly faults: readonly string[];
  readonly title: string;
  readonly headings: readonly string[];
  /** The cells of each row of the tables, the head rows included. */
  readonly rows: readonly (readonly string[])[];
  /** The visible text, with single spaces. */
  readonly text: string;
  /** The values by their name; a list gives its items. */
  readonly facts: Readonly<Record<string, readonly string[]>>;
  readonly bars: readonly object[];
  readonly labels: readonly string[];
}

export function parsePage(html: string): ParsedPage {
  const faults: string[] = [];
  const document = parse(html, {
    onParseError: ({ code }) => {
      // Noncharacters (such as U+FFFE) are shown like any other.
      if ((code as string) !== 'noncharacter-in-input-stream') faults.push(code);
    },
  });
  const elements = document.childNodes.flatMap(elementsOf);
  const named = (...names: string[]) => elements.filter(({ tagName }) => names.includes(tagName));
  const facts: Record<string, string[]> = {};
  for (const dd of named('dd')) {
    const dt = elements.find((element) => element.parentNode === dd.parentNode && element.tagName === 'dt');
    const items = elementsOf(dd).filter(({ tagName }) => tagName === 'li');
    facts[textOf(dt)] = (items.length > 0 ? items : [dd]).map(textOf);
  }
  return {
    skeleton: elements.map(({ tagName, attrs }) =>
      [tagName, ...attrs.map(({ name, value }) => `${name}="${value}"`)].join(' '),
    ),
    faults,
    title: textOf(named('title')[0]),
    headings: named('h1', 'h2', 'h3').map(textOf),
    rows: named('tr').map((row) => elementsOf(row).flatMap((cell) => (isCell(cell) ? textOf(cell) : []))),
    text: textOf(named('body')[0]).replace(/\s+/g, ' '),
    facts,
    bars: named('rect').map((bar) => ({
      ...Object.fromEntries(bar.attrs.map(({ name, value }) => [name, Number(value)])),
      title: textOf(bar),
    })),
    labels: named('svg').map(({ attrs }) => attrs.find(({ name }) => name === 'aria-label')?.value ?? ''),
  };
}

function isCell({ tagName }: Element): boolean {
  return tagName === 'td' || tagName === 'th';
}

function elementsOf(node: Node): Element[] {
  return 'tagName' in node ? [node, ...node.childNodes.flatMap(elementsOf)] : [];
}

function textOf(node: Node | undefined): string {
  if (!node) return '';
  if (node.nodeName === '#text') return (node as DefaultTreeAdapterTypes.TextNode).value;
  const parts = 'childNodes' in node ? node.childNodes.map(textOf) : [];
  // These elements are set apart on the page.
  return parts.join(['DL', 'DIV', 'TR'].includes(node.nodeName.toUpperCase()) ? ' ' : '');
}
