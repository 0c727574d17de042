import { writeSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { describeError, toLine } from './describe-error.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { type Options, readOptions } from './options/options.ts';
import type { Setting } from './options/setting.ts';
import { type RawFlags, SETTINGS } from './options/settings.ts';
import { RunOutcome } from './run/run-outcome.ts';
import { print, printError, processTerminal } from './terminal.ts';
import { plural } from './util/text.ts';
import { formatDuration } from './util/units.ts';
import { VERSION } from './version.ts';

const EXAMPLES = `
Examples:
  $ leaktally --demo
  $ leaktally --database postgres://leaktally@scrutinizer/plixer --dry-run
  $ leaktally --dry-run --window 2d --threshold 250MB --group-by source
  $ leaktally --as-of 2025-11-24T02:00:00Z --format csv > leaks.csv
  $ leaktally --quiet --env-file /etc/leaktally/env --syslog tcp://siem:514`;

/** Runs the command; the only place that sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  // If a promise never settles, the process must not end with success.
  process.exitCode = EXIT.failed;
  // A reader such as head may close the pipe early. The write reports that too, but without a listener Node.js would
  // crash.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  let debug = argv.includes('--debug');
  let origins: readonly string[] = [];
  try {
    const flags = parseFlags(argv);
    if (typeof flags === 'string') {
      await print(flags);
      process.exitCode = EXIT.ok;
      return;
    }
    const options = readOptions(flags.values, process.env, flags.faults);
    debug = options.debug;
    origins = options.origins;
    await printError(options.notices.map(toLine).join(''));
    const outcome = new RunOutcome();
    await writeMetricsOnExit(options, outcome);
    const watchdog = setTimeout(() => giveUp(options, outcome), options.timeoutSeconds * 1000);
    try {
      // Loaded late: --version, --help and usage errors do not need it.
      const { run } = await import('./run/run.ts');
      const { leaks } = await run(options, processTerminal(options.color), outcome);
      process.exitCode = leaks > 0 ? options.exitCode : EXIT.ok;
    } finally {
      // Unref'd, not cleared: it still ends a process that something else keeps alive.
      watchdog.unref();
    }
  } catch (error) {
    process.exitCode = error instanceof ExpectedError ? error.exitCode : EXIT.failed;
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    await printError(describeError(error, debug));
  } finally {
    if (debug) await printError(origins.map((origin) => toLine(`settings ${origin}`)).join(''));
  }
}

/** @returns the flags with commander's complaints about them, or the help or version that was asked for */
function parseFlags(argv: readonly string[]): { values: RawFlags; faults: string[] } | string {
  const command = createCommand();
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
    faults.push(...unexpectedArguments(command.args));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.ok) return text;
    // The value of a mistyped option may be a secret.
    const message = error.message.replace(/^(error: unknown option '-(?:-[^=']*|[^-])).*?'(?= \(Did|$)/s, "$1'");
    faults.push(message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  const given = Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) === 'cli');
  return { values: Object.fromEntries(given), faults };
}

function createCommand(): Command {
  const command = new Command('leaktally')
    .description('Finds data leaks that stay small on purpose: adds up Scrutinizer events and alerts each leak once.')
    .version(VERSION)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false })
    .allowExcessArguments()
    .exitOverride()
    .addHelpText('after', EXAMPLES);
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

/** Says what is probably wrong: a name of several words without quotes, of which only the first is the option's value. */
function unexpectedArguments([first]: readonly string[]): string[] {
  if (first === undefined) return [];
  // A URL may hold a password.
  const argument = first.includes('://') ? 'argument' : `argument ${JSON.stringify(first)}`;
  return [
    `unexpected ${argument}: put a value with spaces into double quotes, as in --policy "Exceeded 5 MB in 5" (single quotes mean nothing to cmd.exe)`,
  ];
}

/** Ends a run that hangs for any reason: no driver can be told to stop waiting in every case. */
function giveUp({ timeoutSeconds }: Options, outcome: RunOutcome): never {
  const { sent, due } = outcome.alerts;
  const counts = sent + due > 0 ? `: ${plural(sent, 'alert')} sent, ${due} due` : '';
  writeSync(2, `leaktally: did not finish within ${formatDuration(timeoutSeconds)} (--timeout); gave up${counts}\n`);
  process.exit(EXIT.failed);
}

/** Writes the metrics file when the process exits, for whatever reason; last, so that it delays no alert. */
async function writeMetricsOnExit(options: Options, outcome: RunOutcome): Promise<void> {
  const { metricsFile, debug } = options;
  if (metricsFile === null) return;
  const { updateMetricsFile } = await import('./run/metrics-file.ts');
  process.once('exit', () => {
    try {
      updateMetricsFile(metricsFile, options, outcome, VERSION);
    } catch (error) {
      process.exitCode = EXIT.failed;
      writeSync(2, describeError(error, debug));
    }
  });
}

// Not awaited: the bundle is CommonJS, which has no top-level await. main() catches every error.
main(process.argv.slice(2));
