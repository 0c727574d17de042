import { continuationKind } from '../../scrutinizer/policy-names.ts';

/** With more ways to go on, it is not other reports that they tell of but what was seen. */
const MAX_KINDS = 8;
const ENDS_IN_WORD = /[\p{L}\p{N}_]$/u;
const BEGINS_IN_WORD = /^[\p{L}\p{N}_]/u;

/** Ways in which messages go on after a policy's name, with the number of events of each. */
interface OtherNames {
  readonly policy: string;
  /** Most events first. */
  readonly kinds: readonly (readonly [kind: string, events: number])[];
}

/** Collects how messages go on after the names of policies: a name may also be the beginning of another report's. */
export class Continuations {
  private readonly byPolicy: ReadonlyMap<string, Map<string, number>>;

  constructor(private readonly policies: readonly string[]) {
    this.byPolicy = new Map(policies.map((policy) => [policy, new Map<string, number>()]));
  }

  /** @param beginning the message from a policy's name on */
  add(beginning: string): void {
    for (const [policy, kinds] of this.byPolicy) {
      if (!beginning.startsWith(policy)) continue;
      // A longer name that is given too is meant.
      if (this.policies.some((other) => other.length > policy.length && beginning.startsWith(other))) continue;
      const kind = continuationKind(beginning.slice(policy.length));
      const count = kinds.get(kind);
      if (count !== undefined || kinds.size <= MAX_KINDS) kinds.set(kind, (count ?? 0) + 1);
      return;
    }
  }

  /** Number of events whose first policy is this one. */
  eventsOf(policy: string): number {
    return [...(this.byPolicy.get(policy)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** The policies whose names seem to be the beginnings of several reports' names. */
  get ambiguous(): readonly OtherNames[] {
    return [...this.byPolicy].flatMap(([policy, kinds]) => {
      const isCut = ENDS_IN_WORD.test(policy) && [...kinds.keys()].some((kind) => BEGINS_IN_WORD.test(kind));
      if (!isCut && (kinds.size < 2 || kinds.size > MAX_KINDS)) return [];
      return [{ policy, kinds: [...kinds].sort(([, a], [, b]) => b - a) }];
    });
  }
}
