import { expect } from 'vitest';
import { type CommandOptions, type CommandResult, runOn, type Target } from './leaktally.ts';

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
  readonly as: { readonly number: number; readonly organization: string | null } | null;
  readonly country: string | null;
  readonly thresholdBytes: number;
  /** Only where it is earlier than the report's. */
  readonly asOf?: number;
  readonly growth: { readonly bytes: number; readonly sinceSeconds: number } | null;
}

interface JsonBreakdown {
  readonly count: number;
  readonly top: readonly (Partial<Pick<JsonLeak, 'as' | 'country'>> & {
    readonly address: string;
    readonly bytes: number;
  })[];
}

/** The report of a run that must succeed. */
export async function reportOf(
  target: Target,
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<JsonReport> {
  const result = await runOn(target, ['--format', 'json', ...args], options);
  if (result.code !== 0) throw new Error(`exit code ${result.code}: ${result.stderr}`);
  return parseReport(result);
}

/** The report of a run that must succeed without a warning. */
export async function cleanReportOf(...run: Parameters<typeof reportOf>): Promise<JsonReport> {
  const [target, args = [], options = {}] = run;
  const result = await runOn(target, ['--format', 'json', ...args], options);
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  return parseReport(result);
}

/** What a run with `--format json` printed. */
export function parseReport({ stdout }: CommandResult): JsonReport {
  return JSON.parse(stdout) as JsonReport;
}
