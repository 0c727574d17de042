import { type CommandOptions, leaktally } from './command.ts';

/** The JSON output as the contract describes it. */
export interface JsonReport {
  readonly rule: string;
  readonly dryRun: boolean;
  readonly asOf: number;
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly groupBy: readonly string[];
  readonly policies: readonly string[];
  readonly events: {
    readonly matched: number;
    readonly counted: number;
    readonly excluded: number;
    readonly unreadable: number;
    readonly newest: number | null;
    readonly excludedBytes: number;
  };
  readonly leaks: readonly JsonLeak[];
  readonly watch?: readonly (JsonLeak & { readonly crossesAt: number | null })[];
}

interface JsonLeak {
  readonly source: string | null;
  readonly sources?: JsonBreakdown;
  readonly destination: string | null;
  readonly destinations?: JsonBreakdown;
  readonly domain: string | null;
  readonly bytes: number;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly fqdns: readonly string[];
  readonly status: string;
  readonly alert: string;
  readonly timeline: readonly number[];
  readonly growth: { readonly bytes: number; readonly sinceSeconds: number } | null;
}

interface JsonBreakdown {
  readonly count: number;
  readonly top: readonly { readonly address: string; readonly bytes: number }[];
}

/** What every run against a test database needs, and what it is asked beyond that. */
export interface Target {
  /** For --database, without a password. */
  readonly url: string;
  /** What a run needs beside the URL. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the command against a test database; nothing is sent unless a receiver is named. */
export function runOn({ url, env }: Target, args: readonly string[] = [], options: CommandOptions = {}) {
  return leaktally(['--database', url, ...args], {
    ...options,
    env: { ...env, LEAKTALLY_SYSLOG: 'none', ...options.env },
  });
}

/** The report of a run that must end well, as an object. */
export async function reportOf(
  target: Target,
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<JsonReport> {
  const { code, stdout, stderr } = await runOn(target, ['--format', 'json', ...args], options);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as JsonReport;
}

/** RFC 4180: the fields of each record, without the header, under the header's names. */
export function parseCsv(text: string): Record<string, string>[] {
  const records: string[][] = [];
  for (const [, separator, quoted, plain = ''] of text.matchAll(/(^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)) {
    if (separator !== ',') records.push([]);
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
  }
  const [header = [], ...rows] = records.filter((fields) => fields.join('') !== '');
  return rows.map((fields) => Object.fromEntries(header.map((name, column) => [name, fields[column] ?? ''])));
}
