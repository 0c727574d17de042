import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import type { Explanation } from '../explain/explain.ts';
import type { ExplainedEvent } from '../explain/explanation.ts';
import { formatTime } from '../units.ts';

const GAP = 2;
const TIME_WIDTH = '11-24 01:50:00'.length + GAP;
export const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', right: '', middle: '', 'left-mid': '', 'right-mid': '', 'mid-mid': '', mid: '' },
};
export const STYLE = { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP };

interface Column {
  readonly title: string;
  textOf(event: ExplainedEvent): string;
}

/** The events in the order of their time, and below each what is special about it. */
export function renderEvents(explanation: Explanation, chalk: ChalkInstance, width: number): string {
  const { events, thresholdBytes } = explanation;
  const [addresses, numbers] = [addressColumns(explanation), numberColumns(explanation)];
  const numberWidths = numbers.map((column) => widest(column, events));
  const room = width - TIME_WIDTH - sum(numberWidths);
  const wanted = addresses.map((column) => widest(column, events));
  const widths = [TIME_WIDTH, ...shareOut(wanted, room), ...numberWidths];
  // What is below an event may be longer than its columns.
  const spare = width - sum(widths);
  const table = new Table({
    head: ['Time (UTC)', ...[...addresses, ...numbers].map(({ title }) => title)].map((title) => chalk.bold(title)),
    colWidths: spare > 0 ? [...widths, spare] : widths,
    colAligns: ['left', ...addresses.map(() => 'left' as const), ...numbers.map(() => 'right' as const)],
    chars: { ...NO_LINES, mid: '─' },
    style: STYLE,
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const event of events) {
    const cells = [...addresses, ...numbers].map((column) => column.textOf(event));
    table.push([formatTime(event.time).slice(5, 19), ...cells]);
    const note = noteOf(event, thresholdBytes);
    if (note) table.push([{ colSpan: widths.length + (spare > 0 ? 1 : 0), content: chalk.dim(`└ ${note}`) }]);
  }
  return trimmed(table);
}

export function trimmed(table: Table.Table): string {
  return `${table.toString().replace(/ +$/gm, '')}\n`;
}

/** Those that are not the same in all groups. */
function addressColumns({ groups, groupBy }: Explanation): Column[] {
  const isSame = (field: 'source' | 'destination') =>
    groups.every((group) => group[field] !== null && group[field] === groups[0]?.[field]);
  const withDomain = groupBy.includes('domain') && groups.length > 1;
  const destinationOf = ({ destination, group }: ExplainedEvent) =>
    withDomain && group.domain !== destination ? `${destination}\n${group.domain}` : destination;
  return [
    ...(isSame('source') ? [] : [{ title: 'Source', textOf: ({ source }: ExplainedEvent) => source }]),
    ...(isSame('destination') ? [] : [{ title: 'Destination', textOf: destinationOf }]),
  ];
}

function numberColumns({ groups }: Explanation): Column[] {
  return [
    { title: 'Bytes', textOf: ({ bytes }) => bytes?.toLocaleString('en-US') ?? 'unreadable' },
    {
      title: groups.length > 1 ? 'Group total' : 'Total',
      textOf: ({ reason, total }) => (reason === null ? total.toLocaleString('en-US') : ''),
    },
  ];
}

function noteOf({ reason, fragment, crosses }: ExplainedEvent, thresholdBytes: number): string | null {
  if (fragment !== null) return `"${fragment}"`;
  return crosses ? `above ${prettyBytes(thresholdBytes)} from here on` : reason;
}

function widest({ title, textOf }: Column, events: readonly ExplainedEvent[]): number {
  const lengths = (event: ExplainedEvent) =>
    textOf(event)
      .split('\n')
      .map((line) => line.length);
  return events.reduce((width, event) => Math.max(width, ...lengths(event)), title.length) + GAP;
}

/** Addresses that are too long for their column are broken, never cut. */
function shareOut([first, second]: readonly number[], room: number): number[] {
  if (first === undefined) return [];
  if (second === undefined) return [Math.min(first, room)];
  if (first + second <= room) return [first, second];
  const narrowed = Math.min(first, Math.max(Math.floor(room / 2), room - second));
  return [narrowed, room - narrowed];
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}
