import type { Page } from 'playwright-core';

// Code for the page is a string, since the tests are type-checked without the types of a browser.

/** The elements that are wider than the page; empty when nobody has to scroll sideways. */
export function findOverflow(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const outside = [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5 || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      .map((element) => element.outerHTML.slice(0, 80));
    return scrollWidth > clientWidth ? ['the page', ...outside] : outside;
  })()`);
}

/** How well the text of a page stands out from its background. */
export interface Contrasts {
  /** The contrast ratio of WCAG 2.1, from 1 to 21; level AA is 4.5. */
  readonly least: { readonly ratio: number; readonly text: string };
  /** The relative luminance of the page and its cards: 0 is black, 1 is white. */
  readonly backgrounds: readonly number[];
}

export function contrasts(page: Page): Promise<Contrasts> {
  return page.evaluate(`(() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
      const [r, g, b] = channels(color).map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const background = (element) => {
      const color = getComputedStyle(element).backgroundColor;
      return channels(color)[3] === 0 ? background(element.parentElement) : color;
    };
    const texts = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility() && !element.closest('svg') && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    const found = texts.map((element) => {
      const [dark, light] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort((a, b) => a - b);
      return { ratio: (light + 0.05) / (dark + 0.05), text: element.textContent };
    });
    return {
      least: found.sort((a, b) => a.ratio - b.ratio)[0],
      backgrounds: [document.body, ...document.querySelectorAll('article')].map((element) => luminance(background(element))),
    };
  })()`);
}
