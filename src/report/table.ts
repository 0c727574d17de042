import type { ChalkInstance } from 'chalk';
import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import type { Breakdown, Report, Status } from '../model.ts';
import { describeAs, describeIpFacts } from '../util/autonomous-system.ts';
import { plural } from '../util/text.ts';
import { formatTime } from '../util/units.ts';
import { countLines, MIN_COLUMNS } from './counts.ts';
import { fitWidth, fold } from './fold.ts';
import { GAP, renderGrid } from './grid.ts';
import { sparkline } from './sparkline.ts';
import {
  aboveText,
  addressText,
  alertSummary,
  describeEntry,
  describeShape,
  destinationText,
  growthNote,
  omittedNames,
  ownThreshold,
  paceNote,
  type ShownGroup,
  shareFacts,
  shareText,
  shortTime,
} from './words.ts';

/** Host names shown per leak; JSON and CSV have up to 100. */
const NAMES_SHOWN = 3;
const STATUS_COLOR = {
  new: 'red',
  grown: 'yellow',
  repeat: 'yellow',
  known: 'gray',
  watch: 'cyan',
} as const satisfies Record<Status | 'watch', keyof ChalkInstance>;
const COLUMNS = [
  { title: 'Source', align: 'left' },
  { title: 'Destination', align: 'left' },
  { title: 'Total', align: 'right' },
  { title: 'Events', align: 'right' },
  { title: 'Last seen', align: 'left' },
  { title: 'Status', align: 'left' },
] as const;
/** Total, events, last seen and status, each with the gap after it. */
const FIXED_WIDTHS = [10, 12, 13, 8];
const NOTE_WIDTH = FIXED_WIDTHS.reduce((sum, width) => sum + width, -GAP);
const SOURCE_WIDTH = 15 + GAP;
const LARGEST = 'largest: ';
/** The longest timeline note, which must fit on one line. */
const SHAPE_WIDTH = '24 characters of bars...  288 slots, pauses up to 23 h 59 min'.length;

/**
 * Renders the report for a terminal: the leaks, and a footer with the counts.
 *
 * @param columns maximum width; less than 80 counts as 80
 */
export function renderTable(report: Report, chalk: ChalkInstance, columns: number): string {
  const footer = renderFooter(report, chalk);
  const noLeaks = report.leaks.length === 0 ? `${chalk.bold('No leaks.')}\n\n` : '';
  const shown = [...report.leaks.map(describeEntry), ...(report.watched ?? [])];
  if (shown.length === 0) return noLeaks + footer;
  const rows = shown.map((leak) => ({
    leak,
    source: addressText(leak.source, leak.sources, 'source'),
    destination: destinationText(leak, report),
  }));
  const widths = addressWidths(
    rows.map(({ source }) => source),
    rows.map(({ destination }) => destination),
    columns,
  );
  const lines = rows.flatMap(({ leak, source, destination }) => {
    // Wrapped where they are wider than their columns: a truncated address would be useless.
    const addresses = [fold(source, widths[0] - GAP).join('\n'), fold(destination, widths[1] - GAP).join('\n')];
    const status = chalk[STATUS_COLOR[leak.status]](leak.status);
    const row = [...addresses, chalk.bold(prettyBytes(leak.bytes)), leak.events, shortTime(leak.lastSeen), status];
    const note = notes(leak, report, widths[1] + NOTE_WIDTH);
    return note.length > 0 ? [row, ['', { colSpan: 5, content: chalk.dim(note.join('\n')) }]] : [row];
  });
  const gridColumns = COLUMNS.map((column, index) => ({
    ...column,
    width: [...widths, ...FIXED_WIDTHS][index] as number,
  }));
  return `${noLeaks}${renderGrid(gridColumns, lines, chalk)}\n\n${footer}`;
}

function renderFooter(report: Report, chalk: ChalkInstance): string {
  const above = `${plural(report.leaksNow, 'leak')} ${aboveText(report)}`;
  const lines = [...countLines(report, chalk), `${above}; ${alertSummary(report)}${report.dryRun ? ' (dry run)' : ''}`];
  return `${lines.flatMap((line) => fold(line, MIN_COLUMNS)).join('\n')}\n`;
}

/** Lines below a row, for what does not fit into its columns. */
function notes(leak: ShownGroup, report: Report, width: number): string[] {
  const { asOf, thresholdBytes } = report;
  const names = [...leak.fqdns.slice(0, NAMES_SHOWN), omittedNames(leak, NAMES_SHOWN)].filter((name) => name !== '');
  const own = ownThreshold(leak, thresholdBytes);
  return [
    leak.asOf < asOf ? `above the threshold at ${formatTime(leak.asOf)}` : '',
    `${sparkline(leak.timeline)}  ${describeShape(leak)}`,
    fold(destinationNote(leak, report), width).join('\n'),
    own === '' ? '' : `threshold of its own: ${own}`,
    paceNote(leak),
    growthNote(leak),
    largestShare(leak, leak.sources, 'from', width),
    largestShare(leak, leak.destinations, 'to', width),
    stringWidth(names.join(', ')) <= width ? names.join(', ') : names.join('\n'),
  ]
    .flatMap((note) => (note ? note.split('\n') : []))
    .map((note) => fitWidth(note, width));
}

/** The destinations behind a domain or an AS, and their AS and country, as far as the row does not name them. */
function destinationNote(group: ShownGroup, report: Report): string {
  const { destination, destinations, as, country } = group;
  const named = destinationText(group, report);
  const behind = addressText(destination, destinations, 'destination');
  const facts = describeIpFacts({ as: as && describeAs(as) === named ? null : as, country });
  return [behind === named ? '' : behind, facts].filter((part) => part !== '').join(', ');
}

function largestShare(group: ShownGroup, breakdown: Breakdown | null, preposition: string, width: number): string {
  const largest = breakdown?.top[0];
  if (!breakdown || !largest || breakdown.count === 1 || group.bytes === 0n) return '';
  const facts = shareFacts(largest, group);
  const share = `${LARGEST}${shareText(largest.bytes, group.bytes)} ${preposition} ${largest.address}`;
  if (facts === '') return share;
  const lines = fold(facts, width - LARGEST.length).map((line) => `\n${' '.repeat(LARGEST.length)}${line}`);
  return `${share},${lines.join('')}`;
}

function addressWidths(source: readonly string[], destination: readonly string[], columns: number): [number, number] {
  const room = Math.max(columns, MIN_COLUMNS) - NOTE_WIDTH - GAP;
  const wantedSource = widest(source, 'Source');
  const wantedDestination = Math.max(widest(destination, 'Destination'), SHAPE_WIDTH - NOTE_WIDTH);
  if (wantedSource + wantedDestination <= room) return [wantedSource, wantedDestination];
  const sourceWidth = Math.min(wantedSource, Math.max(SOURCE_WIDTH, room - wantedDestination));
  return [sourceWidth, room - sourceWidth];
}

function widest(texts: readonly string[], title: string): number {
  return texts.reduce((width, text) => Math.max(width, stringWidth(text)), title.length) + GAP;
}
