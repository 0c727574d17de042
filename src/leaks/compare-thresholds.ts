import type { Group, Scan } from '../model.ts';
import type { AlertRules } from '../state/decide.ts';
import { replay } from '../state/replay.ts';
import { Looks } from '../tally/looks.ts';
import { readWindow, type WindowContext, type WindowQuestion } from '../tally/read-window.ts';

/** Alerts that a threshold would have given over the window. `alerts = new + grown + repeat`. */
interface WhatIfRow {
  readonly thresholdBytes: number;
  readonly leaks: number;
  readonly alerts: number;
  readonly new: number;
  readonly grown: number;
  readonly repeat: number;
}

/** Comparison of thresholds. */
export interface WhatIfReport extends Scan {
  readonly whatIf: readonly WhatIfRow[];
}

type Question = WindowQuestion & Pick<AlertRules, 'realertGrowth' | 'realertAfterSeconds'>;

const NO_HISTORY = { episode: null, lastAlerted: null };

/**
 * Counts for each threshold (bytes) the leaks at `asOf` (Unix seconds), and the alerts of runs every five minutes through
 * the window that ends then, starting without any earlier alert.
 */
export async function compareThresholds(
  question: Question,
  thresholds: readonly number[],
  context: Omit<WindowContext, 'open'>,
  asOf: number,
): Promise<WhatIfReport> {
  const { windowSeconds, groupBy, policies } = question;
  const looks = new Looks(asOf - windowSeconds, asOf);
  const least = Math.min(...thresholds);
  const { groups, tally } = await readWindow(question, { ...context, open: null }, looks, (bytes) => bytes > least);
  const whatIf = thresholds.map((thresholdBytes) => countAlerts(groups, looks, { ...question, thresholdBytes }));
  return { asOf, windowSeconds, groupBy, policies, tally, whatIf };
}

function countAlerts(groups: readonly Group[], looks: Looks, rules: AlertRules & WindowQuestion): WhatIfRow {
  const { thresholdBytes } = rules;
  const counts = { new: 0, grown: 0, repeat: 0 };
  let leaks = 0;
  for (const { bytes, cells } of groups) {
    if (bytes <= thresholdBytes) continue;
    const { total } = replay(cells, NO_HISTORY, looks, { ...rules, closing: 'all' }, (status) => counts[status]++);
    if (total.bytes > thresholdBytes) leaks++;
  }
  return { thresholdBytes, leaks, alerts: counts.new + counts.grown + counts.repeat, ...counts };
}
