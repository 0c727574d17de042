import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';

/** Spaces between columns. */
export const GAP = 2;
const ONLY_A_LINE_BELOW_THE_HEAD = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', right: '', middle: '', 'left-mid': '', 'right-mid': '', 'mid-mid': '', mid: '─' },
};

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Includes the gap after the column. Defaults to the width of the widest cell. */
  readonly width?: number;
}

/** Renders a table without borders, with a line below its head. */
export function renderGrid(
  columns: readonly Column[],
  rows: readonly Table.HorizontalTableRow[],
  chalk: ChalkInstance,
) {
  const table = new Table({
    head: columns.map(({ title }) => chalk.bold(title)),
    colWidths: columns.map(({ width }) => width ?? null),
    colAligns: columns.map(({ align }) => align),
    chars: ONLY_A_LINE_BELOW_THE_HEAD,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
  });
  table.push(...rows);
  return table.toString().replace(/ +$/gm, '');
}
