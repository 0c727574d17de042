import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import stringWidth from 'string-width';
import { fold } from './fold.ts';

/** Spaces between columns. */
export const GAP = 2;

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Defaults to the width of the widest cell. */
  readonly width?: number;
}

export interface Row {
  /** Each cell with its lines. */
  readonly cells: readonly (readonly string[])[];
  /** Lines below the cells, as wide as they are. */
  readonly below?: readonly string[];
}

/** Rows given to cli-table3 at a time: it compares each cell with all rows above it, so 20,000 took half a minute. */
const BATCH = 50;

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', right: '', middle: '', 'left-mid': '', 'right-mid': '', 'mid-mid': '', mid: '' },
};

/** Renders a table without borders, with a line below its head, in a time that grows with its rows. */
export function renderGrid(columns: readonly Column[], rows: readonly Row[], chalk: ChalkInstance): string {
  const widths = columns.map(({ title, width }, index) => width ?? widestCell(title, rows, index));
  const render = (some: readonly Row[]) => renderCells(columns, widths, some);
  const head = columns.map(({ title }, column) => fold(title, widths[column] ?? 0).map((line) => chalk.bold(line)));
  const parts = [
    render([{ cells: head }]),
    '\u2500'.repeat(widths.reduce((sum, width) => sum + width, GAP * (columns.length - 1))),
  ];
  for (let from = 0; from < rows.length; ) {
    const lines = rows.slice(from, from + BATCH);
    const withBelow = lines.findIndex(({ below }) => below?.length);
    const batch = withBelow < 0 ? lines : lines.slice(0, withBelow + 1);
    parts.push(render(batch), ...(batch.at(-1)?.below ?? []));
    from += batch.length;
  }
  return parts.join('\n');
}

function renderCells(columns: readonly Column[], widths: readonly number[], rows: readonly Row[]): string {
  const table = new Table({
    colWidths: widths.map((width) => width + GAP),
    colAligns: columns.map(({ align }) => align),
    chars: NO_BORDERS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
  });
  table.push(...rows.map(({ cells }) => cells.map((lines) => lines.join('\n'))));
  return table.toString().replace(/ +$/gm, '');
}

function widestCell(title: string, rows: readonly Row[], column: number): number {
  return rows.reduce((width, { cells }) => Math.max(width, widest(cells[column] ?? [])), title.length);
}

/** Width of the widest of these lines. */
export function widest(lines: readonly string[]): number {
  return lines.reduce((width, line) => Math.max(width, stringWidth(line)), 0);
}
