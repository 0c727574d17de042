import type { ChalkInstance } from 'chalk';

/** Output of a run: data goes to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Width of the output in characters. */
  readonly columns: number;
  /** Loaded on demand, since only tables have colours. */
  chalk(): Promise<ChalkInstance>;
  /** True when `err` is a terminal, where a progress line can be shown and erased. */
  readonly isInteractive: boolean;
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
