import { compareBytes, type LeakEntry, type Report, type WatchedGroup } from '../model.ts';
import { describeEntry, type ShownGroup } from './words.ts';

/** A line of the report. There may be very many, so a leak is described only when it is shown. */
export type ReportItem = LeakEntry | WatchedGroup;

/** What a reader should see first: the new and grown leaks, then the others, each largest first, then the watched groups. */
export function byUrgency({ leaks, watched }: Pick<Report, 'leaks' | 'watched'>): ReportItem[] {
  const rank = ({ leak: { status } }: LeakEntry) => (status === 'new' || status === 'grown' ? 0 : 1);
  const sorted = [...leaks].sort((a, b) => rank(a) - rank(b) || compareBytes(a.leak, b.leak));
  return watched ? [...sorted, ...watched] : sorted;
}

/** The largest leaks, and then the largest watched groups. */
export function largest({ leaks, watched }: Pick<Report, 'leaks' | 'watched'>, count: number): ReportItem[] {
  const sorted = [...leaks].sort((a, b) => compareBytes(a.leak, b.leak));
  return [...sorted.slice(0, count), ...(watched ?? []).slice(0, Math.max(0, count - leaks.length))];
}

/** All that is shown of a line. */
export function describeItem(item: ReportItem): ShownGroup {
  return 'leak' in item ? describeEntry(item) : item;
}
