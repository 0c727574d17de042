import { whyNotWritable } from '../../db/sqlite/prepare-file.ts';
import { type Check, ok } from '../check.ts';
import { splitFailure } from '../failure.ts';
import { NO_CONNECTION } from '../words.ts';

export const stateConnection: Check = {
  name: 'state.connection',
  title: 'State database',
  lane: 'state',
  slowAdvice: NO_CONNECTION,
  run: async ({ options, state }) => {
    const access = await state();
    if (options.database === null) return ok('in memory, with the sample day');
    if (access === null) {
      const file = options.state?.kind === 'sqlite' ? options.state.file : '';
      const reason = whyNotWritable(file);
      return reason === null ? ok(`${file} is not there yet; the first run creates it`) : splitFailure(reason);
    }
    if (options.state === null) return ok('the events database, by a second connection');
    const { product, protection } = await access.inspector.server();
    return ok(`${product}, ${protection}`);
  },
};
