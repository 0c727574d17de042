import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedGroup } from '../../explain/explanation.ts';
import { toJson } from '../../leaks/leak-object.ts';
import { describeException } from '../../options/exceptions.ts';
import type { DueAlert } from '../../state/due-alert.ts';
import { sanitize } from '../../util/text.ts';
import { eventObject } from './event-object.ts';

/** Renders the explanation as one JSON object. Byte counts are integers of any size. */
export function renderExplainJson(explanation: Explanation): string {
  const { tally, groups, events, ...settings } = explanation;
  const { matched, counted, excluded, unreadable, newest } = tally;
  const object = {
    ...settings,
    windowEvents: { matched, counted, excluded, unreadable, newest },
    groups: groups.map(groupObject),
    events: events.map(eventObject),
  };
  return `${toJson(object, 2)}\n`;
}

function groupObject(group: ExplainedGroup) {
  const { source, destination, domain, bytes, events, excludedEvents, excludedBytes, unreadableEvents } = group;
  const { threshold, exclusions } = group;
  const { episode, undelivered, crossedAt, decision, isDue, hasNewBytes, next, closesAtBytes } = group;
  const { ipFacts, destinations } = group;
  const state = episode && {
    openedAt: episode.openedAt,
    lastAlert: episode.alerted && {
      at: episode.alerted.at,
      bytes: episode.alerted.bytes,
      newest: episode.alerted.newest,
    },
    pending: episode.pending && alertObject(episode.pending),
  };
  return {
    ...{ source, destination, domain, bytes, events, excludedEvents, excludedBytes, unreadableEvents, crossedAt },
    ...{
      exclusions,
      thresholdBytes: threshold.bytes,
      thresholdBy: threshold.exception && describeException(threshold.exception),
    },
    ...{ decision, isDue, state, undelivered: undelivered.map(alertObject) },
    ...{ hasNewBytes, next, closesAtBytes },
    ...{ ...ipFacts, ...(destinations && { destinations }) },
  };
}

function alertObject({ alertId, failures, leak }: DueAlert) {
  return { alertId: sanitize(alertId), failures, status: leak.status, bytes: leak.bytes, asOf: leak.asOf };
}
