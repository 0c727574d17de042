import type { GroupField } from '../model.ts';
import type { EventsElsewhere } from '../scrutinizer/events-query.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatTime } from '../util/units.ts';

export interface AbsenceFacts {
  readonly policies: readonly string[];
  /** Events in the window, of any group. */
  readonly matched: number;
  readonly groupBy: readonly GroupField[];
  /** Events in the window between the requested addresses, but to another domain or AS than the requested one. */
  readonly ofOtherNames: number;
  /** Null when no address was requested. */
  readonly elsewhere: EventsElsewhere | null;
  /** The requested source when nothing else was requested, since it may be meant as a destination. */
  readonly sourceAlone: string | null;
}

/** Explains why the requested group has no event, one reason per line. */
export function absenceReasons({
  policies,
  matched,
  groupBy,
  ofOtherNames,
  elsewhere,
  sourceAlone,
}: AbsenceFacts): string[] {
  const names = policies.map((policy) => `"${sanitize(policy)}"`).join(' or ');
  const reasons = [
    matched === 0
      ? `No event in the window contains ${names}: was the saved report renamed or stopped? See --policy.`
      : `The window has ${plural(matched, 'event')} with ${names}, but none of this group.`,
  ];
  if (ofOtherNames > 0) {
    const others = groupBy.includes('domain')
      ? 'other domains; what counts is the registrable domain of the newest name'
      : 'other autonomous systems; what counts is the first IP database that knows the address';
    reasons.push(`${plural(ofOtherNames, 'event')} between these addresses went to ${others}.`);
  }
  if (!elsewhere) return reasons;
  const { within, before, after } = elsewhere;
  const ofOtherPolicies = within - ofOtherNames;
  if (ofOtherPolicies > 0) {
    reasons.push(
      `The window has ${plural(ofOtherPolicies, 'event')} of this group under other policies: see --policy.`,
    );
  }
  if (before !== null)
    reasons.push(`Its last event before the window was at ${formatTime(before)}: see --window and --as-of.`);
  if (after !== null) reasons.push(`Its first event after the window was at ${formatTime(after)}: see --as-of.`);
  if (ofOtherPolicies === 0 && ofOtherNames === 0 && before === null && after === null) {
    reasons.push('It has none outside the window either, and none under other policies.');
    if (sourceAlone !== null) {
      reasons.push(
        `${sourceAlone} was looked for as a source, with which a group begins. For a destination: --group-by destination --explain ${sourceAlone}`,
      );
    }
  }
  return reasons;
}
