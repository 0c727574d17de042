import { type Check, fail, ok, warn } from '../check.ts';
import { quoted, share } from '../words.ts';
import { policyEvents } from './policy.ts';

/** Whether byte counts can be read; what cannot is in no total. */
export const readableCounts: Check = {
  name: 'events.readable',
  title: 'Byte counts',
  lane: 'events',
  needs: [policyEvents],
  run: async ({ scan }) => {
    const events = await scan();
    const { matched, unreadable, unreadableSample } = events;
    if (unreadable === 0) return ok(events.describeReadable());
    const detail = `${share(unreadable, matched, 'messages')} cannot be read, such as ${quoted(unreadableSample ?? '')}`;
    const advice =
      'these events are in no total: the report has to write the number as sum_octetdeltacount : 5242880, without separators or units';
    if (unreadable === matched) return fail(detail, advice);
    return warn(`${detail}; ${events.describeReadable()}`, advice);
  },
};
