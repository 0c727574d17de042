import { type Check, ok } from '../check.ts';

export const eventsConnection: Check = {
  name: 'database.connection',
  title: 'Events database',
  lane: 'events',
  run: async ({ options, source }) => {
    const { inspector } = await source();
    const { product, protection } = await inspector.server();
    return ok(`${product}, ${options.database === null ? 'with the built-in sample day' : protection}`);
  },
};
