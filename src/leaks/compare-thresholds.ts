import type { Group, Scan } from '../model.ts';
import { type AlertRules, isLeak } from '../state/decide.ts';
import { totalScopes } from '../state/identity.ts';
import { replay } from '../state/replay.ts';
import { Looks } from '../tally/looks.ts';
import {
  type IsWanted,
  readWindow,
  type Window,
  type WindowContext,
  type WindowQuestion,
} from '../tally/read-window.ts';
import { mayBeLeak } from './replay-groups.ts';

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
  /** Groups whose threshold at `asOf` is their own, whatever is compared. */
  readonly ownThresholds: number;
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
  const isWanted: IsWanted = (bytes, ownThreshold) => bytes > least || ownThreshold !== null;
  const window = await readWindow(question, { ...context, open: null }, looks, isWanted);
  const whatIf = thresholds.map((thresholdBytes) => countAlerts(window, looks, { ...question, thresholdBytes }));
  const hasOwn = (group: Group) =>
    group.lastSeen >= asOf - windowSeconds && window.thresholdsOf(group, least).at(asOf).exception !== null;
  const ownThresholds = window.groups.filter(hasOwn).length;
  return { asOf, windowSeconds, groupBy, policies, tally: window.tally, ownThresholds, whatIf };
}

function countAlerts(window: Window, looks: Looks, rules: AlertRules & WindowQuestion): WhatIfRow {
  const { thresholdBytes } = rules;
  const scopes = totalScopes(rules);
  const counts = { new: 0, grown: 0, repeat: 0 };
  let leaks = 0;
  for (const group of window.groups) {
    const thresholds = window.thresholdsOf(group, thresholdBytes);
    if (!mayBeLeak(group, thresholds)) continue;
    const groupRules = { ...rules, thresholds, scopes, closing: 'all' } as const;
    const { decision } = replay(group.cells, NO_HISTORY, looks, groupRules, (status) => counts[status]++);
    if (isLeak(decision)) leaks++;
  }
  return { thresholdBytes, leaks, alerts: counts.new + counts.grown + counts.repeat, ...counts };
}
