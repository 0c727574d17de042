/** Names of file system errors in messages, and advice on them. */

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'its disk is mounted read-only',
  EBUSY: 'it is a mount point; mount its folder instead',
};

/** The code of an error, or its message when it has none. */
export function fileErrorCode(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
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
