import type { ChalkInstance } from 'chalk';
import prettyBytes from 'pretty-bytes';
import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedEvent } from '../../explain/explanation.ts';
import { formatTime } from '../../util/units.ts';
import { fold, pad } from '../fold.ts';

const GAP = '  ';

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  textOf(event: ExplainedEvent): string;
}

/** Renders the events, each with a note below where there is one. */
// cli-table3 takes half a minute for 20,000 events, and splits characters where it breaks words.
export function renderEvents(explanation: Explanation, chalk: ChalkInstance, width: number): string {
  const { events, groups } = explanation;
  const thresholds = new Map(groups.map(({ key, threshold }) => [key, threshold.bytes]));
  const columns = [TIME, ...addressColumns(explanation), ...numberColumns(explanation)];
  const widths = fitColumns(
    columns.map((column) => widest(column, events)),
    width - GAP.length * (columns.length - 1),
  );
  const row = (cells: readonly (readonly string[])[]) => {
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, index) =>
      columns
        .map(({ align }, column) => pad(cells[column]?.[index] ?? '', widths[column] ?? 0, align))
        .join(GAP)
        .trimEnd(),
    );
  };
  const lines = [
    ...row(columns.map(({ title }, column) => fold(title, widths[column] ?? 0))).map((line) => chalk.bold(line)),
    '─'.repeat(widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1))),
  ];
  for (const event of events) {
    lines.push(...row(columns.map((column, index) => linesOf(column, event, widths[index] ?? 0))));
    const note = noteOf(event, thresholds.get(event.group.key) ?? explanation.thresholdBytes);
    if (note) lines.push(...fold(`└ ${note}`, width).map((line) => chalk.dim(line)));
  }
  return `${lines.join('\n')}\n`;
}

const TIME: Column = { title: 'Time (UTC)', align: 'left', textOf: ({ time }) => formatTime(time).slice(5, 19) };

/** Address columns, less those with the same value in all groups. */
function addressColumns({ groups, groupBy }: Explanation): Column[] {
  const isSame = (field: 'source' | 'destination') =>
    groups.every((group) => group[field] !== null && group[field] === groups[0]?.[field]);
  const isNamed = groups.length > 1 && (groupBy.includes('domain') || groupBy.includes('as'));
  const destinationOf = ({ destination, group }: ExplainedEvent) =>
    isNamed
      ? [...new Set([destination, group.domain ?? destination, group.as ?? destination])].join('\n')
      : destination;
  const columns: readonly Column[] = [
    { title: 'Source', align: 'left', textOf: ({ source }) => source },
    { title: 'Destination', align: 'left', textOf: destinationOf },
  ];
  return columns.filter(({ title }) => !isSame(title === 'Source' ? 'source' : 'destination'));
}

function numberColumns({ groups }: Explanation): Column[] {
  return [
    { title: 'Bytes', align: 'right', textOf: ({ bytes }) => bytes?.toLocaleString('en-US') ?? 'unreadable' },
    {
      title: groups.length > 1 ? 'Group total' : 'Total',
      align: 'right',
      textOf: ({ reason, total }) => (reason === null ? total.toLocaleString('en-US') : ''),
    },
  ];
}

function noteOf({ shortReason, fragment, crosses }: ExplainedEvent, thresholdBytes: number): string | null {
  if (fragment !== null) return `"${fragment}"`;
  return crosses ? `above ${prettyBytes(thresholdBytes)} from here on` : shortReason;
}

function linesOf({ textOf }: Column, event: ExplainedEvent, width: number): string[] {
  return textOf(event)
    .split('\n')
    .flatMap((line) => fold(line, width));
}

function widest({ title, textOf }: Column, events: readonly ExplainedEvent[]): number {
  const lengths = (event: ExplainedEvent) =>
    textOf(event)
      .split('\n')
      .map((line) => line.length);
  return events.reduce((width, event) => Math.max(width, ...lengths(event)), title.length);
}

/** Narrows the address columns, which are in the middle, to fit the room; their text then wraps. */
function fitColumns(wanted: readonly number[], room: number): number[] {
  const [time = 0, ...rest] = wanted;
  const numbers = rest.splice(-2);
  const [first, second] = rest;
  if (first === undefined) return [...wanted];
  const addressRoom = Math.max(2, room - [time, ...numbers].reduce((sum, width) => sum + width));
  if (second === undefined) return [time, Math.min(first, addressRoom), ...numbers];
  const narrowed = Math.min(first, Math.max(Math.floor(addressRoom / 2), addressRoom - second));
  return [time, narrowed, Math.min(second, addressRoom - narrowed), ...numbers];
}
