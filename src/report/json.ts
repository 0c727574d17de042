import { eventsObject, leakObject, toJson } from '../leaks/leak-object.ts';
import type { Report } from '../model.ts';

/** Renders the report as one JSON object. Byte counts are integers of any size. */
export function renderJson({ tally, leaks, leaksNow: _now, watched, overUdp: _udp, ...settings }: Report): string {
  const object = toJson({ ...settings, events: eventsObject(tally) }, 2);
  const lists = [
    renderList('leaks', leaks, (leak) => {
      const fields = leakObject(leak, { alert: leak.alert });
      return leak.asOf === settings.asOf ? fields : { ...fields, asOf: leak.asOf };
    }),
  ];
  if (watched) {
    const fieldsOf = (group: (typeof watched)[number]) =>
      leakObject(group, { alert: 'none', crossesAt: group.crossesAt });
    lists.push(renderList('watch', watched, fieldsOf));
  }
  return `${object.replace(/\n\}$/, '')},\n${lists.join(',\n')}\n}\n`;
}

/** Renders one item after the other: 100,000 of them as one object would take most of the memory of a run. */
function renderList<T>(name: string, items: readonly T[], fieldsOf: (item: T) => object): string {
  if (items.length === 0) return `  "${name}": []`;
  return `  "${name}": [\n${items.map((item) => renderItem(fieldsOf(item))).join(',\n')}\n  ]`;
}

function renderItem(fields: object): string {
  return (
    toJson(fields, 2)
      // Timelines are easier to read on one line than on 24; no text in the report contains a line break.
      .replace(/\[\n[\s\d,]+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))
      .replace(/^/gm, '    ')
  );
}
