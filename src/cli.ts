import { writeSync } from 'node:fs';
import { parseFlags } from './command-line/parse-flags.ts';
import { describeError, toLine } from './describe-error.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { type Options, readOptions } from './options/options.ts';
import { RunOutcome } from './run/run-outcome.ts';
import { print, printError, processTerminal } from './terminal.ts';
import { formatDuration } from './util/units.ts';
import { VERSION } from './version.ts';

/** What is being closed may still take so long. */
const LINGER_MS = 50;

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
      const { leaks } = await run(options, processTerminal(options.terminal), outcome);
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
    // All is said: a connection that a check has given up on must not keep the process until --timeout.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Ends a run that hangs for any reason: no driver can be told to stop waiting in every case. */
function giveUp({ timeoutSeconds, dryRun }: Options, outcome: RunOutcome): never {
  const consequence = dryRun ? '' : `; ${outcome.describeAlerts()}, the next run tries again`;
  writeSync(2, `leaktally: did not finish within ${formatDuration(timeoutSeconds)} (--timeout)${consequence}\n`);
  process.exit(EXIT.failed);
}

/** Writes the metrics file when the process exits, for whatever reason; last, so that it delays no alert. */
async function writeMetricsOnExit(options: Options, outcome: RunOutcome): Promise<void> {
  const { metricsFile, check, debug } = options;
  if (metricsFile === null || check) return;
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
