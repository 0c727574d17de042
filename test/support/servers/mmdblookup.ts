import { execFileSync } from 'node:child_process';
import { installServers, MMDBLOOKUP } from './install.ts';

/** What libmaxminddb's own command finds under this key of an address; empty where the database has no entry. */
export function mmdblookup(file: string, address: string, key: string): string {
  installServers([MMDBLOOKUP]);
  try {
    const args = ['--file', file, '--ip', address, key];
    return execFileSync(MMDBLOOKUP.binary, args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    // It exits with a code of its own for an address without an entry.
    if (!String((error as { stderr: string }).stderr).includes('Could not find an entry')) throw error;
    return '';
  }
}
