import type { ChalkInstance } from 'chalk';
import { stringify } from 'csv-stringify/sync';
import type { CheckResult, CheckStatus } from '../check/check.ts';
import { toJson } from '../leaks/leak-object.ts';
import type { Screen } from '../terminal.ts';
import { plural } from '../util/text.ts';
import { toAscii } from './ascii.ts';
import { MIN_COLUMNS } from './counts.ts';
import { fold, pad } from './fold.ts';
import { GAP } from './grid.ts';

const MARKS = { ok: ['✔', 'green'], warn: ['⚠', 'yellow'], fail: ['✖', 'red'] } as const satisfies Record<
  CheckStatus,
  readonly [mark: string, color: keyof ChalkInstance]
>;

/** A mark and a blank. */
const MARK_WIDTH = 2;
const ARROW = '→ ';
const STATEMENT_INDENT = ' '.repeat(4);

/**
 * Renders one point after the other: its mark, what was found and, under it, what to do. Points that were not looked at
 * are only named, so that the cause stands out. Less than 80 columns count as 80.
 */
export function renderCheckText(results: readonly CheckResult[], chalk: ChalkInstance, screen: Screen): string {
  const shown = results.filter(({ isSkipped }) => !isSkipped);
  const titleWidth = Math.max(...shown.map(({ title }) => title.length)) + GAP;
  const indent = ' '.repeat(MARK_WIDTH + titleWidth);
  const width = Math.max(screen.columns, MIN_COLUMNS) - indent.length;
  const lines = shown.flatMap(({ status, title, detail, advice, statements }) => {
    const [mark, color] = MARKS[status];
    const [first = '', ...others] = detail.split('\n').flatMap((line) => fold(line, width));
    return [
      `${chalk[color](mark)} ${pad(title, titleWidth, 'left')}${first}`,
      ...others.map((line) => indent + line),
      ...advice.flatMap((text) => renderAdvice(text, width)).map((line) => indent + chalk.bold(line)),
      // Not wrapped, so that they can be copied.
      ...statements.map((statement) => STATEMENT_INDENT + statement),
    ];
  });
  const text = `${[...lines, '', ...summary(results)].join('\n')}\n`;
  return screen.isUnicode ? text : toAscii(text);
}

function renderAdvice(text: string, width: number): string[] {
  return fold(text, width - ARROW.length).map((line, index) => (index === 0 ? ARROW : ' '.repeat(ARROW.length)) + line);
}

function summary(results: readonly CheckResult[]): string[] {
  const count = (status: CheckStatus) => results.filter((one) => one.status === status && !one.isSkipped).length;
  const skipped = results.filter(({ isSkipped }) => isSkipped).map(({ name }) => name);
  const counts = `${count('ok')} ok, ${plural(count('warn'), 'warning')}, ${count('fail')} failed`;
  const notLookedAt = `Not looked at, since they need what failed: ${skipped.join(', ')}`;
  return [counts, ...(skipped.length > 0 ? fold(notLookedAt, MIN_COLUMNS) : [])];
}

/** Renders the points as one JSON object, for monitors. */
export function renderCheckJson(results: readonly CheckResult[]): string {
  return `${toJson({ checks: results.map(toFields) }, 2)}\n`;
}

/** Renders a header and one row per point (RFC 4180). */
export function renderCheckCsv(results: readonly CheckResult[]): string {
  const columns = ['name', 'status', 'detail', 'advice'];
  return stringify(results.map(toFields), { header: true, columns, record_delimiter: 'windows' });
}

function toFields({ name, status, detail, advice, statements }: CheckResult) {
  return { name, status, detail, advice: [...advice, ...statements].join('\n') || null };
}
