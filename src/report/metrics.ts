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
  readonly alerts: { readonly sent: number; readonly failed: number; readonly due: number };
  /** Null when the run failed before it had results; their metrics are then left out. */
  readonly found: { readonly leaks: number; readonly tally: Omit<Tally, 'samples'> } | null;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number | null | undefined, labels?: Labels];

const LAST_SUCCESS = 'leaktally_last_success_timestamp_seconds';

/**
 * Renders the metrics in Prometheus' text format, version 0.0.4 (Prometheus' documentation, "Exposition formats").
 * Every sample is labelled with its schedule: the exporter rejects a file that repeats a sample of another one.
 */
// prom-client is made for servers, and this format is one line per sample.
export function renderMetrics(run: RunMetrics): string {
  const { alerts, found } = run;
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
    gauge(LAST_SUCCESS, 'When the last successful run ended.', [run.lastSuccessAt]),
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
    gauge('leaktally_newest_event_timestamp_seconds', 'Time of the newest event in the window.', [found?.tally.newest]),
  ].join('');
}

/**
 * Finds this schedule's last success in the text that {@link renderMetrics} gave for an earlier run.
 *
 * @returns null when the text belongs to another schedule or is damaged
 */
export function findLastSuccess(text: string, schedule: Schedule, now: number): number | null {
  const start = `${series(LAST_SUCCESS, schedule)} `;
  const value = text
    .split('\n')
    .find((line) => line.startsWith(start))
    ?.slice(start.length);
  // A success in the future would hide every failure until then.
  return value && /^\d{1,11}$/.test(value) && Number(value) <= now ? Number(value) : null;
}

type Schedule = Pick<RunMetrics, 'rule' | 'groupBy'>;

function series(name: string, { rule, groupBy }: Schedule, labels: Labels = {}): string {
  const all = Object.entries({ rule, group_by: groupBy.join(','), ...labels });
  return `${name}{${all.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
