/** Exit codes of the command; `--exit-code` sets one for runs that find a leak. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** An error that the user can fix: only its message is printed, without a stack. */
export abstract class ExpectedError extends Error {
  abstract readonly exitCode: number;
}

/** Wrong options or configuration, with every fault that was found. */
export class UsageError extends ExpectedError {
  readonly exitCode = EXIT.usage;
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Causes that callers tell apart: a missing table or file, a missing privilege, a time limit, work that the server undid in
 * favour of another session (a deadlock), anything else.
 */
export type DatabaseFault = 'missing' | 'denied' | 'timeout' | 'conflict' | 'other';

export class DatabaseError extends ExpectedError {
  readonly exitCode = EXIT.failed;
  constructor(
    message: string,
    readonly fault: DatabaseFault = 'other',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class SyslogError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}

/** The run completed, but its data is too old to rely on. */
export class StaleDataError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}

/** The run was not completed, or not all of it, for a reason that the message names. */
export class RunError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}

/** A file, or the standard output, could not be written. */
export class FileError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}
