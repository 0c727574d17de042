/** Section 5 of the contract, look by look and row by row: the oracle. It shares no code with the product. */

import { thresholdOf } from './exceptions.ts';
import { addUp, type Fact, type Grouping, grouping, inWindow, type Row, type Terms, type World } from './world.ts';

/** Data no older than a twelfth of the window, or than three reports, shows that the collector is alive. */
const FRESH_PARTS = 12;
const FRESH_AT_LEAST_SECONDS = 900;
const INTERVAL_SECONDS = 300;
const LONGEST_CATCH_UP_SECONDS = 30 * 86_400;

/** The look up to which an alert covers its episode. */
interface Coverage {
  readonly at: number;
  readonly newest: number;
}

/** An alert that was acknowledged. */
interface Said extends Coverage {
  readonly bytes: bigint;
  /** With what it can be compared. */
  readonly scope: string;
}

export interface Due {
  readonly fact: Fact;
  readonly status: string;
  readonly covers: Coverage;
  readonly failures: number;
  /** Null as long as it has not been seen. */
  readonly alertId: string | null;
}

export interface Episode {
  readonly group: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly said: Said | null;
  readonly due: Due | null;
}

interface CurrentLeak {
  readonly group: string;
  readonly fact: Fact;
  readonly status: string;
}

/** The expected result of a run at one time. */
export interface Judgement {
  /** Seconds by which its clock is behind: then nothing of the rest is done. */
  readonly behind: number;
  readonly looks: readonly number[];
  /** All episodes as they are stored before anything is sent. */
  readonly episodes: readonly Episode[];
  readonly leaks: readonly CurrentLeak[];
  /** What is decided of each group that has rows or an open episode. */
  readonly decisions: ReadonlyMap<string, string>;
  readonly isLeftOut: Grouping['isLeftOut'];
  /** Each look at which a group was above the threshold. */
  readonly crossings: readonly { readonly group: string; readonly fact: Fact }[];
}

/** With what a total of this look can be compared. */
export function scopeOf({ windowSeconds, policies, lines }: Terms, look: number): string {
  const valid = lines.filter(({ above, endsAt }) => above === null && look < endsAt);
  const leftOut = new Set(valid.map(({ kind, value }) => `${kind} ${value}`));
  return JSON.stringify([windowSeconds, [...policies].sort(), [...leftOut].sort()]);
}

/** @param evaluatedUntil null before the first completed run */
export function judge(
  episodes: readonly Episode[],
  evaluatedUntil: number | null,
  now: number,
  world: World,
  terms: Terms,
): Judgement {
  const until = evaluatedUntil ?? now;
  const wasWrong = until > now + terms.windowSeconds;
  const looks = wasWrong || !terms.catchUp ? [now] : looksBetween(until, now);
  const remembered = wasWrong ? episodes.map((episode) => clamp(episode, now)) : episodes;
  const open = remembered.filter(({ closedAt }) => closedAt === null);
  const openedAt = new Map(open.map((episode) => [episode.group, episode.openedAt]));
  const facts = grouping(world, looks[0] as number, openedAt, terms);
  const grouped = world.rows.map((row) => ({ row, group: facts.groupOf(row) }));
  const rowsOf = (group: string) => grouped.filter((one) => one.group === group).map(({ row }) => row);
  const groups = new Set([...grouped.map(({ group }) => group), ...openedAt.keys()]);
  const isFresh = world.rows.some(({ epoch }) => epoch <= now && epoch >= now - staleAfter(terms));
  const judged = [...groups].map((group) => {
    const closed = remembered.filter((episode) => episode.group === group && episode.closedAt !== null);
    const newest = closed.flatMap(({ said, due }) => [said?.newest ?? -1, due?.covers.newest ?? -1]);
    return judgeGroup(group, rowsOf(group), looks, { ...terms, facts }, isFresh, {
      episode: open.find((episode) => episode.group === group) ?? null,
      lastAlerted: Math.max(-1, ...newest),
    });
  });
  return {
    behind: wasWrong ? 0 : Math.max(0, until - now),
    looks,
    episodes: [...remembered.filter(({ closedAt }) => closedAt !== null), ...judged.flatMap((one) => one.episodes)],
    leaks: judged.flatMap(({ leak }) => leak ?? []),
    decisions: new Map(judged.map(({ group, decision }) => [group, decision])),
    isLeftOut: facts.isLeftOut,
    crossings: judged.flatMap(({ crossings }) => crossings),
  };
}

function looksBetween(until: number, now: number): number[] {
  const looks: number[] = [];
  const since = Math.max(until, now - LONGEST_CATCH_UP_SECONDS);
  for (let time = since + INTERVAL_SECONDS; time <= now - INTERVAL_SECONDS; time += INTERVAL_SECONDS) looks.push(time);
  return [...looks, now];
}

