import type { ChalkInstance } from 'chalk';
import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedEvent } from '../../explain/explanation.ts';
import { formatSize, formatTime } from '../../util/units.ts';
import { fold } from '../fold.ts';
import { type Column, GAP, renderGrid } from '../grid.ts';

interface EventColumn extends Column {
  textOf(event: ExplainedEvent): string;
}

/** Renders the events, each with a note below where there is one. */
export function renderEvents(explanation: Explanation, chalk: ChalkInstance, width: number): string {
  const { events, groups } = explanation;
  const thresholds = new Map(groups.map(({ key, threshold }) => [key, threshold.bytes]));
  const columns = [TIME, ...addressColumns(explanation), ...numberColumns(explanation)];
  const widths = fitColumns(
    columns.map((column) => widest(column, events)),
    width - GAP * (columns.length - 1),
  );
  const sized = columns.map((column, index) => ({ ...column, width: widths[index] ?? 0 }));
  const rows = events.map((event) => {
    const note = noteOf(event, thresholds.get(event.group.key) ?? explanation.thresholdBytes);
    return {
      cells: sized.map((column) => linesOf(column, event, column.width)),
      below: note ? fold(`└ ${note}`, width).map((line) => chalk.dim(line)) : [],
    };
  });
  return `${renderGrid(sized, rows, chalk)}\n`;
}

const TIME: EventColumn = { title: 'Time (UTC)', align: 'left', textOf: ({ time }) => formatTime(time).slice(5, 19) };

/** Address columns, less those with the same value in all groups. */
function addressColumns({ groups, groupBy }: Explanation): EventColumn[] {
  const isSame = (field: 'source' | 'destination') =>
    groups.every((group) => group[field] !== null && group[field] === groups[0]?.[field]);
  const isNamed = groups.length > 1 && (groupBy.includes('domain') || groupBy.includes('as'));
  const destinationOf = ({ destination, group }: ExplainedEvent) =>
    isNamed
      ? [...new Set([destination, group.domain ?? destination, group.as ?? destination])].join('\n')
      : destination;
  const columns: readonly EventColumn[] = [
    { title: 'Source', align: 'left', textOf: ({ source }) => source },
    { title: 'Destination', align: 'left', textOf: destinationOf },
  ];
  return columns.filter(({ title }) => !isSame(title === 'Source' ? 'source' : 'destination'));
}

function numberColumns({ groups }: Explanation): EventColumn[] {
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
  return crosses ? `above ${formatSize(thresholdBytes)} from here on` : shortReason;
}

function linesOf({ textOf }: EventColumn, event: ExplainedEvent, width: number): string[] {
  return textOf(event)
    .split('\n')
    .flatMap((line) => fold(line, width));
}

function widest({ title, textOf }: EventColumn, events: readonly ExplainedEvent[]): number {
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
