import { type Check, fail, ok, warn } from '../check.ts';
import { eventsTable, share } from '../words.ts';
import { policyEvents } from './policy.ts';

const ADVICE =
  'addresses are read as 4 or 16 bytes in network order (inet_a2b); events without are added up as "unknown"';

export const eventAddresses: Check = {
  name: 'events.addresses',
  title: 'Addresses',
  lane: 'events',
  needs: [policyEvents],
  run: async (context) => {
    const { matched, unknownSources, unknownDestinations } = await context.scan();
    if (unknownSources + unknownDestinations === 0) return ok('every event has a source and a destination');
    const counts = [
      ...(unknownSources > 0 ? [`${share(unknownSources, matched, 'events')} have no usable source`] : []),
      ...(unknownDestinations > 0 ? [`${share(unknownDestinations, matched, 'events')} no usable destination`] : []),
    ];
    const statement = `select violator_address, destination_address, message from ${await eventsTable('alm_bulletin_board_data', context)}
      where violator_address is null or length(violator_address) not in (4, 16)
      or destination_address is null or length(destination_address) not in (4, 16) limit 5;`;
    const finding = unknownSources === matched ? fail : warn;
    return finding(counts.join(', '), ADVICE, [statement.replace(/\s+/g, ' ')]);
  },
};
