import { whyNotReplaceable } from '../../util/atomic-file.ts';
import { type Check, ok } from '../check.ts';
import { splitFailure } from '../failure.ts';

/** Metrics file and page: a run that cannot write them fails after it has alerted. */
export const writtenFiles: Check = {
  name: 'settings.files',
  title: 'Files to write',
  lane: 'settings',
  run: async ({ options: { metricsFile, html } }) => {
    const files = [metricsFile, html].filter((file) => file !== null);
    const [obstacle] = files.flatMap((file) => whyNotReplaceable(file) ?? []);
    if (obstacle !== undefined) return splitFailure(obstacle);
    return ok(files.length === 0 ? 'none' : files.join('\n'));
  },
};
