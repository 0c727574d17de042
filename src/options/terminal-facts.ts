import type { TerminalFacts } from '../terminal.ts';
import type { Environment } from './sources.ts';

/** Reads what the environment says about the terminal. */
export function readTerminalFacts(env: Environment, platform: string = process.platform): TerminalFacts {
  const columns = /^[1-9]\d{0,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : null;
  // https://no-color.org: set to anything but the empty string.
  return { color: !env.NO_COLOR, columns, isUnicode: platform === 'win32' || isUtf8(env) };
}

/** Without a character set in the locale's name it counts as UTF-8, which nearly every terminal takes. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  // The first one that is not empty decides (POSIX, 8.2).
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  const charset = /\.([^@]*)/.exec(locale)?.[1];
  if (charset !== undefined) return /^utf-?8$/i.test(charset);
  return !/^(C|POSIX)$|@euro$/.test(locale);
}
