import type { Tally } from '../model.ts';

/**
 * Tells whether the address columns hold something else than bytes, such as dotted text: then all sources are one, and
 * what adds up is no leak of anybody.
 */
export function lacksSources({ matched, hasSource }: Pick<Tally, 'matched' | 'hasSource'>): boolean {
  return matched > 0 && !hasSource;
}
