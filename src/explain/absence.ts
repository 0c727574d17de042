import type { EventsElsewhere } from '../scrutinizer/events-query.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatTime } from '../util/units.ts';

export interface AbsenceFacts {
  readonly policies: readonly string[];
  /** Events in the window, of any group. */
  readonly matched: number;
  /** Events in the window between the requested addresses, but to other domains than the requested one. */
  readonly ofOtherDomains: number;
  /** Null when no address was requested. */
  readonly elsewhere: EventsElsewhere | null;
}

/** Explains why the requested group has no event, one reason per line. */
export function absenceReasons({ policies, matched, ofOtherDomains, elsewhere }: AbsenceFacts): string[] {
  const names = policies.map((policy) => `"${sanitize(policy)}"`).join(' or ');
  const reasons = [
    matched === 0
      ? `No event in the window contains ${names}: was the saved report renamed or stopped? See --policy.`
      : `The window has ${plural(matched, 'event')} with ${names}, but none of this group.`,
  ];
  if (ofOtherDomains > 0) {
    reasons.push(
      `${plural(ofOtherDomains, 'event')} between these addresses went to other domains; what counts is the registrable domain of the newest name.`,
    );
  }
  if (!elsewhere) return reasons;
  const { ofOtherPolicies, before, after } = elsewhere;
  if (ofOtherPolicies > 0) {
    reasons.push(
      `The window has ${plural(ofOtherPolicies, 'event')} of this group under other policies: see --policy.`,
    );
  }
  if (before !== null)
    reasons.push(`Its last event before the window was at ${formatTime(before)}: see --window and --as-of.`);
  if (after !== null) reasons.push(`Its first event after the window was at ${formatTime(after)}: see --as-of.`);
  if (ofOtherPolicies === 0 && ofOtherDomains === 0 && before === null && after === null) {
    reasons.push('It has none outside the window either, and none under other policies.');
  }
  return reasons;
}
