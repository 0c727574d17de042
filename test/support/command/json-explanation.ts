import { type CommandOptions, runOn, type Target } from './leaktally.ts';

/** The JSON output of --explain, as the README describes it. */
export interface JsonExplanation {
  readonly asOf: number;
  readonly isStateKnown: boolean;
  readonly lastRunAt: number | null;
  readonly changesSinceLastRun: readonly string[];
  readonly absence: readonly string[];
  readonly groups: readonly JsonGroup[];
  readonly events: readonly JsonEvent[];
}

interface JsonGroup {
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
  readonly bytes: number;
  readonly events: number;
  readonly excludedEvents: number;
  readonly unreadableEvents: number;
  readonly crossedAt: number | null;
  readonly decision: string;
  readonly isDue: boolean;
  readonly state: {
    readonly openedAt: number;
    readonly lastAlert: { readonly at: number; readonly bytes: number; readonly newest: number } | null;
    readonly pending: JsonAlert | null;
  } | null;
  readonly undelivered: readonly JsonAlert[];
  readonly hasNewBytes: boolean | null;
  readonly next: readonly { readonly status: string; readonly atBytes: number; readonly notBefore: number | null }[];
  readonly closesAtBytes: number;
  readonly as: { readonly number: number; readonly organization: string | null } | null;
  readonly country: string | null;
}

interface JsonAlert {
  readonly alertId: string;
  readonly failures: number;
  readonly status: string;
  readonly bytes: number;
  readonly asOf: number;
}

interface JsonEvent {
  readonly time: number;
  readonly source: string;
  readonly destination: string;
  readonly domain: string | null;
  readonly bytes: number | null;
  readonly total: number;
  readonly counted: boolean;
  readonly reason: string | null;
  readonly fragment: string | null;
  readonly as: JsonGroup['as'];
  readonly country: string | null;
}

/** The explanation of a run that must succeed. */
export async function explanationOf(
  target: Target,
  group: string,
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<JsonExplanation> {
  const { code, stdout, stderr } = await runOn(target, ['--explain', group, '--format', 'json', ...args], options);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as JsonExplanation;
}
