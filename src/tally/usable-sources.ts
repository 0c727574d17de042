import type { Tally } from '../model.ts';

/**
 * Tells whether the address columns hold something else than bytes, such as dotted text: then all sources are one, and
 * what adds up is no leak of anybody.
 */
export function lacksSources({ matched, unreadable, hasSource }: Tally): boolean {
  return matched > unreadable && !hasSource;
}
