import type { Setting } from '../../options/setting.ts';
import { SETTINGS } from '../../options/settings.ts';

/** An option as the shells complete it. */
export interface CompletedOption {
  readonly flag: string;
  readonly summary: string;
  /** Name of its value; null for a switch. */
  readonly valueName: string | null;
  /** Fixed values; empty when any text may follow. */
  readonly words: readonly string[];
  readonly takesFiles: boolean;
  /** May be given several times. */
  readonly repeats: boolean;
}

/** Lists the options of the table, then those that commander adds. */
export function completedOptions(): CompletedOption[] {
  const plain = { valueName: null, words: [], takesFiles: false, repeats: false };
  return [
    ...Object.values<Setting>(SETTINGS).flatMap((setting) => (setting.flag ? [toOption(setting, setting.flag)] : [])),
    { ...plain, flag: '--help', summary: 'show everything about each option' },
    { ...plain, flag: '--version', summary: 'show the version' },
  ];
}

function toOption({ summary = '', choices = [], combinesChoices, list }: Setting, syntax: string): CompletedOption {
  const [flag = '', value] = syntax.split(' ');
  const valueName = value?.replace(/[<>.]/g, '') ?? null;
  return {
    flag,
    summary,
    valueName,
    words: combinesChoices ? combinations(choices) : choices,
    takesFiles: valueName === 'path' || valueName === 'file',
    repeats: list !== undefined,
  };
}

/** Lists all comma-separated lists of the words in this order, the shorter ones first. */
function combinations(words: readonly string[]): string[] {
  const lists: string[][] = [[]];
  for (const word of words) lists.push(...lists.map((list) => [...list, word]));
  return lists
    .slice(1)
    .sort((a, b) => a.length - b.length)
    .map((list) => list.join(','));
}
