import { countEntries, describeException, endedExceptions } from '../../options/exceptions.ts';
import { plural } from '../../util/text.ts';
import { type Check, ok, warn } from '../check.ts';

/** Lines of the exceptions file that no longer hold. */
export const exceptionsEnded: Check = {
  name: 'settings.exceptions',
  title: 'Exceptions',
  lane: 'settings',
  run: async ({ options, asOf }) => {
    const count = countEntries(options.exceptions);
    if (count === 0) return ok('none');
    const ended = endedExceptions(options.exceptions, await asOf());
    if (ended.length === 0) return ok(plural(count, 'exception'));
    const detail = [`${ended.length.toLocaleString('en-US')} of ${plural(count, 'exception')} ended:`];
    return warn([...detail, ...ended.map(describeException)].join('\n'), 'remove them, or give them a later day');
  },
};
