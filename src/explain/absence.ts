import type { EventsElsewhere } from '../scrutinizer/events-query.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatTime } from '../util/units.ts';

export interface AbsenceFacts {
  readonly policies: readonly string[];
  /** Events of any group in the window. */
  readonly matched: number;
  /** Events of the window between the asked addresses, which go to another domain than the asked one. */
  readonly ofOtherDomains: number;
  /** Null when no address was asked for. */
  readonly elsewhere: EventsElsewhere | null;
}

/** Why there is no event of the asked group, in lines. */
export function absenceReasons({ policies, matched, ofOtherDomains, elsewhere }: AbsenceFacts): string[] {
  const names = policies.map((policy) => `"${sanitize(policy)}"`).join(' or ');
  const reasons = [
    matched === 0
      ? `No event of the window contains ${names}: was the saved report renamed or stopped? See --policy.`
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
      `The window has ${plural(ofOtherPolicies, 'event')} of it without that name, of other policies: see --policy.`,
    );
  }
  if (before !== null)
    reasons.push(`Its last one before the window was at ${formatTime(before)}: see --window and --as-of.`);
  if (after !== null) reasons.push(`Its first one after the window was at ${formatTime(after)}: see --as-of.`);
  if (ofOtherPolicies === 0 && ofOtherDomains === 0 && before === null && after === null) {
    reasons.push('There is none of it outside the window either, and none of another policy within.');
  }
  return reasons;
}
