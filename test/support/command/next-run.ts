import { expect } from 'vitest';
import { waitFor } from '../servers/process.ts';
import type { CommandResult } from './leaktally.ts';

/** All of stderr when another run of the rule is under way. */
export const OTHER_RUN = /^leaktally: another run of rule "data-leak" is under way[^\n]*\n$/;

/** Runs until the lock is free: a server may take a moment to notice that its last client has died. */
export async function nextRun(run: () => Promise<CommandResult>): Promise<CommandResult> {
  let result = await run();
  await waitFor('the next run finds the lock free', async () => {
    expect(result.code, result.stderr).toBe(0);
    if (!OTHER_RUN.test(result.stderr)) return true;
    result = await run();
    return false;
  });
  return result;
}
