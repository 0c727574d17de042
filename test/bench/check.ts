import { LAUNCHER, NODE } from '../support/command/leaktally.ts';
import { AS_OF } from './data.ts';
import { type Run, runCommand } from './measure.ts';
import type { Scan } from './scan.ts';

/** A check of the set-up, of which nothing must fail; what it warns of in the generated events is on stdout. */
export function checkOf({ database: { url, env } }: Scan): Run {
  const args = ['--', LAUNCHER, '--check', '--database', url, '--as-of', `${AS_OF}`, '--no-syslog'];
  return () => runCommand({ file: NODE, args, env });
}
