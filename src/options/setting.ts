/** What a row of the table of options is made of, and the parsers that several rows share. */

/** The headings of --help. */
type SettingGroup = 'Where events and state are' | 'What is a leak' | 'When and how to alert' | 'This run';

/** One option as users meet it: on the command line, in the environment and the env file, in --help and .env.example. */
export interface Setting {
  /** As commander reads it. One that takes no value is a switch. */
  readonly flag?: string;
  readonly env?: string;
  readonly fallback?: string;
  readonly help: string;
  readonly group: SettingGroup;
  /** The option's name in the code, with its unit, where that is not the flag's. */
  readonly name?: string;
  /** Understands a value, or one entry of a list. A Fault says what is wrong; null says "is not", then `expected`. */
  readonly parse?: (text: string, isFromFlag: boolean) => unknown;
  /** Completes "is not". The value is shown with it, so never use it for secrets. */
  readonly expected?: string;
  /** Several values: what divides them in the environment, and how many there must be. */
  readonly list?: ListFormat;
  /** `none` switches the option off, as does the flag that begins with --no. */
  readonly canBeNone?: true;
  /** The setting that this flag only switches off. */
  readonly negates?: string;
}

interface ListFormat {
  readonly separator: RegExp;
  /** Flags are divided too: no entry contains what divides them. */
  readonly dividesFlags?: true;
  /** What is wrong with an empty list; none may be given where this is missing. */
  readonly whenEmpty?: string;
}

/** What is wrong with a value, to follow the name under which it was given. */
export class Fault {
  constructor(readonly text: string) {}

  /** @param words follow the value, which is no secret */
  static of(value: string, words: string): Fault {
    return new Fault(`: ${JSON.stringify(value)} ${words}`);
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

/** @returns the number when it is between the two bounds, both allowed; null otherwise */
export function within(value: number | null, least: number, most: number): number | null {
  return value !== null && value >= least && value <= most ? value : null;
}
