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
 * Does the work, and shows how far it is where somebody watches.
 *
 * @param describe says it in one short line
 */
export type Progress = <T>(describe: () => string, work: () => Promise<T>) => Promise<T>;

/** Shows progress on a terminal while work takes longer than a second, and wipes it out at the end. */
export function progressOn(terminal: Terminal): Progress {
  return async (describe, work) => {
    if (!terminal.watched) return work();
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
  };
}
