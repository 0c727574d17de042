import { Command, CommanderError, Help, Option } from 'commander';
import { EXIT } from '../errors.ts';
import { type Setting, SHELLS } from '../options/setting.ts';
import { type RawFlags, SETTINGS } from '../options/settings.ts';
import { VERSION } from '../version.ts';
import { renderCompletion } from './completion/completion.ts';
import { EXAMPLES } from './examples.ts';
import { describeComplaint, describeSwallowed, describeUnexpected } from './mistakes.ts';
import { renderShortHelp } from './short-help.ts';

/** Flags of a run, with what is wrong with them. */
export interface ParsedFlags {
  readonly values: RawFlags;
  readonly faults: string[];
}

/** @returns the flags, or the text that was asked for instead of a run: help, version or a completion script */
export function parseFlags(argv: readonly string[]): ParsedFlags | string {
  const command = createCommand(argv.includes('--help'));
  const faults: string[] = [];
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    outputError: () => undefined,
  });
  try {
    command.parse([...argv], { from: 'user' });
    faults.push(...describeUnexpected(command.args));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.ok) return text;
    faults.push(describeComplaint(error));
  }
  const given = Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) === 'cli');
  const values: RawFlags = Object.fromEntries(given);
  faults.push(...describeSwallowed(values));
  const shell = SHELLS.find((name) => name === values.completion);
  return shell && faults.length === 0 ? renderCompletion(shell) : { values, faults };
}

/** @param isHelpLong whether help means everything, or one line an option */
function createCommand(isHelpLong: boolean): Command {
  const help = new Help();
  const command = new Command('leaktally')
    .description('Finds data leaks that stay small on purpose: adds up Scrutinizer events and alerts each leak once.')
    .version(VERSION)
    .helpOption('-h, --help', 'show each option in one line, or with --help everything')
    .configureHelp({
      showGlobalOptions: false,
      formatHelp: (self, helper) => (isHelpLong ? help.formatHelp(self, helper) : renderShortHelp()),
    })
    .allowExcessArguments()
    .exitOverride();
  if (isHelpLong) command.addHelpText('after', [...variablesAlone(), ...examples()].join('\n'));
  for (const { flag, env, fallback, help, group, list } of Object.values<Setting>(SETTINGS)) {
    if (!flag) continue;
    const notes = [fallback && `default: ${fallback}`, env].filter(Boolean).join('; ');
    const option = new Option(flag, notes ? `${help} (${notes})` : help).helpGroup(`${group}:`);
    if (list && !option.variadic) option.argParser(appendTo);
    command.addOption(option);
  }
  return command;
}

/** Collects the values of an option that is given once for each. */
function appendTo(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Settings without a flag. */
function variablesAlone(): string[] {
  const settings = Object.values<Setting>(SETTINGS).filter(({ flag }) => flag === undefined);
  return ['\nOnly as variables:', ...settings.flatMap(({ env, help }) => [`  ${env}`, `    ${help}`])];
}

function examples(): string[] {
  return ['\nExamples:', ...EXAMPLES.flatMap(({ command, purpose }) => [`  # ${purpose}`, `  $ ${command}`])];
}
