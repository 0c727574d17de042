import { ExpectedError } from '../errors.ts';
import { type Finding, fail } from './check.ts';

/** What an error means for a check. Messages say what happened before the first semicolon, and what to do after it. */
export function failure(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ExpectedError)) return fail(`unexpected error: ${message}`);
  return splitFailure(message);
}

/** @param message as in {@link failure} */
export function splitFailure(message: string): Finding {
  const end = message.indexOf('; ');
  return end < 0 ? fail(message) : fail(message.slice(0, end), message.slice(end + 2));
}
