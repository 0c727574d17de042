import type { ChalkInstance } from 'chalk';
import prettyBytes from 'pretty-bytes';
import type { Report, Status } from '../model.ts';
import type { Screen } from '../terminal.ts';
import { plural } from '../util/text.ts';
import { toAscii } from './ascii.ts';
import { countLines, MIN_COLUMNS } from './counts.ts';
import { fold } from './fold.ts';
import { type Column, GAP, type Row, renderGrid, widest } from './grid.ts';
import { notesOf } from './notes.ts';
import { byUrgency, describeItem, type ReportItem } from './order.ts';
import { aboveText, addressText, alertSummary, destinationText, type ShownGroup, shortTime } from './words.ts';

/** Rows shown; thousands would bury the footer. JSON and CSV have all. */
const MAX_ROWS = 500;
/** Narrower than an IPv6 address, which is then wrapped. */
const MIN_SOURCE_WIDTH = 15;
const STATUS_COLOR = {
  new: 'red',
  grown: 'yellow',
  repeat: 'yellow',
  known: 'gray',
  watch: 'cyan',
} as const satisfies Record<Status | 'watch', keyof ChalkInstance>;

interface TableColumn extends Column {
  textOf(group: ShownGroup, report: Report): string;
  colorOf?(group: ShownGroup, chalk: ChalkInstance): ChalkInstance;
}

const SOURCE: TableColumn = {
  title: 'Source',
  align: 'left',
  textOf: ({ source, sources }) => addressText(source, sources, 'source'),
};
const DESTINATION: TableColumn = {
  title: 'Destination',
  align: 'left',
  textOf: destinationText,
};
const FIRST_SEEN: TableColumn = {
  title: 'First seen',
  align: 'left',
  textOf: ({ firstSeen }) => shortTime(firstSeen),
};
const FIGURES: readonly TableColumn[] = [
  { title: 'Total', align: 'right', textOf: ({ bytes }) => prettyBytes(bytes), colorOf: (_, chalk) => chalk.bold },
  { title: 'Events', align: 'right', textOf: ({ events }) => `${events}` },
  FIRST_SEEN,
  { title: 'Last seen', align: 'left', textOf: ({ lastSeen }) => shortTime(lastSeen) },
  {
    title: 'Status',
    align: 'left',
    textOf: ({ status }) => status,
    colorOf: ({ status }, chalk) => chalk[STATUS_COLOR[status]],
  },
];

/** Renders the leaks, the most urgent first, and a footer with the counts; less than 80 columns count as 80. */
export async function renderTable(report: Report, chalk: ChalkInstance, screen: Screen): Promise<string> {
  const items = byUrgency(report);
  const parts = [
    report.leaks.length === 0 ? chalk.bold('No leaks.') : '',
    items.length === 0 ? '' : await renderItems(items, report, chalk, screen),
    renderFooter(report, chalk, screen),
  ];
  const table = `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  return screen.isUnicode ? table : toAscii(table);
}

async function renderItems(items: readonly ReportItem[], report: Report, chalk: ChalkInstance, screen: Screen) {
  const columns = Math.max(screen.columns, MIN_COLUMNS);
  const shown = items.slice(0, MAX_ROWS).map(describeItem);
  const laidOut = layOut(shown, report, columns, screen.isTerminal);
  const indent = Math.min(MIN_SOURCE_WIDTH, laidOut[0]?.width ?? 0) + GAP;
  const rows: Row[] = [];
  for (const group of shown) {
    const cells = laidOut.map(({ textOf, colorOf, width }) =>
      fold(textOf(group, report), width).map((line) => colorOf?.(group, chalk)(line) ?? line),
    );
    const notes = await notesOf(group, report, screen, columns - indent);
    rows.push({ cells, below: notes.map((note) => `${' '.repeat(indent)}${chalk.dim(note)}`) });
  }
  const grid = renderGrid(laidOut, rows, chalk);
  const others = items.length - shown.length;
  return others === 0 ? grid : `${grid}\n\nand ${others.toLocaleString('en-US')} more: --format csv lists all`;
}

/** Chooses the columns that fit, with their widths. In a pipe or file, addresses get the room that they need. */
function layOut(groups: readonly ShownGroup[], report: Report, columns: number, isTerminal: boolean) {
  const sized = [SOURCE, DESTINATION, ...FIGURES].map((column) => ({
    ...column,
    width: widest([column.title, ...groups.map((group) => column.textOf(group, report))]),
  }));
  const excess = (list: typeof sized) => list.reduce((sum, { width }) => sum + width + GAP, -GAP) - columns;
  if (excess(sized) <= 0) return sized;
  const fewer = sized.filter(({ title }) => title !== FIRST_SEEN.title);
  const missing = excess(fewer);
  const [source, destination, ...figures] = fewer;
  if (missing <= 0 || !isTerminal || !source || !destination) return fewer;
  const room = source.width + destination.width - missing;
  // A truncated address would be useless, so it is wrapped.
  const width = Math.min(source.width, Math.max(MIN_SOURCE_WIDTH, room - destination.width));
  return [{ ...source, width }, { ...destination, width: room - width }, ...figures];
}

function renderFooter(report: Report, chalk: ChalkInstance, { columns, isTerminal }: Screen): string {
  const above = `${plural(report.leaksNow, 'leak')} ${aboveText(report)}`;
  const lines = [...countLines(report, chalk), `${above}; ${alertSummary(report)}${report.dryRun ? ' (dry run)' : ''}`];
  return (isTerminal ? lines.flatMap((line) => fold(line, Math.max(columns, MIN_COLUMNS))) : lines).join('\n');
}
