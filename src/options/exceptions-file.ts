import type { GroupField } from '../model.ts';
import { fileErrorReason } from '../util/file-errors.ts';
import { readRegularFile } from '../util/read-file.ts';
import { endOfDay, parseSize } from '../util/units.ts';
import { parseAs, parseDomain, parseRange } from './exception-subjects.ts';
import type { Exception, ExceptionSubject } from './exceptions.ts';
import { subjectText } from './exceptions.ts';
import { Fault } from './setting.ts';

/** Faults that are listed; the wrong file may have any number of them. */
const MAX_FAULTS = 100;
/** Characters of a line, of which the longest part is a domain of 253. */
const MAX_LENGTH = 1000;
/** Characters of a faulty line that are repeated. */
const MAX_SHOWN = 60;
const KINDS = ['source', 'destination', 'domain', 'as'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Reads a file with one exception a line: `[destination] <range>`, `source <range>`, `[domain] <domain>` or `as <AS>`,
 * then perhaps `above <size>`, then `until <YYYY-MM-DD>`, then `# comment`.
 *
 * @param groupBy a line with a threshold must name a field of it; undefined when it is invalid itself
 * @param faults receives what is wrong with the file and its lines
 */
export function readExceptionsFile(
  file: string,
  groupBy: readonly GroupField[] | undefined,
  faults: string[],
): Exception[] {
  const text = readText(file, faults);
  const exceptions: Exception[] = [];
  const found: string[] = [];
  for (const [index, whole] of text.split(/\r\n|\n|\r/).entries()) {
    // With the s flag, since a comment may have other characters in it that break lines (U+2028).
    const line = whole.replace(/#.*/s, '').trim();
    if (line === '') continue;
    const number = index + 1;
    const parsed = parseLine(line, groupBy);
    if (parsed instanceof Fault) found.push(`${file}, line ${number}${parsed.text}`);
    else exceptions.push({ ...parsed, line: { file, number } });
  }
  faults.push(...found.slice(0, MAX_FAULTS));
  if (found.length > MAX_FAULTS) faults.push(`${file} has ${found.length - MAX_FAULTS} more faulty lines`);
  return exceptions;
}

/** @returns nothing for a file that cannot be read or is no text */
function readText(file: string, faults: string[]): string {
  try {
    const { bytes } = readRegularFile(file);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
    faults.push(`exceptions file ${file} has NUL bytes, as UTF-16 does: save it as UTF-8`);
  } catch (error) {
    faults.push(
      error instanceof TypeError
        ? `exceptions file ${file} is not UTF-8 text: save it as UTF-8`
        : `exceptions file ${file} cannot be read (${fileErrorReason(error)}); check the path and its permissions`,
    );
  }
  return '';
}

function parseLine(line: string, groupBy: readonly GroupField[] | undefined): Omit<Exception, 'line'> | Fault {
  const words = line.split(/\s+/);
  const [first = ''] = words;
  const kind = isKind(first) ? first : kindOf(first);
  const [value = '', ...rest] = isKind(first) ? words.slice(1) : words;
  const [above, until, isComplete] = parseRest(rest);
  if (kind === null || !isComplete || line.length > MAX_LENGTH) {
    return new Fault(
      `: ${shown(line)} is not an exception such as 10.0.0.0/8, efscloud.net until 2026-01-31, source 10.1.2.3 above 5GB or as AS64496`,
    );
  }
  const subject = parseSubject(kind, value);
  if (subject instanceof Fault) return subject;
  const aboveBytes = above === null ? null : parseSize(above);
  if (above !== null && aboveBytes === null) return new Fault(`: ${shown(above)} is not a size such as 5GB`);
  const endsAt = until === null ? Number.POSITIVE_INFINITY : endOfDay(until);
  if (endsAt === null) return new Fault(`: ${shown(until ?? '')} is not a day such as 2026-01-31`);
  const missing = aboveBytes === null ? null : missingField(subject.kind, groupBy);
  if (missing) return new Fault(`: ${shown(line)} needs ${missing} in --group-by`);
  return { subject, text: subjectText(subject), aboveBytes, endsAt };
}

/** @returns size and day, and whether nothing else is there */
function parseRest(words: readonly string[]): [above: string | null, until: string | null, isComplete: boolean] {
  // A size may have a blank in it.
  const [, above = null, until = null] = /^(?:above (.+?))? ?(?:until (\S+))?$/.exec(words.join(' ')) ?? [];
  return [above, until, words.length === 0 || above !== null || until !== null];
}

function parseSubject(kind: Kind, value: string): ExceptionSubject | Fault {
  if (kind === 'as') {
    const number = parseAs(value);
    return number instanceof Fault ? number : { kind, number };
  }
  if (kind === 'domain') {
    const domain = parseDomain(value);
    return domain instanceof Fault ? domain : { kind, domain };
  }
  const range = parseRange(value);
  return range instanceof Fault ? range : { kind, range };
}

/** What a line without a kind is about. */
function kindOf(value: string): Kind | null {
  // A domain without a dot may be a keyword whose value was forgotten, and would match nothing.
  if (/^(as\d*|above|until)$/i.test(value)) return null;
  return /^[\d.]+(\/|$)|:|\//.test(value) ? 'destination' : 'domain';
}

function isKind(word: string): word is Kind {
  return KINDS.some((kind) => kind === word);
}

/** The field that --group-by lacks for a threshold of its own; null when it has one. */
function missingField(kind: Kind, groupBy: readonly GroupField[] | undefined): string | null {
  const fields = kind === 'domain' || kind === 'as' ? [kind, 'destination'] : [kind];
  return !groupBy || groupBy.some((field) => fields.includes(field)) ? null : fields.join(' or ');
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
