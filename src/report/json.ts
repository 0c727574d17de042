import { eventsObject, leakObject, toJson } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';
import { describeEntry } from './words.ts';

/** Items rendered at a time. */
const BATCH = 100;

/** Renders the report as one JSON object, in parts since it may be very large. Byte counts are integers of any size. */
export function* renderJson(report: Report): Generator<string> {
  const {
    tally,
    leaks,
    leaksNow: _now,
    watched,
    overUdp: _udp,
    hasOwnThresholds: _own,
    database: _db,
    ...settings
  } = report;
  const object = toJson({ ...settings, events: eventsObject(tally) }, 2);
  yield `${object.replace(/\n\}$/, '')},\n`;
  yield* renderList('leaks', leaks, (entry) => {
    const leak = describeEntry(entry);
    const fields = leakObject(leak, { alert: leak.alert });
    return leak.asOf === settings.asOf ? fields : { ...fields, asOf: leak.asOf };
  });
  if (watched) {
    yield ',\n';
    yield* renderList('watch', watched, (group) => leakObject(group, { alert: 'none', crossesAt: group.crossesAt }));
  }
  yield '\n}\n';
}

function* renderList<T>(name: string, items: readonly T[], fieldsOf: (item: T) => object): Generator<string> {
  yield `  "${name}": [`;
  for (let from = 0; from < items.length; from += BATCH) {
    const rendered = items.slice(from, from + BATCH).map((item) => renderItem(fieldsOf(item)));
    yield `${from === 0 ? '\n' : ',\n'}${rendered.join(',\n')}`;
  }
  yield items.length === 0 ? ']' : '\n  ]';
}

function renderItem(fields: object): string {
  return (
    toJson(fields, 2)
      // Timelines are easier to read on one line than on 24; no text in the report contains a line break.
      .replace(/\[\n[\s\d,]+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))
      .replace(/^/gm, '    ')
  );
}
