import { type Check, ok, warn } from '../check.ts';
import { eventsTable } from '../words.ts';
import { eventsColumns } from './columns.ts';

const TABLE = 'alm_bulletin_board_data';

/** Without the index, each run reads all events that were ever kept. */
export const epochIndex: Check = {
  name: 'events.index',
  title: 'Index on epoch',
  lane: 'events',
  needs: [eventsColumns],
  run: async (context) => {
    const { inspector, schema } = await context.source();
    const index = await inspector.indexOn({ schema, name: TABLE }, 'epoch');
    if (index === undefined) return ok('cannot be told: it is a view, or a table of another server');
    if (index !== null) return ok(index);
    return warn(
      'no index begins with epoch, so each run reads the whole table',
      'if runs are slow, ask for it (writing may wait while it is made):',
      [`create index leaktally_epoch on ${await eventsTable(TABLE, context)} (epoch);`],
    );
  },
};
