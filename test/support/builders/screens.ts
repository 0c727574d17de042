import type { Screen } from '../../../src/terminal.ts';

/** Where tables are shown in tests. */
export const TERMINAL: Screen = { columns: 80, isTerminal: true, isUnicode: true };
export const PIPE: Screen = { ...TERMINAL, isTerminal: false };
