/** Exit codes of the command; `--exit-code` may add one for "a leak is above the threshold". */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** An error the user can do something about: reported as its message alone, without a stack. */
export abstract class ExpectedError extends Error {
  abstract readonly exitCode: number;
}

/** Wrong options or configuration. Holds every fault that was found, not only the first. */
export class UsageError extends ExpectedError {
  readonly exitCode = EXIT.usage;
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** What the caller may have to react to: a table or file that is missing, a privilege that is. Everything else is `other`. */
export type DatabaseFault = 'missing' | 'denied' | 'other';

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

/** The run completed, but what it looked at is too old to rely on. */
export class StaleDataError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}

/** A file that was asked for beside the report could not be written. */
export class FileError extends ExpectedError {
  readonly exitCode = EXIT.failed;
}
