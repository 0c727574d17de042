import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedGroup } from '../../explain/explanation.ts';
import type { Exception } from '../../options/exceptions.ts';
import { describeException } from '../../options/exceptions.ts';
import { type AlertCondition, isAlerted } from '../../state/decide.ts';
import type { DueAlert } from '../../state/due-alert.ts';
import { describeAs } from '../../util/autonomous-system.ts';
import { plural } from '../../util/text.ts';
import { formatSize, formatTime } from '../../util/units.ts';
import { shareFacts, shareText } from '../words.ts';

export type Fact = readonly [label: string, text: string];

/** Names a group: `10.1.1.5 to 203.0.113.9`. */
export function groupTitle({ source, destination, domain, as }: ExplainedGroup): string {
  const [first = null, ...others] = [destination, domain, as].filter((part) => part !== null);
  const to = others.length === 0 ? first : `${first} (${others.join(', ')})`;
  if (source === null) return `to ${to}`;
  return to === null ? `from ${source}` : `${source} to ${to}`;
}

/** Explains a group, from its total to the end of its episode. */
export function groupFacts(group: ExplainedGroup, { thresholdBytes: common, asOf }: Explanation): Fact[] {
  const { episode, undelivered, crossedAt, bytes, threshold, exclusions } = group;
  const alerted = episode?.alerted ?? null;
  const missing = BigInt(threshold.bytes) + 1n - bytes;
  const facts: Fact[] = [
    ...networkFacts(group),
    ['Total', describeTotal(group)],
    ...(exclusions.length > 0 ? [['Left out', `by ${exclusions.join('; ')}`] as const] : []),
    ...(threshold.exception
      ? [['Threshold', describeThreshold(threshold.bytes, threshold.exception, common)] as const]
      : []),
    ...largestFacts(group),
    [
      'Crossed',
      crossedAt === null
        ? `not in this window: ${size(missing)} short of a leak`
        : `${formatTime(crossedAt)}, above ${formatSize(threshold.bytes)} since then`,
    ],
    ['Decision', `${group.decision}: ${describeDecision(group)}`],
    ['Episode', episode ? `open since ${formatTime(episode.openedAt)}` : 'none open'],
  ];
  if (episode) facts.push(['Last alert', alerted ? `${formatTime(alerted.at)}, with ${size(alerted.bytes)}` : 'none']);
  if (alerted && alerted.at > asOf) facts.push(['', 'later than the window: the state is always the current one']);
  for (const alert of [...undelivered, ...(episode?.pending ? [episode.pending] : [])]) {
    facts.push(['Not sent', describePending(alert)]);
  }
  facts.push(['Next alert', describeNext(group)]);
  if (episode && group.decision !== 'closed') {
    facts.push(['Over', `when the total is ${size(group.closesAtBytes)} or less`]);
  }
  return facts;
}

/** AS and country of all destinations. */
function networkFacts({ ipFacts: { as, country } }: ExplainedGroup): Fact[] {
  const facts: Fact[] = [];
  if (as) facts.push(['AS', describeAs(as)]);
  if (country !== null) facts.push(['Country', country]);
  return facts;
}

/** The largest of several destinations, as far as more is known of them than of all. */
function largestFacts({ ipFacts, destinations, bytes }: ExplainedGroup): Fact[] {
  if (!destinations || destinations.count < 2 || bytes === 0n) return [];
  const shares = destinations.top.flatMap((share) => {
    const known = shareFacts(share, ipFacts);
    return known === '' ? [] : `${share.address}, ${shareText(share.bytes, bytes)}: ${known}`;
  });
  return shares.map((share, index) => [index === 0 ? 'Largest' : '', share]);
}

function describeTotal({ bytes, events, excludedEvents, excludedBytes, unreadableEvents }: ExplainedGroup): string {
  const excluded = excludedEvents > 0 ? [`${count(excludedEvents)} excluded (${size(excludedBytes)})`] : [];
  const unreadable = unreadableEvents > 0 ? [`${count(unreadableEvents)} unreadable`] : [];
  return [`${size(bytes)} in ${plural(events, 'event')}`, ...excluded, ...unreadable].join(', ');
}

function describeThreshold(bytes: number, exception: Exception, common: number): string {
  return `${formatSize(bytes)} instead of ${formatSize(common)}, by ${describeException(exception)}`;
}

function describeDecision({ decision, episode, hasNewBytes, threshold }: ExplainedGroup): string {
  switch (decision) {
    case 'new':
      return episode ? 'no alert was acknowledged yet, so one is due' : 'not alerted before, so an alert is due';
    case 'grown':
      return 'new bytes arrived, and the total has grown enough since the last alert, so another is due';
    case 'repeat':
      return 'new bytes arrived, and the last alert is old enough, so another is due';
    case 'known':
      return hasNewBytes
        ? 'already alerted; it has not grown enough, and the last alert is too recent'
        : 'already alerted, and no new bytes since';
    case 'below':
      return `not above ${formatSize(threshold.bytes)}, so not a leak${episode ? ', but too much for its episode to end' : ''}`;
    case 'closed':
      return 'at or below half the threshold, so the next run ends its episode, provided that events of any kind arrive';
  }
}

function describePending({ alertId, failures, leak }: DueAlert): string {
  const tries = failures === 0 ? '' : `, ${plural(failures, 'failed attempt')}`;
  return `alert ${alertId} of ${formatTime(leak.asOf)} (${leak.status}, ${size(leak.bytes)})${tries}; the next run retries it`;
}

function describeNext(group: ExplainedGroup): string {
  const { decision, next, hasNewBytes } = group;
  if (isAlerted(decision)) return `by the next run, as ${decision}`;
  if (next.length === 0) return 'none: --realert-growth and --realert-after are off';
  const conditions = next.map(describeCondition).join('; ');
  return hasNewBytes === false && decision !== 'closed' ? `only with new bytes: ${conditions}` : conditions;
}

function describeCondition({ status, atBytes, notBefore }: AlertCondition): string {
  const total = `the total is ${size(atBytes)} or more`;
  return notBefore === null ? `${status} when ${total}` : `${status} from ${formatTime(notBefore)} on, when ${total}`;
}

function size(bytes: bigint): string {
  return `${bytes.toLocaleString('en-US')} byte${bytes === 1n ? '' : 's'}`;
}

function count(events: number): string {
  return events.toLocaleString('en-US');
}
