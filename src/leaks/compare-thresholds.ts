import type { Group, WhatIfReport, WhatIfRow } from '../model.ts';
import { type AlertRules, decide, type Episode, isAlerted } from '../state/decide.ts';
import { readWindow, type WindowContext, type WindowQuestion } from '../tally/read-window.ts';
import type { Timescale } from '../tally/timescale.ts';

type Question = WindowQuestion & Pick<AlertRules, 'realertGrowth' | 'realertAfterSeconds'>;

/** Reads the window that ends at `asOf` (Unix seconds) once; counts the leaks and alerts of each threshold (bytes). */
export async function tryThresholds(
  question: Question,
  thresholds: readonly number[],
  context: WindowContext,
  asOf: number,
): Promise<WhatIfReport> {
  const lowest = Math.min(...thresholds);
  const { groups, timescale, tally } = await readWindow(question, context, asOf, (bytes) => bytes > lowest);
  const whatIf = thresholds.map((thresholdBytes) => tryThreshold(groups, timescale, { ...question, thresholdBytes }));
  const { windowSeconds, groupBy, policies } = question;
  return { asOf, windowSeconds, groupBy, policies, tally, whatIf };
}

function tryThreshold(groups: readonly Group[], timescale: Timescale, rules: AlertRules): WhatIfRow {
  const leaks = groups.filter(({ bytes }) => bytes > rules.thresholdBytes);
  const counts = { new: 0, grown: 0, repeat: 0 };
  for (const group of leaks) {
    for (const status of alertsOf(group, timescale, rules)) counts[status]++;
  }
  const alerts = counts.new + counts.grown + counts.repeat;
  return { thresholdBytes: rules.thresholdBytes, leaks: leaks.length, alerts, ...counts };
}

/** Replays a run after each slot with an event, starting without state, and yields the alerts. */
function* alertsOf({ cells }: Group, timescale: Timescale, rules: AlertRules): Generator<'new' | 'grown' | 'repeat'> {
  let episode: Episode | null = null;
  let bytes = 0n;
  const cellsByTime = [...cells].sort((a, b) => a.first - b.first);
  for (const [index, cell] of cellsByTime.entries()) {
    bytes += BigInt(cell.bytes);
    const next = cellsByTime[index + 1];
    if (next && timescale.slot(next.first) === timescale.slot(cell.first)) continue;
    const at = Math.min(timescale.slotEnd(cell.first), timescale.to);
    const status = decide({ bytes, lastSeen: cell.last }, episode, at, rules);
    if (!isAlerted(status)) continue;
    yield status;
    episode = { alerted: { at, bytes, newest: cell.last, isComparable: true } };
  }
}
