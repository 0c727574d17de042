import { type Check, ok, warn } from '../check.ts';

/** Where each setting that is not a default came from: on the wrong day, from a file that nobody remembers. */
export const settingOrigins: Check = {
  name: 'settings.origins',
  title: 'Settings',
  lane: 'settings',
  run: async ({ options: { origins, notices } }) => {
    const detail = origins.length === 0 ? 'all are defaults' : origins.join('\n');
    return notices.length === 0 ? ok(detail) : warn(detail, notices);
  },
};
