import prettyBytes from 'pretty-bytes';
import type { Report } from '../../model.ts';
import {
  addressText,
  destinationText,
  outcomeText,
  ownerText,
  ownThreshold,
  paceNote,
  type ShownGroup,
} from '../words.ts';
import { html, type Markup } from './html-tag.ts';

/** More would make the page too large to mail. */
export const MAX_ROWS = 1000;

/** A group with its place on the page. */
export interface Entry {
  readonly group: ShownGroup;
  readonly number: number;
  /** Id of its card, or of its row when it has none. */
  readonly anchor: string;
  readonly hasCard: boolean;
}

interface Column {
  readonly title: string;
  readonly name: string;
  cellOf(entry: Entry, report: Report): Markup;
  /** A column without any value is left out; by default there is one in every row. */
  hasValue?(entry: Entry, report: Report): boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'No.',
    name: 'number',
    cellOf: ({ number, anchor, hasCard }) => (hasCard ? html`<a href="#${anchor}">${number}</a>` : html`${number}`),
  },
  {
    title: 'Source',
    name: 'source',
    cellOf: ({ group }) => html`<bdi>${addressText(group.source, group.sources, 'source')}</bdi>`,
  },
  {
    title: 'Destination',
    name: 'destination',
    cellOf: ({ group }, report) => html`<bdi>${destinationText(group, report)}</bdi>`,
  },
  {
    title: 'Owner',
    name: 'owner',
    cellOf: ({ group }, report) => {
      const owner = ownerText(group, report);
      return owner === '' ? html`` : html`<bdi>${owner}</bdi>`;
    },
    hasValue: ({ group }, report) => ownerText(group, report) !== '',
  },
  { title: 'Total', name: 'total', cellOf: ({ group }) => html`${prettyBytes(group.bytes)}` },
  { title: 'Status', name: 'status-cell', cellOf: ({ group }, report) => renderStatusCell(group, report) },
  {
    title: 'Alert',
    name: 'alert',
    cellOf: ({ group }) => html`${alertIdOf(group) ?? ''}`,
    // A card shows its own.
    hasValue: ({ group, hasCard }) => !hasCard && alertIdOf(group) !== null,
  },
];

/**
 * Renders a row for each group; those beyond the first thousand are counted.
 *
 * @param count number of all groups, of which the entries are at least the first ones
 */
export function renderOverview(title: string, entries: readonly Entry[], count: number, report: Report): Markup {
  const shown = entries.slice(0, MAX_ROWS);
  const columns = COLUMNS.filter(({ hasValue }) => !hasValue || shown.some((entry) => hasValue(entry, report)));
  const rows = shown.map((entry) => {
    const cells = columns.map((column) => html`<td class="${column.name}">${column.cellOf(entry, report)}</td>`);
    return entry.hasCard ? html`<tr>${cells}</tr>` : html`<tr id="${entry.anchor}">${cells}</tr>`;
  });
  const others = count - shown.length;
  return html`<section class="overview">
<h2>${title}</h2>
<table>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${column.name}">${column.title}</th>`)}</tr></thead>
<tbody>
${rows}
</tbody>
</table>
${others === 0 ? [] : html`<p>and ${others.toLocaleString('en-US')} more: --format csv lists all</p>`}
</section>`;
}

/** Renders the status and what became of the alert. */
export function renderStatus(group: ShownGroup, report: Report): Markup {
  const words = group.status === 'watch' ? paceNote(group, 'UTC') : outcomeText(group, report);
  return html`<span class="status ${group.status}">${group.status}</span> ${words}`;
}

/** A watched group's threshold is in its forecast. */
function renderStatusCell(group: ShownGroup, report: Report): Markup {
  const own = group.status === 'watch' ? '' : ownThreshold(group, report.thresholdBytes);
  const status = renderStatus(group, report);
  return own === '' ? status : html`${status}, threshold ${own}`;
}

/** Id of the alert of this run; null without one. */
export function alertIdOf(group: ShownGroup): string | null {
  return group.status === 'watch' ? null : group.alertId;
}
