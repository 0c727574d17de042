import { beginningsQuery, likelyName } from '../../scrutinizer/policy-names.ts';
import { plural } from '../../util/text.ts';
import { formatAge, formatDuration } from '../../util/units.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { quoted, shellQuoted } from '../words.ts';
import { eventsColumns } from './columns.ts';

const CANDIDATES = 5;
/** Bounds the memory where messages begin with what differs from event to event. */
const MAX_NAMES = 10_000;

/** The events of the policy; without them nothing is ever added up. */
export const policyEvents: Check = {
  name: 'events.policy',
  title: 'Events of the policy',
  lane: 'events',
  needs: [eventsColumns],
  limit: 'rest of the run',
  run: async (context) => {
    const { policies, windowSeconds } = context.options;
    const { matched, newest, continuations } = await context.scan();
    const window = `the last ${formatDuration(windowSeconds)}`;
    if (matched === 0) return proposeNames(context, `none in ${window} contains ${policies.map(quoted).join(' or ')}`);
    const age = formatAge(Math.max(0, (await context.asOf()) - (newest ?? 0)));
    const detail = `${plural(matched, 'event')} of ${policies.map(quoted).join(', ')} in ${window}, the newest ${age} ago`;
    const without = policies.filter((policy) => continuations.eventsOf(policy) === 0);
    if (without.length === 0) return ok(detail);
    return warn(
      `${detail}; none of ${without.map(quoted).join(', ')}`,
      'was this report renamed or stopped? An event counts for the first name that it contains',
    );
  },
};

/** Shows how the messages begin that could be meant. */
async function proposeNames(context: CheckContext, detail: string): Promise<Finding> {
  const names = await countNames(context);
  const likely = [...names].sort(([, a], [, b]) => b - a).slice(0, CANDIDATES);
  if (likely.length === 0) {
    return fail(
      detail,
      'nor has any other event a byte count (sum_octetdeltacount): does the saved report exist, does it run every five minutes with a threshold, and is it posted to the bulletin board?',
    );
  }
  const width = Math.max(...likely.map(([, count]) => count.toLocaleString('en-US').length));
  const lines = likely.map(
    ([name, count]) => `${count.toLocaleString('en-US').padStart(width)} events: --policy ${shellQuoted(name)}`,
  );
  return fail(detail, 'was the saved report renamed or stopped? These messages have a byte count:', lines);
}

async function countNames({ options, source, asOf }: CheckContext): Promise<ReadonlyMap<string, number>> {
  const { database } = await source();
  const to = await asOf();
  const names = new Map<string, number>();
  await database.stream(beginningsQuery(database, { from: to - options.windowSeconds, to }), ([beginning]) => {
    const name = likelyName(String(beginning));
    const count = names.get(name);
    if (name !== '' && (count !== undefined || names.size < MAX_NAMES)) names.set(name, (count ?? 0) + 1);
  });
  return names;
}
