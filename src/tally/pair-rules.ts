import type { AddressPair, Group, Pair } from '../model.ts';
import { type Exclusion, ORDINARY, type Ruling, type Threshold } from '../options/exceptions.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import { Steps } from '../util/steps.ts';
import { combineRulings, type Exceptions } from './exceptions.ts';
import { countingFrom } from './group-pairs.ts';
import { GroupThresholds, leastThreshold } from './group-thresholds.ts';
import type { Looks } from './looks.ts';

/** What the exceptions say of the pairs of a window, by their addresses and by the names of their destinations. */
export class PairRules {
  private readonly thresholds = new Map<string, GroupThresholds>();
  private readonly common = new Map<number, Steps<Threshold>>();

  /** @param names null when nothing depends on them */
  constructor(
    private readonly exceptions: Exceptions,
    private readonly names: DomainNames | null,
    private readonly looks: Looks,
    private readonly windowSeconds: number,
  ) {}

  /** Do names leave the pair out at the last look? */
  readonly isLeftOutByName = (pair: AddressPair): boolean => this.ruleOnNames(pair).countsFrom > this.looks.now;

  /** @returns what leaves the pair out at the last look; null when it counts */
  exclusionOf(pair: AddressPair): Exclusion | null {
    const byAddress = this.exceptions.exclusionOfPair(pair);
    if (byAddress !== null || !this.names || !this.isLeftOutByName(pair)) return byAddress;
    return this.exceptions.exclusionOfNames(this.names.ofPair(pair));
  }

  /** Marks pairs that do not count at the first looks. */
  *countFromTheirTime(pairs: Iterable<Pair>): Generator<Pair> {
    for (const pair of pairs) {
      const { countsFrom } = this.ruleOn(pair);
      yield countsFrom > this.looks.first ? countingFrom(pair, countsFrom) : pair;
    }
  }

  /** The smallest threshold of its own that a group of these pairs may have at a look; null when it has none. */
  leastThreshold(pairs: readonly Pair[]): number | null {
    return this.exceptions.hasThresholds ? leastThreshold(pairs, this.thresholdsOfPair) : null;
  }

  /** @param common the threshold (bytes) where no exception holds */
  thresholdsOf({ key, pairs }: Group, common: number): Steps<Threshold> {
    if (!this.exceptions.hasThresholds) return this.commonSteps(common);
    const { looks, windowSeconds, thresholds } = this;
    const known = thresholds.get(key) ?? new GroupThresholds(pairs, this.thresholdsOfPair, looks, windowSeconds);
    thresholds.set(key, known);
    return known.above(common);
  }

  /** One object for all groups, of which there may be very many. */
  private commonSteps(bytes: number): Steps<Threshold> {
    const known = this.common.get(bytes) ?? Steps.constant<Threshold>({ bytes, exception: null });
    this.common.set(bytes, known);
    return known;
  }

  private readonly thresholdsOfPair = (pair: AddressPair) => this.ruleOn(pair).thresholds;

  private ruleOn(pair: AddressPair): Ruling {
    return combineRulings(this.exceptions.ruleOnPair(pair), this.ruleOnNames(pair));
  }

  private ruleOnNames(pair: AddressPair): Ruling {
    return this.names?.ruleOn(pair) ?? ORDINARY;
  }
}
