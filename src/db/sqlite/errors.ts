import { DatabaseError, type DatabaseFault } from '../../errors.ts';
import { sanitize } from '../../util/text.ts';

/** Names the file, quotes the error and adds advice. */
export function explainSqliteError(error: unknown, file: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const [advice, fault] = advise(code, message);
  return new DatabaseError(`${file}: ${sanitize(message)}${advice && `; ${advice}`}`, fault, { cause: error });
}

function advise(code: string, message: string): readonly [advice: string, fault?: DatabaseFault] {
  if (message === 'not a regular file') return ['give the path of a database file'];
  if (/no such table/.test(message)) return ['check that this is a copy of the Scrutinizer database', 'missing'];
  if (/no such column|has no column/.test(message)) {
    return [
      'check that this is a copy of the Scrutinizer database, and the state tables against leaktally --print-schema',
    ];
  }
  if (/Unable to open/.test(message))
    return ['check the path and the permissions of the file and its folder', 'denied'];
  if (code === 'ENOENT') return ['check the path of the database file', 'missing'];
  if (code === 'EACCES' || code === 'EPERM' || code === 'SQLITE_CANTOPEN')
    return ['check the permissions of the file and its folder', 'denied'];
  if (code === 'SQLITE_READONLY') return ['the file or its folder is not writable; check the permissions', 'denied'];
  if (code === 'SQLITE_NOTADB') return ['the file is not an SQLite database'];
  if (code === 'SQLITE_BUSY') return ['another program has locked the file; the next run will try again'];
  return [''];
}

/** Explains why the driver cannot be loaded: it has a native part for each platform. */
export function explainLoadError(error: unknown, platform = process.platform): DatabaseError {
  const { code, message } = error as NodeJS.ErrnoException;
  const advise = () => {
    if (code !== 'ERR_DLOPEN_FAILED')
      return 'is not installed for this platform; run npm install libsql next to leaktally';
    if (platform !== 'win32') return `cannot be loaded: ${sanitize(message)}`;
    return 'cannot be loaded; install the Microsoft Visual C++ Redistributable (https://aka.ms/vs/17/release/vc_redist.x64.exe)';
  };
  return new DatabaseError(`the embedded database (sqlite:, --demo) ${advise()}`, 'other', { cause: error });
}
