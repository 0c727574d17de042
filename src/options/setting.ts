/** The shape of a row in the table of options, and parsers that several rows share. */

/** The headings of --help. */
type SettingGroup = 'Where events and state are' | 'What is a leak' | 'When and how to alert' | 'This run';

/** One option as users meet it: on the command line, in the environment and the env file, in --help and .env.example. */
export type Setting = SettingFacts & (Flag | { readonly flag?: undefined; readonly summary?: undefined });

interface Flag {
  /** In commander's syntax. A flag without a value is a switch; one that takes a `<path>` or `<file>` completes files. */
  readonly flag: string;
  /** What it does in a few words, for -h and completions. With the flag and the default it must fit 80 columns. */
  readonly summary: string;
}

interface SettingFacts {
  readonly env?: string;
  readonly fallback?: string;
  readonly help: string;
  readonly group: SettingGroup;
  /** Name in the code, with its unit, where it differs from the flag's. */
  readonly name?: string;
  /** Parses a value, or one entry of a list. A Fault says what is wrong; null means "is not", then `expected`. */
  readonly parse?: (text: string, isFromFlag: boolean) => unknown;
  /** Completes "is not". The value is shown with it, so never use it for secrets. */
  readonly expected?: string;
  /** The only values, or the most common ones, for completions. */
  readonly choices?: readonly string[];
  /** Takes several of the choices, separated by commas. */
  readonly combinesChoices?: true;
  /** Set for options that take several values. */
  readonly list?: ListFormat;
  /** `none` turns the option off, or leaves a list empty, whatever the environment and the env file say. */
  readonly canBeNone?: true;
  /** Setting that this flag turns off. */
  readonly negates?: string;
}

interface ListFormat {
  readonly separator: RegExp;
  /** Flags are split as well as variables, since no entry contains a separator. */
  readonly splitsFlags?: true;
  /** Error for an empty list; without it the list may be empty. */
  readonly whenEmpty?: string;
}

/** What is wrong with a value, to follow the name that it was given under. */
export class Fault {
  constructor(readonly text: string) {}

  /** Repeats the value, so never use it for secrets. */
  static of(value: string, text: string): Fault {
    return new Fault(`: ${JSON.stringify(value)} ${text}`);
  }
}

/** Shells that options can be completed in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Ten years. */
export const MAX_WINDOW_SECONDS = 3660 * 86_400;

/** Accepts one of some lower-case words, in any case. */
export function oneOf<T extends string>(choices: readonly T[]): (text: string) => T | null {
  return (text) => choices.find((choice) => choice === text.toLowerCase()) ?? null;
}

/** Lists words as in `table, json or csv`. */
export function listChoices(words: readonly string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

export function isNone(text: string): boolean {
  return text.toLowerCase() === 'none';
}

/** What messages give as examples of a duration and a size, with all units. */
export const DURATION_EXAMPLES = '90m, 24h or 1d12h (units: s, m, h, d, w)';
export const SIZE_EXAMPLES = '100MB or 1.5GiB (units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)';

export function matching(pattern: RegExp): (text: string) => string | null {
  return (text) => (pattern.test(text) ? text : null);
}

/** @returns the value if it is within the bounds, which are inclusive; else null */
export function within(value: number | null, min: number, max: number): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}
