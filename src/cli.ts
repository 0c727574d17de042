import { writeSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { EXIT, ExpectedError, UsageError } from './errors.ts';
import { type Options, readOptions } from './options/options.ts';
import type { Setting } from './options/setting.ts';
import { type RawFlags, SETTINGS } from './options/settings.ts';
import { RunOutcome } from './run/run-outcome.ts';
import type { Terminal } from './terminal.ts';
import { plural, sanitize } from './util/text.ts';
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
    if (flags === null) {
      process.exitCode = EXIT.ok;
      return;
    }
    const options = readOptions(flags.values, process.env, flags.faults);
    debug = options.debug;
    origins = options.origins;
    for (const notice of options.notices) await terminal(options).err(asLine(notice));
    const outcome = new RunOutcome();
    await writeMetricsOnExit(options, outcome);
    const watchdog = setTimeout(() => giveUp(options, outcome), options.timeoutSeconds * 1000);
    try {
      // Loaded late: --version, --help and usage errors do not need it.
      const { run } = await import('./run/run.ts');
      const { leaks } = await run(options, terminal(options), outcome);
      process.exitCode = leaks > 0 ? options.exitCode : EXIT.ok;
    } finally {
      // Unref'd, not cleared: it still ends a process that something else keeps alive.
      watchdog.unref();
    }
  } catch (error) {
    process.exitCode = error instanceof ExpectedError ? error.exitCode : EXIT.failed;
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    await write(process.stderr, describe(error, debug)).catch(() => undefined);
  } finally {
    const lines = debug ? origins.map((origin) => asLine(`settings ${origin}`)) : [];
    await write(process.stderr, lines.join('')).catch(() => undefined);
  }
}

/** @returns the flags with commander's complaints about them; null after printing the help or version */
function parseFlags(argv: readonly string[]): { values: RawFlags; faults: string[] } | null {
  const command = createCommand();
  const faults: string[] = [];
  try {
    command.parse([...argv], { from: 'user' });
    faults.push(...unexpectedArguments(command.args));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.ok) return null;
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
    .configureOutput({ outputError: () => undefined })
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
  const sent = outcome.countAlerts('sent');
  const due = outcome.alerts.size - sent;
  const counts = outcome.alerts.size > 0 ? `: ${plural(sent, 'alert')} sent, ${due} due` : '';
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
      writeSync(2, describe(error, debug));
    }
  });
}

function terminal({ color }: Options): Terminal {
  return {
    out: (text) => write(process.stdout, text),
    // A failed stderr write must not stop alerting.
    err: (text) => write(process.stderr, text).catch(() => undefined),
    columns: process.stdout.columns ?? 80,
    chalk: async () => {
      const { default: chalk, Chalk } = await import('chalk');
      return new Chalk({ level: color ? chalk.level : 0 });
    },
    isInteractive: process.stderr.isTTY === true,
  };
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(text, (error) => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Formats an error: one line, or one per fault for wrong usage. Only unexpected errors and --debug show the stack. */
function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof ExpectedError)) return redact(`leaktally: unexpected error\n${stacks(error)}\n`);
  const lines = error instanceof UsageError ? error.faults : [error.message];
  const text = lines.map(asLine).join('');
  return redact(debug ? `${text}${stacks(error)}\n` : text);
}

function asLine(message: string): string {
  return `leaktally: ${sanitize(message)}\n`;
}

/** Formats only the stacks, since drivers' errors also hold statements with values. */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stacks(error.cause)}`;
}

/** Hides passwords in URLs, whatever an error quotes. */
function redact(text: string): string {
  return text.replace(/(\/\/[^\s/:@]*):[^\s@]*@/g, '$1:***@');
}

// Not awaited: the bundle is CommonJS, which has no top-level await. main() catches every error.
main(process.argv.slice(2));
