import { sanitize } from '../util/text.ts';
import { formatDuration, formatSize } from '../util/units.ts';
import type { Scope } from './schedule.ts';

/** Describes the settings that differ between two runs, such as `window 24h to 48h`. */
export function scopeChanges(now: Scope, before: Scope): string[] {
  return [
    now.windowSeconds === before.windowSeconds
      ? []
      : `window ${formatDuration(before.windowSeconds)} to ${formatDuration(now.windowSeconds)}`,
    now.thresholdBytes === before.thresholdBytes
      ? []
      : `threshold ${formatSize(before.thresholdBytes)} to ${formatSize(now.thresholdBytes)}`,
    sameNames(now.policies, before.policies) ? [] : `policies ${list(before.policies)} to ${list(now.policies)}`,
  ].flat();
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return list([...a].sort()) === list([...b].sort());
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${sanitize(name)}"`).join('; ');
}
