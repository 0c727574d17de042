import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import type { Breakdown, Growth, Leak, Report, ReportedLeak, Status } from '../model.ts';
import { plural } from '../text.ts';
import { formatAge, formatDuration, formatRoughly, formatTime } from '../units.ts';
import { sparkline } from './sparkline.ts';

/** Host names shown per leak; JSON and CSV have them all. */
const NAMES_SHOWN = 3;
const STATUS_COLOR = {
  new: 'red',
  grown: 'yellow',
  repeat: 'yellow',
  known: 'gray',
} as const satisfies Record<Status, keyof ChalkInstance>;
const MIN_COLUMNS = 80;
const GAP = 2;
/** Total, events, last seen and status, each with the gap behind it. */
const FIXED_WIDTHS = [10, 12, 13, 8];
const NOTE_WIDTH = FIXED_WIDTHS.reduce((sum, width) => sum + width, -GAP);
const SOURCE_WIDTH = 15 + GAP;
const ONLY_A_LINE_BELOW_THE_HEAD = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', right: '', middle: '', 'left-mid': '', 'right-mid': '', 'mid-mid': '', mid: '─' },
};

/**
 * The report for a terminal: the leaks, and a footer that says what was counted.
 *
 * @param columns width to stay within; less than 80 is taken as 80
 */
export function renderTable(report: Report, chalk: ChalkInstance, columns: number): string {
  const footer = renderFooter(report, chalk);
  if (report.leaks.length === 0) return `${chalk.bold('No leaks.')}\n\n${footer}`;
  const rows = report.leaks.map((leak) => ({
    leak,
    source: addressText(leak.source, leak.sources, 'source'),
    destination: leak.domain ?? addressText(leak.destination, leak.destinations, 'destination'),
  }));
  const widths = addressWidths(
    rows.map(({ source }) => source),
    rows.map(({ destination }) => destination),
    columns,
  );
  const table = new Table({
    head: ['Source', 'Destination', 'Total', 'Events', 'Last seen', 'Status'].map((title) => chalk.bold(title)),
    colWidths: [...widths, ...FIXED_WIDTHS],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left'],
    chars: ONLY_A_LINE_BELOW_THE_HEAD,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
  });
  for (const { leak, source, destination } of rows) {
    const addresses = [wrap(source, widths[0] - GAP), wrap(destination, widths[1] - GAP)];
    const status = chalk[STATUS_COLOR[leak.status]](leak.status);
    table.push([...addresses, chalk.bold(prettyBytes(leak.bytes)), leak.events, shortTime(leak.lastSeen), status]);
    const note = notes(leak, report.asOf, widths[1] + NOTE_WIDTH);
    if (note.length > 0) table.push(['', { colSpan: 5, content: chalk.dim(note.join('\n')) }]);
  }
  return `${table.toString().replace(/ +$/gm, '')}\n\n${footer}`;
}

function renderFooter(report: Report, chalk: ChalkInstance): string {
  const { matched, counted, excluded, excludedBytes, unreadable, newest, samples } = report.tally;
  const left = excluded === 0 ? '' : `${excluded.toLocaleString('en-US')} excluded (${prettyBytes(excludedBytes)}), `;
  const unread = `${unreadable.toLocaleString('en-US')} unreadable`;
  const lines = [
    `${plural(matched, 'event')} matched: ${counted.toLocaleString('en-US')} counted, ${left}${unreadable > 0 ? chalk.yellow(unread) : unread}`,
    ...samples.slice(0, 1).map((sample) => `Unreadable: "${fitWidth(sample, MIN_COLUMNS - 15)}"`),
    `Window ${formatDuration(report.windowSeconds)} to ${formatTime(report.asOf)}${newest === null ? '' : `; newest event ${shortTime(newest)}`}`,
    `${plural(report.leaks.filter(({ asOf }) => asOf === report.asOf).length, 'leak')} above ${prettyBytes(report.thresholdBytes)}: ${outcomes(report.leaks)}${report.dryRun ? ' (dry run)' : ''}`,
  ];
  return `${lines.join('\n')}\n`;
}

