import type { ChalkInstance } from 'chalk';

/** Where a run prints. Data goes out, everything else goes to err. */
export interface Terminal {
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Width of the output in characters. */
  readonly columns: number;
  /** Only tables have colours. */
  chalk(): Promise<ChalkInstance>;
  /** Somebody watches err, so that progress may be shown and wiped out there. */
  readonly watched: boolean;
}

const FIRST_AFTER_MS = 1000;
const AGAIN_AFTER_MS = 250;
const CLEAR_LINE = '\r\x1b[K';

/**
 * Does the work, and shows while it goes on how far it is.
 *
 * @param describe says it in one short line
 */
export type Progress = <T>(describe: () => string, work: () => Promise<T>) => Promise<T>;

/** Shows progress on a terminal that somebody watches, once the work has taken more than a second. */
export function progressOn(terminal: Terminal): Progress {
  return (describe, work) => (terminal.watched ? withProgress(terminal, describe, work) : work());
}

async function withProgress<T>(terminal: Terminal, describe: () => string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let shown = false;
  const timer = setInterval(() => {
    if (performance.now() - started < FIRST_AFTER_MS) return;
    shown = true;
    void terminal.err(`${CLEAR_LINE}${describe()}`);
  }, AGAIN_AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (shown) await terminal.err(CLEAR_LINE);
  }
}
