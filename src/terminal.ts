import { fstatSync, writeFileSync } from 'node:fs';
import type { ChalkInstance } from 'chalk';
import { FileError } from './errors.ts';
import { adviseOnFile, fileErrorCode, fileErrorReason } from './util/file-errors.ts';

/** What the environment says about the terminal. */
export interface TerminalFacts {
  readonly color: boolean;
  /** Null when it does not say. */
  readonly columns: number | null;
  /** False when the locale has another character set than UTF-8. */
  readonly isUnicode: boolean;
}

/** Where a table is shown. */
export interface Screen {
  /** Width in characters. */
  readonly columns: number;
  /** False for a pipe or file, where people search: nothing is cut or split to fit. */
  readonly isTerminal: boolean;
  readonly isUnicode: boolean;
}

/** Output of a run: data goes to `out`, everything else to `err`. */
export interface Terminal extends Screen {
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Loaded on demand, since only tables have colours. */
  chalk(): Promise<ChalkInstance>;
  /** True when `err` is a terminal, where a progress line can be shown and erased. */
  readonly isInteractive: boolean;
}

/** The standard streams of the process. */
export function processTerminal({ color, columns, isUnicode }: TerminalFacts): Terminal {
  return {
    out: print,
    err: printError,
    columns: columns ?? process.stdout.columns ?? 80,
    isTerminal: process.stdout.isTTY === true,
    isUnicode,
    chalk: async () => {
      const { default: chalk, Chalk } = await import('chalk');
      return new Chalk({ level: color ? chalk.level : 0 });
    },
    isInteractive: process.stderr.isTTY === true,
  };
}

/**
 * Writes to stdout.
 *
 * @throws FileError when not all of it could be written; EPIPE as it is, since a reader may stop early
 */
export async function print(text: string): Promise<void> {
  try {
    // Node.js writes to a file once, and drops the rest when the disk takes only a part.
    if (isFile(process.stdout)) writeFileSync(process.stdout.fd, text);
    else await write(process.stdout, text);
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === 'EPIPE') throw error;
    const advice = adviseOnFile(code, 'check where it leads to');
    throw new FileError(`standard output cannot be written (${fileErrorReason(error)}); ${advice}`, { cause: error });
  }
}

/** Writes to stderr; a failure must not stop alerting. */
export function printError(text: string): Promise<void> {
  return write(process.stderr, text).catch(() => undefined);
}

function isFile({ isTTY, fd }: typeof process.stdout): boolean {
  // On Windows, some kinds of descriptors have no status.
  try {
    return !isTTY && fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(text, (error) => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

const SHOW_AFTER_MS = 1000;
const UPDATE_EVERY_MS = 250;
const CLEAR_LINE = '\r\x1b[K';

/**
 * Runs the work and shows its progress meanwhile.
 *
 * @param describe returns the progress in one short line
 */
export type Progress = <T>(describe: () => string, work: () => Promise<T>) => Promise<T>;

/** Shows progress on an interactive terminal once the work has taken more than a second. */
export function progressOn(terminal: Terminal): Progress {
  return (describe, work) => (terminal.isInteractive ? withProgress(terminal, describe, work) : work());
}

async function withProgress<T>(terminal: Terminal, describe: () => string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let shown = false;
  const timer = setInterval(() => {
    if (performance.now() - started < SHOW_AFTER_MS) return;
    shown = true;
    void terminal.err(`${CLEAR_LINE}${describe()}`);
  }, UPDATE_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (shown) await terminal.err(CLEAR_LINE);
  }
}