function outcomes(leaks: readonly ReportedLeak[]): string {
  const say = ({ alert, status }: ReportedLeak) => {
    if (alert === 'none') return status === 'known' ? 'known before' : 'reported here only';
    return { sent: 'alerted', 'would-send': 'would be alerted', failed: 'not sent' }[alert];
  };
  const counts = new Map<string, number>();
  for (const leak of leaks) counts.set(say(leak), (counts.get(say(leak)) ?? 0) + 1);
  return Array.from(counts, ([words, count]) => `${count} ${words}`).join(', ') || 'nothing to alert';
}

/** What does not fit into the columns: growth since the last alert, host names, and of a field outside the group key the largest with its share. */
function notes(leak: Leak, reportAsOf: number, width: number): string[] {
  const more = leak.fqdns.length - NAMES_SHOWN;
  const shown = leak.fqdns.slice(0, NAMES_SHOWN);
  const names = more > 0 ? [...shown, `and ${plural(more, 'more name')}`] : shown;
  return [
    leak.asOf < reportAsOf ? `above the threshold at ${formatTime(leak.asOf)}` : '',
    `${sparkline(leak.timeline)}  ${describeShape(leak)}`,
    leak.domain === null ? '' : addressText(leak.destination, leak.destinations, 'destination'),
    growthNote(leak.growth),
    largestShare(leak.sources, leak.bytes, 'from'),
    largestShare(leak.destinations, leak.bytes, 'to'),
    names.join(', ').length <= width ? names.join(', ') : names.join('\n'),
  ]
    .flatMap((note) => (note ? note.split('\n') : []))
    .map((note) => fitWidth(note, width));
}

/** In how many five-minute slots there was something, and the longest time without. */
function describeShape({ activeSlots, longestPauseSeconds }: Leak): string {
  const slots = plural(activeSlots, 'slot');
  return longestPauseSeconds === 0
    ? `${slots}, no pause`
    : `${slots}, pauses up to ${formatRoughly(longestPauseSeconds)}`;
}

function growthNote(growth: Growth | null): string {
  if (!growth || growth.bytes === 0n) return '';
  return `${prettyBytes(growth.bytes, { signed: true })} since the last alert ${formatAge(growth.sinceSeconds)} ago`;
}

function largestShare(breakdown: Breakdown | null, total: bigint, preposition: string): string {
  const largest = breakdown?.top[0];
  if (!breakdown || !largest || breakdown.count === 1 || total === 0n) return '';
  return `largest: ${prettyBytes(largest.bytes)} (${(largest.bytes * 100n) / total}%) ${preposition} ${largest.address}`;
}

/** The address, or for a field outside the group key how many there are. */
function addressText(address: string | null, breakdown: Breakdown | null, noun: string): string {
  if (address !== null || !breakdown) return address ?? '';
  return breakdown.count === 1 ? (breakdown.top[0]?.address ?? '') : plural(breakdown.count, noun);
}

function addressWidths(source: readonly string[], destination: readonly string[], columns: number): [number, number] {
  const room = Math.max(columns, MIN_COLUMNS) - NOTE_WIDTH - GAP;
  const [wantedSource, wantedDestination] = [widest(source, 'Source'), widest(destination, 'Destination')];
  if (wantedSource + wantedDestination <= room) return [wantedSource, wantedDestination];
  const sourceWidth = Math.min(wantedSource, Math.max(SOURCE_WIDTH, room - wantedDestination));
  return [sourceWidth, room - sourceWidth];
}

function widest(texts: readonly string[], title: string): number {
  return texts.reduce((width, text) => Math.max(width, text.length), title.length) + GAP;
}

/** Breaks an address that is longer than its column; it is never cut. */
function wrap(address: string, width: number): string {
  return address.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\n') ?? '';
}

/** Cuts text to a width in terminal columns, of which an East Asian character takes two. */
function fitWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let [kept, width] = ['', 1];
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

function shortTime(unixSeconds: number): string {
  return formatTime(unixSeconds).slice(5, 16);
}
