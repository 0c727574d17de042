import type { Ruling } from '../options/exceptions.ts';

/** Host names that are kept and shown; an attacker may register any number of them. */
const MAX_NAMES = 100;

export interface Name {
  readonly fqdn: string;
  readonly lastSeen: number;
  /** It is an excluded domain, or below one. */
  readonly isExcluded: boolean;
}

/** The host names of one pair of addresses, in bounded memory. */
export class PairNames {
  /** Distinct names that were not kept; one that is in the table several times may be counted several times. */
  omitted = 0;
  /** What holds for each of the names, also for those that were not kept; null before the first one. */
  ruling: Ruling | null = null;
  private kept: Name[] = [];

  /** Takes the names in any order: sorting them would make the database read all of them before the first one arrives. */
  add(name: Name, ruling: Ruling): void {
    this.ruling = this.ruling ? sharedRuling(this.ruling, ruling) : ruling;
    // Most pairs have one name, and an array that grows takes room for 17.
    if (this.kept.length === 0) this.kept = [name];
    else this.kept.push(name);
    if (this.kept.length >= 2 * MAX_NAMES) this.prune();
  }

  /** Distinct names, newest first. */
  get names(): readonly Name[] {
    this.prune();
    return this.kept;
  }

  private prune(): void {
    const { names, omitted } = selectNames(this.kept);
    this.kept = names;
    this.omitted += omitted;
  }
}

/** Requires that it holds for both: whoever answers the DNS could add a name that is left out. */
function sharedRuling(a: Ruling, b: Ruling): Ruling {
  return {
    countsFrom: Math.min(a.countsFrom, b.countsFrom),
    thresholds: a.thresholds.filter((exception) => b.thresholds.includes(exception)),
  };
}

/**
 * Selects distinct names: those under no excluded domain before the others, and newer before older ones.
 *
 * @returns the selected names, newest first, and how many there are beside them
 */
export function selectNames(all: readonly Name[]): { readonly names: Name[]; readonly omitted: number } {
  const newest = new Map<string, Name>();
  for (const name of [...all].sort(compareAge)) {
    if (!newest.has(name.fqdn)) newest.set(name.fqdn, name);
  }
  const distinct = [...newest.values()];
  if (distinct.length <= MAX_NAMES) return { names: distinct, omitted: 0 };
  // A stable sort, so that newer names stay before older ones.
  const preferred = distinct.sort((a, b) => Number(a.isExcluded) - Number(b.isExcluded)).slice(0, MAX_NAMES);
  return { names: preferred.sort(compareAge), omitted: distinct.length - MAX_NAMES };
}

/** Newest first; of the same age in the order of their text, since the database may return them in any order. */
function compareAge(a: Name, b: Name): number {
  return b.lastSeen - a.lastSeen || (a.fqdn < b.fqdn ? -1 : Number(a.fqdn > b.fqdn));
}
