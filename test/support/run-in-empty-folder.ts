import { beforeEach } from 'vitest';
import { emptyFolder } from './folders.ts';

/** Lets each test of a file run in a new folder, where no .env is. */
export function runInEmptyFolder(): void {
  beforeEach(() => {
    const before = process.cwd();
    process.chdir(emptyFolder());
    return () => process.chdir(before);
  });
}
