import { expect } from 'vitest';
import { type CommandOptions, type CommandResult, runOn, type Target } from './leaktally.ts';

/** A point of the check, as `--format json` gives it. */
export interface Point {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly advice: string | null;
}

/** The points of a check by their names. Its exit code must fit them, and whatever is not ok must come with advice. */
export async function checksOf(
  target: Target,
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<Readonly<Record<string, Point>>> {
  return parseChecks(await runOn(target, ['--check', '--format', 'json', ...args], options));
}

export function parseChecks({ code, stdout, stderr }: CommandResult): Readonly<Record<string, Point>> {
  const { checks } = JSON.parse(stdout) as { checks: readonly Point[] };
  const failed = checks.filter(({ status, detail }) => status === 'fail' && !isSkipped({ detail }));
  const [count, names] = [failed.length, failed.map(({ name }) => name).join(', ')];
  expect({ code, stderr }).toEqual(
    count === 0
      ? { code: 0, stderr: '' }
      : { code: 1, stderr: `leaktally: ${count} check${count === 1 ? '' : 's'} failed: ${names}\n` },
  );
  for (const point of checks) if (point.status === 'ok') expect(point).toMatchObject({ advice: null });
  return Object.fromEntries(checks.map((point) => [point.name, point]));
}

/** It was not looked at, since it needs a check that failed. */
export function isSkipped({ detail }: Pick<Point, 'detail'>): boolean {
  return detail.startsWith('not looked at');
}

/** The points that are not ok, with their status. */
export function faultsOf(points: Readonly<Record<string, Point>>): Record<string, string> {
  return Object.fromEntries(
    Object.values(points).flatMap(({ name, status }) => (status === 'ok' ? [] : [[name, status]])),
  );
}
