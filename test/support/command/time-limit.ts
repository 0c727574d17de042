import { expect } from 'vitest';
import type { CommandResult } from './leaktally.ts';
import { linesOf } from './output.ts';

/** Arguments of a run that must end soon, whatever hangs. */
export const TIME_LIMIT = ['--timeout', '5s'] as const;
/** A run that takes longer than this did not end by its timeout, however slowly processes start here. */
export const LATE_SECONDS = 10;

export interface TimedResult extends CommandResult {
  readonly seconds: number;
}

export async function timed(run: Promise<CommandResult>): Promise<TimedResult> {
  const started = performance.now();
  const result = await run;
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

/** The run gave up at its time limit and said so in one line. */
export function expectTimedOut({ code, stdout, stderr, seconds }: TimedResult): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/^leaktally: did not finish within 5s/)]);
  expect(seconds).toBeLessThan(LATE_SECONDS);
}
