import { LAUNCHER, NODE } from '../support/command/leaktally.ts';
import type { Command } from './measure.ts';

/** The built command as users start it, launcher included. */
export function leaktally(...args: readonly string[]): Command {
  return { file: NODE, args: ['--', LAUNCHER, ...args] };
}

/** A run that sends and writes nothing and reports as JSON. */
export function dryRun(
  { url, env }: { url: string; env: Readonly<Record<string, string>> },
  ...args: readonly string[]
): Command {
  return { ...leaktally('--database', url, '--dry-run', '--format', 'json', ...args), env };
}

export const EMPTY_NODE: Command = { file: NODE, args: ['-e', '0'] };
