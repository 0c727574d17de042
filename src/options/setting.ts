/** The shape of a row in the table of options, and parsers that several rows share. */

/** The headings of --help. */
type SettingGroup = 'Where events and state are' | 'What is a leak' | 'When and how to alert' | 'This run';

/** One option as users meet it: on the command line, in the environment and the env file, in --help and .env.example. */
export interface Setting {
  /** In commander's syntax. A flag without a value is a switch. */
  readonly flag?: string;
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
  /** Set for options that take several values. */
  readonly list?: ListFormat;
  /** `none` turns the option off, as does its --no flag. */
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

/** Ten years. */
export const MAX_WINDOW_SECONDS = 3660 * 86_400;

export function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T | null {
  return (text) => choices.find((choice) => choice === text) ?? null;
}

export function matching(pattern: RegExp): (text: string) => string | null {
  return (text) => (pattern.test(text) ? text : null);
}

/** @returns the value if it is within the bounds, which are inclusive; else null */
export function within(value: number | null, min: number, max: number): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}
