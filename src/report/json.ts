import { eventsObject, leakObject, toJson } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';

/** The report as one JSON object. Byte counts are integers of any size. */
export function renderJson({ tally, leaks, watched, ...settings }: Report): string {
  const report = {
    ...settings,
    events: eventsObject(tally),
    leaks: leaks.map((leak) => {
      const object = leakObject(leak, { alert: leak.alert });
      return leak.asOf === settings.asOf ? object : { ...object, asOf: leak.asOf };
    }),
    ...(watched && { watch: watched.map((group) => leakObject(group, { alert: 'none', crossesAt: group.crossesAt })) }),
  };
  // A timeline is easier to read in a line than in 24; no text in the report has a line break of its own.
  return `${toJson(report, 2).replace(/\[\n[\s\d,]+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))}\n`;
}
