/** What an error of the file system is called in messages, and what to do about it. */

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'its disk is mounted read-only',
  EBUSY: 'close the program that has it open',
};

/** The code of an error, or its message when it has none. */
export function fileErrorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** @param otherwise for errors that need no advice of their own */
export function adviseOnFile(code: string, otherwise: string): string {
  return ADVICE[code] ?? otherwise;
}