function staleAfter({ windowSeconds }: Terms): number {
  return Math.max(windowSeconds / FRESH_PARTS, FRESH_AT_LEAST_SECONDS);
}

/** Moves remembered times in the future, which a wrong clock has left, back to now. */
function clamp(episode: Episode, now: number): Episode {
  const past = <T extends Coverage>(covers: T): T => ({
    ...covers,
    at: Math.min(covers.at, now),
    newest: Math.min(covers.newest, now),
  });
  const { said, due } = episode;
  return { ...episode, said: said && past(said), due: due && { ...due, covers: past(due.covers) } };
}

interface History {
  readonly episode: Episode | null;
  /** Epoch of the newest event of the group's last alert among closed episodes; -1 without one. */
  readonly lastAlerted: number;
}

function judgeGroup(
  group: string,
  rows: readonly Row[],
  looks: readonly number[],
  { facts, ...terms }: Terms & { readonly facts: Grouping },
  isFresh: boolean,
  history: History,
) {
  const crossings: { group: string; fact: Fact }[] = [];
  const episodes: Episode[] = [];
  let { lastAlerted } = history;
  let open = history.episode;
  // Each alert that is due counts as sent.
  let said = open?.due
    ? { ...open.due.covers, bytes: open.due.fact.bytes, scope: scopeOf(terms, open.due.fact.asOf) }
    : (open?.said ?? null);
  let decision = 'below';
  let fact = addUp([], 0, terms);
  let threshold = 0n;
  for (const [index, look] of looks.entries()) {
    const isNow = index === looks.length - 1;
    const counting = rows.filter((row) => !facts.isLeftOut(row, look));
    fact = addUp(counting, look, terms);
    const scope = scopeOf(terms, look);
    const pairs = counting
      .filter((row) => row.bytes !== null && inWindow(row, look, terms))
      .map(facts.thresholdTraitsOf);
    threshold = thresholdOf(terms.lines, pairs, BigInt(terms.thresholdBytes), look);
    if (fact.bytes > threshold) crossings.push({ group, fact });
    decision = decide(fact, threshold, open !== null, said, lastAlerted, scope, terms);
    const isDue = ['new', 'grown', 'repeat'].includes(decision);
    if (isDue) {
      open ??= { group, openedAt: look, closedAt: null, said: null, due: null };
      said = { at: look, newest: fact.lastSeen, bytes: fact.bytes, scope };
    }
    if (open && decision !== 'closed') open = { ...open, due: dueAfter(open, isDue, fact, isNow, terms) };
    if (decision !== 'closed' || !open) continue;
    if ((isFresh || !isNow) && !(said && said.at > look)) {
      episodes.push({ ...open, closedAt: look });
      lastAlerted = said?.newest ?? lastAlerted;
      open = null;
      said = null;
    } else decision = 'below';
  }
  if (open?.due && decision !== 'below') decision = open.due.status;
  if (open) episodes.push(open);
  const leak = fact.bytes > threshold ? { group, fact, status: decision } : null;
  return { group, episodes, leak, decision, crossings };
}

function decide(
  fact: Fact,
  threshold: bigint,
  isOpen: boolean,
  said: Said | null,
  lastAlerted: number,
  scope: string,
  terms: Terms,
) {
  if (fact.bytes <= threshold) return isOpen && fact.bytes * 2n <= threshold ? 'closed' : 'below';
  if (!isOpen) return fact.lastSeen > lastAlerted ? 'new' : 'known';
  if (!said) return 'new';
  const hasNewBytes = fact.lastSeen > said.newest || (said.scope === scope && fact.bytes > said.bytes);
  if (!hasNewBytes) return 'known';
  if (hasGrown(fact.bytes, said, terms)) return 'grown';
  return fact.asOf >= said.at + terms.realertAfterSeconds ? 'repeat' : 'known';
}

function hasGrown(bytes: bigint, said: Said, { realertGrowth }: Terms): boolean {
  return realertGrowth > 0 && bytes * 1000n >= said.bytes * BigInt(realertGrowth * 1000);
}

/** An alert that is due keeps its largest total; of equal ones that of now, else the first. */
function dueAfter({ due, said }: Episode, isDue: boolean, fact: Fact, isNow: boolean, terms: Terms): Due | null {
  const isLargest = !due || fact.bytes > due.fact.bytes || (isNow && fact.bytes === due.fact.bytes);
  if (!isDue && !(due && isLargest)) return due;
  const largest = due && !isLargest ? due.fact : fact;
  const again = said && hasGrown(largest.bytes, said, terms) ? 'grown' : 'repeat';
  return {
    fact: largest,
    status: said ? again : 'new',
    covers: { at: fact.asOf, newest: fact.lastSeen },
    failures: due?.failures ?? 0,
    alertId: due?.alertId ?? null,
  };
}
