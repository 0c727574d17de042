/** File system errors in messages: what is wrong, and what to do. */

import { accessSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on its disk',
  EDQUOT: 'make room, or have the disk quota raised',
  EROFS: 'choose another path, or mount its disk for writing',
  EBUSY: 'it is a mount point; mount its folder instead',
};

/** The code of an error, or its message when it has none. */
export function fileErrorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** What is wrong, in the words of the operating system; the message of an error that has no code. */
export function fileErrorReason(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  const [, words] = (errno !== undefined && getSystemErrorMap().get(errno)) || [];
  return words ?? fileErrorCode(error);
}

/** @param otherwise for errors that need no advice of their own */
export function adviseOnFile(code: string, otherwise: string, platform = process.platform): string {
  if (isHeldOpen(code, platform)) return `close the program that has it open, or ${otherwise}`;
  return ADVICE[code] ?? otherwise;
}

/** Windows does not let a file be replaced that another program has open, which may look like a lack of permission. */
export function isHeldOpen(code: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
}

/** Says why a file or folder cannot be written, and after a semicolon what to do; null when it can. */
export function whyNotAccessible(path: string, mode: number): string | null {
  try {
    accessSync(path, mode);
    return null;
  } catch (error) {
    const code = fileErrorCode(error);
    const advice =
      code === 'ENOENT' ? 'create it, for the user that leaktally runs as' : 'check its owner and permissions';
    return `${path} cannot be written (${fileErrorReason(error)}); ${adviseOnFile(code, advice)}`;
  }
}
