import type { ChalkInstance } from 'chalk';
import type { Explanation } from '../../explain/explain.ts';
import type { ExplainedGroup } from '../../explain/explanation.ts';
import type { Screen } from '../../terminal.ts';
import { plural, sanitize } from '../../util/text.ts';
import { formatDuration, formatSize, formatTime } from '../../util/units.ts';
import { toAscii } from '../ascii.ts';
import { MIN_COLUMNS } from '../counts.ts';
import { fold, pad } from '../fold.ts';
import { renderEvents } from './events.ts';
import { type Fact, groupFacts, groupTitle } from './words.ts';

const LABEL_WIDTH = 'Last alert  '.length;

/** Renders the explanation: a section per group, then the events; less than 80 columns count as 80. */
export function renderExplainTable(explanation: Explanation, chalk: ChalkInstance, screen: Screen): string {
  const width = Math.max(screen.columns, MIN_COLUMNS);
  const addressWidth = screen.isTerminal ? width : Number.POSITIVE_INFINITY;
  const { groups, events, absence } = explanation;
  const parts = [
    ...groups.map((group) => renderGroup(group, explanation, chalk, width, addressWidth)),
    absence.length > 0 ? renderFacts([['No events', absence.join(' ')]], width) : '',
    events.length > 0 ? renderEvents(explanation, chalk, addressWidth) : '',
    renderFooter(explanation, width),
  ];
  const table = parts.filter((part) => part !== '').join('\n');
  return screen.isUnicode ? table : toAscii(table);
}

function renderGroup(
  group: ExplainedGroup,
  explanation: Explanation,
  chalk: ChalkInstance,
  width: number,
  titleWidth: number,
): string {
  const title = fold(groupTitle(group), titleWidth).map((line) => `${chalk.bold(line)}\n`);
  return `${title.join('')}${renderFacts(groupFacts(group, explanation), width)}`;
}

function renderFacts(facts: readonly Fact[], width: number): string {
  return facts
    .flatMap(([label, text]) =>
      fold(sanitize(text), width - LABEL_WIDTH).map((line, index) =>
        index === 0 ? `${pad(label, LABEL_WIDTH, 'left')}${line}\n` : `${' '.repeat(LABEL_WIDTH)}${line}\n`,
      ),
    )
    .join('');
}

function renderFooter(explanation: Explanation, width: number): string {
  const { tally, windowSeconds, asOf, thresholdBytes, rule, isStateKnown, lastRunAt, changesSinceLastRun } =
    explanation;
  const lastRun = lastRunAt === null ? 'no run known' : `last run ${formatTime(lastRunAt)}`;
  const facts: Fact[] = [
    [
      'Window',
      `${formatDuration(windowSeconds)} to ${formatTime(asOf)}: ${plural(tally.matched, 'event')}; threshold ${formatSize(thresholdBytes)}`,
    ],
    [
      'Rule',
      isStateKnown
        ? `${rule}: ${lastRun}`
        : `${rule}: its state cannot be read; explained as if nothing was ever alerted`,
    ],
  ];
  if (changesSinceLastRun.length > 0) facts.push(['', `settings changed since: ${changesSinceLastRun.join(', ')}`]);
  return renderFacts(facts, width);
}
