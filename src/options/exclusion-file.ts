import { type AddressRange, GROUP_FIELDS, type GroupField } from '../model.ts';
import { fileErrorCode } from '../util/file-errors.ts';
import { readRegularFile } from '../util/read-file.ts';
import { parseDomain, parseRange } from './exclusion-entries.ts';
import { Fault } from './setting.ts';

/** Entries of an exclusion file, in the order of its lines. */
export interface FileExclusions {
  readonly sources: readonly AddressRange[];
  readonly destinations: readonly AddressRange[];
  readonly domains: readonly string[];
}

/**
 * Reads a file with one entry per line: a destination address or range, a domain, or `source 10.0.0.0/8`. `#` begins a
 * comment.
 *
 * @param faults receives what is wrong with the file and its lines
 */
export function readExclusionFile(file: string, faults: string[]): FileExclusions {
  const entries = readLines(file, faults);
  function parse<T>(kind: GroupField, parseEntry: (text: string) => T | Fault): T[] {
    return entries
      .filter((entry) => entry.kind === kind)
      .flatMap(({ text, origin }) => {
        const parsed = parseEntry(text);
        if (!(parsed instanceof Fault)) return [parsed];
        faults.push(origin + parsed.text);
        return [];
      });
  }
  return {
    sources: parse('source', parseRange),
    destinations: parse('destination', parseRange),
    domains: parse('domain', parseDomain),
  };
}

interface Entry {
  readonly kind: GroupField;
  readonly text: string;
  /** File and line, as messages name them. */
  readonly origin: string;
}

function readLines(file: string, faults: string[]): Entry[] {
  let text: string;
  try {
    text = readRegularFile(file).bytes.toString('utf8');
  } catch (error) {
    faults.push(`exclusion file ${file} cannot be read (${fileErrorCode(error)}): check the path and its permissions`);
    return [];
  }
  return text.split(/\r?\n/).flatMap((line, index): Entry[] => {
    const parts = line
      .replace(/^\uFEFF/, '')
      .replace(/#.*/, '')
      .trim()
      .split(/\s+/);
    const origin = `${file}, line ${index + 1}`;
    if (parts[0] === '') return [];
    const [kind, entry] = parts.length === 2 ? parts : [kindOf(parts[0] as string), parts[0]];
    if (parts.length <= 2 && entry && isKind(kind)) return [{ kind, text: entry, origin }];
    faults.push(
      `${origin}: ${JSON.stringify(line.trim())} is not an entry such as 10.0.0.0/8, efscloud.net or source 10.1.2.3`,
    );
    return [];
  });
}

function kindOf(entry: string): GroupField {
  return /^[\d.]+(\/|$)|:|\//.test(entry) ? 'destination' : 'domain';
}

function isKind(word: string | undefined): word is GroupField {
  return GROUP_FIELDS.some((field) => field === word);
}
