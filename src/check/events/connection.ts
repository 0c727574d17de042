import { type Check, ok } from '../check.ts';
import { NO_CONNECTION } from '../words.ts';

export const eventsConnection: Check = {
  name: 'database.connection',
  title: 'Events database',
  lane: 'events',
  slowAdvice: NO_CONNECTION,
  run: async ({ options, source }) => {
    const { inspector } = await source();
    const { product, protection } = await inspector.server();
    return ok(`${product}, ${options.database === null ? 'with the built-in sample day' : protection}`);
  },
};
