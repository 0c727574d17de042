import { beforeEach } from 'vitest';
import { emptyFolder } from './folders.ts';

/** Runs each test of a file in a new folder, where there is no .env. */
export function runInEmptyFolder(): void {
  beforeEach(() => {
    const before = process.cwd();
    process.chdir(emptyFolder());
    return () => process.chdir(before);
  });
}
