/** Says what is probably wrong with a command line, and what to type instead. */

import type { CommanderError } from 'commander';
import { listChoices, type Setting } from '../options/setting.ts';
import { type RawFlags, SETTINGS } from '../options/settings.ts';

const FLAGS = new Set([
  ...Object.values<Setting>(SETTINGS).flatMap(({ flag }) => flag?.split(' ')[0] ?? []),
  ...['--help', '--version'],
]);
/** An abbreviation of more options than this says nothing. */
const MAX_GUESSES = 4;

/** Describes what commander complains about. Values are not repeated: that of a mistyped option may be a secret. */
export function describeComplaint({ code, message }: CommanderError): string {
  const [, quoted = ''] = /'(.*?)'(?=\s|$)/s.exec(message) ?? [];
  if (code === 'commander.optionMissingArgument') return `${quoted.split(' ')[0]} needs a value: ${quoted}`;
  const name = /^--?[^=']*/.exec(quoted)?.[0] ?? '';
  if (FLAGS.has(name)) return `${name} is a switch and takes no value: leave out what follows it`;
  if (FLAGS.has(`-${name}`)) return `unknown option ${name}: write -${name}, with two hyphens`;
  if (/^-[hV]/.test(name)) return `${name.slice(0, 2)} stands alone: leave out what follows it`;
  const shown = name.startsWith('--') ? name : name.slice(0, 2);
  const [, similar] = /\(Did you mean (.*)\?\)/.exec(message) ?? [];
  const meant = abbreviatedBy(name) ?? similar;
  return `unknown option ${shown}: ${meant ? `did you mean ${meant}?` : 'see leaktally -h'}`;
}

/** The options that begin like this; commander finds misspelt ones only. */
function abbreviatedBy(name: string): string | null {
  const flags = /^--../.test(name) ? [...FLAGS].filter((flag) => flag.startsWith(name)) : [];
  return flags.length > 0 && flags.length <= MAX_GUESSES ? listChoices(flags) : null;
}

/** Describes the first argument that belongs to no option. */
export function describeUnexpected([first]: readonly string[]): string[] {
  return first === undefined ? [] : [`unexpected argument ${shownArgument(first)}: ${adviseOnArgument(first)}`];
}

/** Finds options whose value was forgotten, so that the next option was taken for it. */
export function describeSwallowed(values: RawFlags): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const swallowed = [value].flat().find((one) => typeof one === 'string' && FLAGS.has(one));
    const { flag }: Setting = SETTINGS[key as keyof RawFlags];
    return swallowed ? [`${flag?.split(' ')[0]} needs a value, but ${swallowed} follows it: ${flag}`] : [];
  });
}

/** A URL may hold a password. */
function shownArgument(argument: string): string {
  const [, scheme] = /^([a-z]+:\/\/)/i.exec(argument) ?? [];
  if (scheme) return `${scheme}...`;
  return argument.includes('://') || argument.includes('@')
    ? '(not shown, it may hold a password)'
    : JSON.stringify(argument);
}

function adviseOnArgument(argument: string): string {
  // Word processors and web pages turn two hyphens into a dash.
  const retyped = argument.replace(/^[\u2010-\u2015\u2212-]+/, '--').replace(/[ =].*/s, '');
  if (retyped !== argument && FLAGS.has(retyped)) return `its dash is not that of the keyboard; type ${retyped}`;
  if (/^\W*(help|h|\?)$/i.test(argument)) return 'see leaktally -h';
  if (FLAGS.has(`--${argument}`)) return `did you mean --${argument}?`;
  if (argument.includes('://')) return 'a URL follows its option: --database <url>, --state <url> or --syslog <url>';
  return 'put a value with spaces into double quotes, as in --policy "Exceeded 5 MB in 5" (single quotes mean nothing to cmd.exe)';
}
