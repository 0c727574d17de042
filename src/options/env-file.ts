import { lstatSync, type Stats } from 'node:fs';
import { fileErrorCode, fileErrorReason } from '../util/file-errors.ts';
import { readRegularFile } from '../util/read-file.ts';
import { Fault } from './setting.ts';

/** What was read from an env file. */
export interface EnvFile {
  readonly variables: Readonly<Record<string, string>>;
  /** Why nothing of the file is used; null if it is used, or there is none. */
  readonly refusal: { readonly reason: string; readonly isUnreadable: boolean } | null;
  /** What is wrong with its lines. They are not repeated, since they may hold a password. */
  readonly faults: readonly string[];
}

const NOTHING: EnvFile = { variables: {}, refusal: null, faults: [] };

/**
 * Reads an env file.
 *
 * @param isRequested false for the .env that happens to be in the working folder, which may belong to another program
 * @param owners ids of the users who may own it, our own first; empty where files have no owner (Windows)
 */
export function readEnvFile(file: string, isRequested: boolean, owners: readonly number[]): EnvFile {
  let content: ReturnType<typeof readRegularFile>;
  try {
    content = readRegularFile(file);
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT' && !isRequested) return NOTHING;
    const reason = `cannot be read (${fileErrorReason(error)}); check the path and its permissions`;
    return { ...NOTHING, refusal: { reason, isUnreadable: true } };
  }
  const { bytes, stats } = content;
  // In UTF-16, a NUL stands beside each ASCII character.
  const isOurs = isRequested || /leaktally/i.test(bytes.toString('latin1').replaceAll('\0', ''));
  if (!isOurs) return NOTHING;
  const reason = findObjection(file, stats, owners);
  if (reason) return { ...NOTHING, refusal: { reason, isUnreadable: false } };
  const faults: string[] = [];
  const variables = parseEnv(bytes.toString('utf8'), (line, problem) =>
    faults.push(`${file}, line ${line}: ${problem}`),
  );
  return { variables, refusal: null, faults };
}

/** Whoever can write the file can redirect alerts, hide leaks and have files overwritten. */
function findObjection(file: string, { uid, mode }: Stats, owners: readonly number[]): string | null {
  const [own] = owners;
  if (own === undefined) return null;
  // Nor may another user choose the file through a link.
  const stranger = [uid, lstatSync(file).uid].find((owner) => !owners.includes(owner));
  if (stranger !== undefined) return `belongs to another user (uid ${stranger}); use a file of your own or of root`;
  const advice = `run chmod ${uid === own ? '600' : '640'} ${file}`;
  // With root's file, the administrator has chosen the group that may read it.
  if (mode & (uid === 0 ? 0o004 : 0o044)) return `can be read by other users and may hold a password; ${advice}`;
  return mode & 0o022 ? `can be changed by other users; ${advice}` : null;
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/;
const QUOTES = ["'", '"', '`'];
const BLANK_OR_COMMENT = /^\s*(#|$)/;

/**
 * Parses `NAME=value` lines. Node's own parser differs between versions, skips lines that it does not understand and
 * turns `\n` into a line break.
 *
 * In quotes every character stands for itself, backslashes too. Outside of them, `#` after a blank begins a comment.
 * The last line with a name wins.
 *
 * @param report is called with what is wrong with a line
 */
export function parseEnv(text: string, report: (line: number, problem: string) => void): Record<string, string> {
  const variables: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    if (line.includes('\0')) {
      // Reported once: in UTF-16 every line has them.
      report(index + 1, 'has NUL bytes, as UTF-16 does; save the file as UTF-8');
      return {};
    }
    if (BLANK_OR_COMMENT.test(line)) continue;
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? [];
    const value =
      name === undefined ? new Fault('is not NAME=value; leave out set, $env: and [section]') : parseValue(rest);
    if (value instanceof Fault) report(index + 1, value.text);
    else variables[name as string] = value;
  }
  return variables;
}

/** @param rest what follows the equals sign */
function parseValue(rest: string): string | Fault {
  const text = rest.trim();
  // The decoder's replacement for bytes that are not UTF-8.
  if (text.includes('\uFFFD')) return new Fault('is not UTF-8; save the file as UTF-8');
  const quote = text.charAt(0);
  if (QUOTES.includes(quote)) {
    const end = text.indexOf(quote, 1);
    if (end < 0) return new Fault(`has no closing ${quote}`);
    if (BLANK_OR_COMMENT.test(text.slice(end + 1))) return text.slice(1, end);
    return new Fault(`goes on after the closing ${quote}; put a value that contains ${quote} into other quotes`);
  }
  const hash = rest.indexOf('#');
  if (hash < 0) return text;
  if (/\s/.test(rest.charAt(hash - 1))) return rest.slice(0, hash).trim();
  return new Fault(
    'has a # that may belong to the value; put the value into single quotes, or a blank before a comment',
  );
}
