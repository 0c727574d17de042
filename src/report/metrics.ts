import type { Tally } from '../model.ts';

/** Values of one run's metrics. Times are Unix seconds. */
export interface RunMetrics {
  readonly version: string;
  readonly rule: string;
  readonly groupBy: readonly string[];
  readonly endedAt: number;
  readonly durationSeconds: number;
  readonly isSuccess: boolean;
  /** Null when no successful run is known. */
  readonly lastSuccessAt: number | null;
  /** Null when no run is known to have found an event, or when this one failed before it had looked. */
  readonly newestEventAt: number | null;
  readonly alerts: { readonly sent: number; readonly failed: number; readonly due: number };
  /** When the IP databases were built; files of which that is not known are left out. */
  readonly ipDatabases: ReadonlyMap<string, number>;
  /** Null when the run failed before it had results; their metrics are then left out. */
  readonly found: { readonly leaks: number; readonly tally: Omit<Tally, 'samples' | 'newest'> } | null;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number | null | undefined, labels?: Labels];

/** Metrics that a run without news of its own takes over from the one before. */
export const KEPT_METRICS = {
  lastSuccess: 'leaktally_last_success_timestamp_seconds',
  newestEvent: 'leaktally_newest_event_timestamp_seconds',
} as const;
/** Stands for a time that is not known: a rule on the age of a series that is absent would never fire. */
const NEVER = 0;

/**
 * Renders the metrics in Prometheus' text format, version 0.0.4 (Prometheus' documentation, "Exposition formats").
 * Every sample is labelled with its schedule: the exporter rejects a file that repeats a sample of another one.
 */
// prom-client is made for servers, and this format is one line per sample.
export function renderMetrics(run: RunMetrics): string {
  const { alerts, found, ipDatabases } = run;
  const gauge = (name: string, help: string, ...samples: readonly Sample[]): string => {
    const known = samples.flatMap(([value, labels]) =>
      value == null ? [] : `${series(name, run, labels)} ${value}\n`,
    );
    return known.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${known.join('')}`;
  };
  return [
    gauge('leaktally_build_info', 'The version of leaktally that ran last.', [1, { version: run.version }]),
    gauge('leaktally_last_run_timestamp_seconds', 'When the last run ended.', [run.endedAt]),
    gauge('leaktally_last_run_duration_seconds', 'How long the last run took.', [run.durationSeconds]),
    gauge('leaktally_last_run_success', '1 when the last run succeeded, 0 when it failed.', [run.isSuccess ? 1 : 0]),
    gauge(KEPT_METRICS.lastSuccess, 'When the last successful run ended; 0 when none is known.', [
      run.lastSuccessAt ?? NEVER,
    ]),
    gauge(
      'leaktally_last_run_alerts',
      'Alerts of the last run, by outcome.',
      [alerts.sent, { outcome: 'sent' }],
      [alerts.failed, { outcome: 'failed' }],
    ),
    gauge('leaktally_alerts_due', 'Alerts that the next run has to send.', [found && alerts.due]),
    gauge('leaktally_leaks', 'Groups above the threshold.', [found?.leaks]),
    gauge('leaktally_events_matched', 'Events in the window, the sum of leaktally_events.', [found?.tally.matched]),
    gauge(
      'leaktally_events',
      'Events in the window, by outcome.',
      [found?.tally.counted, { outcome: 'counted' }],
      [found?.tally.excluded, { outcome: 'excluded' }],
      [found?.tally.unreadable, { outcome: 'unreadable' }],
    ),
    gauge(KEPT_METRICS.newestEvent, 'Time of the newest event that a run has found; 0 when none is known.', [
      found && (run.newestEventAt ?? NEVER),
    ]),
    gauge(
      'leaktally_ip_database_build_timestamp_seconds',
      'When an IP database was built, by file.',
      ...Array.from(ipDatabases, ([file, builtAt]): Sample => [builtAt, { file }]),
    ),
  ].join('');
}

/**
 * Finds a time of this schedule in the text that {@link renderMetrics} gave for an earlier run.
 *
 * @returns null when it is not known, or when the text belongs to another schedule or is damaged
 */
export function findTime(
  text: string,
  name: (typeof KEPT_METRICS)[keyof typeof KEPT_METRICS],
  schedule: Schedule,
  now: number,
): number | null {
  const start = `${series(name, schedule)} `;
  const value = text
    .split('\n')
    .find((line) => line.startsWith(start))
    ?.slice(start.length);
  if (!value || !/^\d{1,11}$/.test(value)) return null;
  // A time in the future would hide every failure until then.
  return Number(value) !== NEVER && Number(value) <= now ? Number(value) : null;
}

type Schedule = Pick<RunMetrics, 'rule' | 'groupBy'>;

function series(name: string, { rule, groupBy }: Schedule, labels: Labels = {}): string {
  const all = Object.entries({ rule, group_by: groupBy.join(','), ...labels });
  return `${name}{${all.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
