import { readFileSync, statSync } from 'node:fs';
import type { LockHolder } from '../inspector.ts';
import { shellWord } from '../setup-script.ts';

/** The file that is locked for a lock of this name. */
export function lockFilePath(file: string, name: string): string {
  return `${file}.${name}.lock`;
}

/**
 * Finds the process that has locked a file, in Linux's list of locks: trying the lock, even for a moment, could keep a
 * run from it (proc(5): /proc/locks).
 *
 * @param list where to read the list
 * @returns null when no process has, and where there is no such list
 */
export function findFileLockHolder(file: string, list = '/proc/locks'): LockHolder | null {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return null;
  let locks: string;
  try {
    locks = readFileSync(list, 'utf8');
  } catch {
    return null;
  }
  // Such as `1: POSIX  ADVISORY  WRITE 4203 08:01:1234 1073741824 1073742335`.
  for (const line of locks.split('\n')) {
    const [, kind, pid, locked] = /^\d+: \S+ +\S+ +(\w+) +(\d+) +\w+:\w+:(\d+) /.exec(line) ?? [];
    if (kind !== 'WRITE' || Number(locked) !== inode) continue;
    // Of another container, for which `kill 0` would end the own shell.
    if (pid === '0') return { description: 'a process outside this container', ending: `fuser -v ${shellWord(file)}` };
    return { description: `process ${pid}`, ending: `kill ${pid}` };
  }
  return null;
}
