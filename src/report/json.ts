import { eventsObject, leakObject, toJson } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';

/** Renders the report as one JSON object. Byte counts are integers of any size. */
export function renderJson({ tally, leaks, leaksNow: _now, watched, overUdp: _udp, ...settings }: Report): string {
  const report = {
    ...settings,
    events: eventsObject(tally),
    leaks: leaks.map((leak) => {
      const object = leakObject(leak, { alert: leak.alert });
      return leak.asOf === settings.asOf ? object : { ...object, asOf: leak.asOf };
    }),
    ...(watched && { watch: watched.map((group) => leakObject(group, { alert: 'none', crossesAt: group.crossesAt })) }),
  };
  // Timelines are easier to read on one line than on 24; no text in the report contains a line break.
  return `${toJson(report, 2).replace(/\[\n[\s\d,]+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))}\n`;
}
