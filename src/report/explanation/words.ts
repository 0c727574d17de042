import prettyBytes from 'pretty-bytes';
import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedGroup } from '../../explain/explanation.ts';
import { type AlertCondition, isAlerted } from '../../state/decide.ts';
import type { DueAlert } from '../../state/due-alert.ts';
import { plural } from '../../util/text.ts';
import { formatTime } from '../../util/units.ts';

/** What there is to say of a group: a label and a sentence each. */
export type Fact = readonly [label: string, words: string];

/** The group as people name it. */
export function groupTitle({ source, destination, domain }: ExplainedGroup): string {
  const to = destination === null ? domain : domain === null ? destination : `${destination} (${domain})`;
  if (source === null) return `to ${to}`;
  return to === null ? `from ${source}` : `${source} to ${to}`;
}

/** From what was counted to when it is over. */
export function groupFacts(group: ExplainedGroup, { thresholdBytes, asOf }: Explanation): Fact[] {
  const { episode, undelivered, crossedAt, bytes } = group;
  const alerted = episode?.alerted ?? null;
  const missing = BigInt(thresholdBytes) + 1n - bytes;
  const facts: Fact[] = [
    ['Total', totalWords(group)],
    [
      'Crossed',
      crossedAt === null
        ? `not in this window: ${size(missing)} less than a leak`
        : `${formatTime(crossedAt)}, above ${prettyBytes(thresholdBytes)} since then`,
    ],
    ['Decision', `${group.decision}: ${decisionWords(group, thresholdBytes)}`],
    ['Episode', episode ? `open since ${formatTime(episode.openedAt)}` : 'none is open'],
  ];
  if (episode) facts.push(['Last alert', alerted ? `${formatTime(alerted.at)}, with ${size(alerted.bytes)}` : 'none']);
  if (alerted && alerted.at > asOf)
    facts.push(['', 'later than the time asked about: the state is always that of now']);
  for (const alert of [...undelivered, ...(episode?.pending ? [episode.pending] : [])]) {
    facts.push(['Not sent', pendingWords(alert)]);
  }
  facts.push(['Next alert', nextWords(group)]);
  if (episode && group.decision !== 'closed') {
    facts.push(['Over', `when the total is ${size(group.closesAtBytes)} or less`]);
  }
  return facts;
}

function totalWords({ bytes, events, excludedEvents, excludedBytes, unreadableEvents }: ExplainedGroup): string {
  const left = excludedEvents > 0 ? [`${count(excludedEvents)} excluded (${size(excludedBytes)})`] : [];
  const unread = unreadableEvents > 0 ? [`${count(unreadableEvents)} unreadable`] : [];
  return [`${size(bytes)} in ${plural(events, 'event')}`, ...left, ...unread].join(', ');
}

function decisionWords({ decision, episode, hasNewBytes }: ExplainedGroup, thresholdBytes: number): string {
  switch (decision) {
    case 'new':
      return episode
        ? 'no alert of it was acknowledged yet, so it is due'
        : 'a leak that was not alerted, so it is due';
    case 'grown':
      return 'new bytes came, and the total has grown enough since the last alert, so it is due again';
    case 'repeat':
      return 'new bytes came, and the last alert is old enough, so it is due again';
    case 'known':
      return hasNewBytes
        ? 'alerted before, and neither grown enough since nor long enough ago'
        : 'alerted before, and no new bytes since';
    case 'below':
      return `not above ${prettyBytes(thresholdBytes)}, so no leak${episode ? '; but too much for its episode to end' : ''}`;
    case 'closed':
      return 'at or below half the threshold, so its episode ends with the next run, while events of any kind arrive';
  }
}

function pendingWords({ alertId, failures, leak }: DueAlert): string {
  const tries = failures === 0 ? '' : `, ${plural(failures, 'failed attempt')}`;
  return `alert ${alertId} of ${formatTime(leak.asOf)} (${leak.status}, ${size(leak.bytes)})${tries}; the next run tries it`;
}

function nextWords(group: ExplainedGroup): string {
  const { decision, next, hasNewBytes } = group;
  if (isAlerted(decision)) return `by the next run, as ${decision}`;
  if (next.length === 0) return 'none: --realert-growth and --realert-after are off';
  const ways = next.map(wayWords).join('; ');
  return hasNewBytes === false && decision !== 'closed' ? `only with new bytes: ${ways}` : ways;
}

function wayWords({ status, atBytes, notBefore }: AlertCondition): string {
  const total = `the total is ${size(atBytes)} or more`;
  return notBefore === null ? `${status} when ${total}` : `${status} from ${formatTime(notBefore)} on, when ${total}`;
}

function size(bytes: bigint): string {
  return `${bytes.toLocaleString('en-US')} byte${bytes === 1n ? '' : 's'}`;
}

function count(events: number): string {
  return events.toLocaleString('en-US');
}
