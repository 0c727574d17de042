import { ExpectedError, UsageError } from './errors.ts';
import { sanitize } from './util/text.ts';

/** Formats an error: one line, or one per fault for wrong usage. Only unexpected errors and --debug show the stack. */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof ExpectedError)) return redact(`leaktally: unexpected error\n${stacks(error)}\n`);
  const lines = error instanceof UsageError ? error.faults : [error.message];
  const text = lines.map(toLine).join('');
  return redact(debug ? `${text}${stacks(error)}\n` : text);
}

/** Formats a message as a line on stderr. */
export function toLine(message: string): string {
  return `leaktally: ${sanitize(message)}\n`;
}

/**
 * Formats names, messages and stacks, and nothing else: drivers' errors also hold statements with values. A message may
 * be what a server sent, with line breaks and terminal sequences of its own, so of a stack only the frames are used.
 */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return sanitize(String(error));
  const { name, message, stack = '', cause } = error;
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length).split('\n');
  const shown = [`${name}: ${message}`, ...frames.filter((line) => /^ +at /.test(line))].map(sanitize).join('\n');
  return cause === undefined ? shown : `${shown}\ncaused by: ${stacks(cause)}`;
}

/** Hides passwords in URLs, whatever an error quotes. */
function redact(text: string): string {
  return text.replace(/(\/\/[^\s/:@]*):[^\s@]*@/g, '$1:***@');
}
