import { expect } from 'vitest';
import type { CommandResult } from './leaktally.ts';

/** The run failed with exit code 1 and nothing but one line, which matches and has no stack. */
export function expectOneLineFailure({ code, stdout, stderr }: CommandResult, says: RegExp): void {
  expect(stderr).toMatch(/^leaktally: [^\n]+\n$/);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/\bat \S+ ?\(|node_modules|\.m?js:\d/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
}

/** None of these is in the output, in any of the forms it takes in a URL or in JSON. */
export function expectNoSecret({ stdout, stderr }: CommandResult, ...secrets: string[]): void {
  for (const secret of secrets) {
    const forms = [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret).slice(1, -1)];
    for (const form of forms) expect(stdout + stderr).not.toContain(form);
  }
}
