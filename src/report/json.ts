import { stringify } from 'safe-stable-stringify';
import type { Breakdown, Report, ReportedLeak } from '../model.ts';

/** The report as one JSON object. Byte counts are integers of any size. */
export function renderJson({ tally, leaks, ...settings }: Report): string {
  const { matched, counted, excluded, excludedBytes, unreadable, newest } = tally;
  const report = {
    ...settings,
    events: { matched, counted, excluded, unreadable, newest, excludedBytes },
    leaks: leaks.map((leak) =>
      leak.asOf === settings.asOf ? leakObject(leak) : { ...leakObject(leak), asOf: leak.asOf },
    ),
  };
  // A timeline is easier to read in a line than in 24; no text in the report has a line break of its own.
  return `${toText(report, 2).replace(/\[\n[\s\d,]+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))}\n`;
}

/** A leak's fields as JSON and CSV name them. */
export function leakObject(leak: ReportedLeak) {
  return {
    source: leak.source,
    ...breakdown('sources', leak.sources),
    destination: leak.destination,
    ...breakdown('destinations', leak.destinations),
    domain: leak.domain,
    bytes: leak.bytes,
    events: leak.events,
    firstSeen: leak.firstSeen,
    lastSeen: leak.lastSeen,
    fqdns: leak.fqdns,
    status: leak.status,
    alert: leak.alert,
    timeline: leak.timeline,
    activeSlots: leak.activeSlots,
    longestPauseSeconds: leak.longestPauseSeconds,
  };
}

function breakdown(name: string, value: Breakdown | null) {
  return value === null ? {} : { [name]: value };
}

/** JSON.stringify refuses bigint; this writes it as the integer it is. */
function toText(value: unknown, indent: number): string {
  return stringify.configure({ bigint: true, deterministic: false })(value, null, indent) ?? '';
}
