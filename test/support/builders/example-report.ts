import type { AlertContext } from '../../../src/alert/alert-fields.ts';
import type { Leak, LeakEntry, LeakSummary, Report } from '../../../src/model.ts';
import type { ReportedLeak } from '../../../src/report/words.ts';
import type { DueAlert } from '../../../src/state/due-alert.ts';

/** The example report of the contract, section 4. */
export const LEAK: ReportedLeak = {
  source: '10.1.1.5',
  destination: '203.0.113.9',
  sources: null,
  destinations: null,
  bytes: 123_456_789n,
  events: 12,
  firstSeen: 1_763_900_000,
  lastSeen: 1_763_949_950,
  domain: null,
  as: null,
  country: null,
  timeline: Array.from({ length: 24 }, (_, step) => (step === 10 ? 123_456_789n : 0n)),
  activeSlots: 12,
  longestPauseSeconds: 600,
  fqdns: ['upload.example.net'],
  fqdnsOmitted: 0,
  fqdnsFailure: null,
  status: 'new',
  thresholdBytes: 100_000_000,
  growth: null,
  crossedAt: 1_763_940_600,
  asOf: 1_763_950_000,
  alert: 'would-send',
  alertId: null,
};

export const REPORT: Report = {
  rule: 'data-leak',
  database: 'PostgreSQL database plixer at scrutinizer:5432',
  dryRun: true,
  overUdp: false,
  asOf: 1_763_950_000,
  windowSeconds: 86_400,
  thresholdBytes: 100_000_000,
  hasOwnThresholds: false,
  groupBy: ['source', 'destination'],
  policies: ['Exceeded 5 MB in 5'],
  tally: {
    matched: 105,
    counted: 103,
    excluded: 0,
    excludedBytes: 0n,
    unreadable: 2,
    newest: 1_763_949_950,
    samples: ['x'],
    hasSource: true,
  },
  leaksNow: 1,
  leaks: entries(LEAK),
  watched: null,
};

/** Leaks in the form in which a report holds them. */
export function entries(...leaks: readonly ReportedLeak[]): LeakEntry[] {
  return leaks.map(({ alert, alertId, ...leak }) => ({ leak: summaryOf(leak), alert, alertId }));
}

export function summaryOf(leak: Leak): LeakSummary {
  const { status, bytes, asOf } = leak;
  return { status, bytes, asOf, describe: () => ({ ...leak }) };
}

/** A due alert that covers its episode up to its own look. */
export function dueAlertOf(leak: Leak, alert: Omit<DueAlert, 'leak' | 'covers'>): DueAlert {
  return { ...alert, leak: summaryOf(leak), covers: { at: leak.asOf, newest: leak.lastSeen } };
}

/** What an alert of the example leak contains beyond it. */
export const ALERT_CONTEXT: AlertContext = {
  rule: 'data-leak',
  windowSeconds: 86_400,
  alertId: '0123456789abcdef',
  isLate: false,
  severity: 6,
  maxBytes: 1648,
};
