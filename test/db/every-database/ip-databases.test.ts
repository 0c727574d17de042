import { expect } from 'vitest';
import { AS_OF, insertEvents, insertLeak, MB, sent } from '../../support/builders/events.ts';
import { CYCLIC_MMDB } from '../../support/builders/mmdb.ts';
import { mmdbFile, mmdbFileOf } from '../../support/builders/mmdb-file.ts';
import { explanationOf } from '../../support/command/json-explanation.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { parseAlert } from '../../support/receivers/parse-alert.ts';

const HOSTING = { asn: 'AS64496', as_name: 'Example Hosting', country_code: 'NL' };
const CLOUD = { asn: 'AS64497', as_name: 'Example Cloud', country_code: 'US' };
const IPINFO = [
  '--ip-database',
  mmdbFileOf(
    { '203.0.113.0/24': HOSTING, '198.51.100.0/24': CLOUD, '2001:db8:ffff::/48': CLOUD, '10.0.0.0/8': CLOUD },
    { databaseType: 'ipinfo lite' },
  ),
];

const CLOUD_AS = { number: 64_497, organization: 'Example Cloud' };

onEveryDatabase((test) => {
  test('grouped by AS, a cloud that changes its addresses is one group, and others stand for themselves', async ({
    database,
    look,
  }) => {
    await insertEvents(database, [
      ...[1, 2, 3].map((last) => sent('10.1.1.5', `2001:db8:ffff::${last}`, 30)),
      sent('10.1.1.5', '::ffff:198.51.100.7', 20),
      sent('10.1.1.6', '198.51.100.7', 15),
      sent('10.1.1.6', '192.0.2.1', 105),
      // A private address has no AS, whatever the file says.
      sent('10.1.1.6', '10.9.9.9', 104),
    ]);
    const bySource = await look('--group-by', 'source,as', ...IPINFO);
    expect(bySource.groupBy).toEqual(['source', 'as']);
    expect(bySource.leaks).toMatchObject([
      { source: '10.1.1.5', destination: null, domain: null, as: CLOUD_AS, country: 'US', bytes: 110 * MB },
      { source: '10.1.1.6', as: null, country: null, destinations: { count: 1, top: [{ address: '192.0.2.1' }] } },
      { source: '10.1.1.6', as: null, destinations: { count: 1, top: [{ address: '10.9.9.9', as: null }] } },
    ]);
    const [largest] = (await look('--group-by', 'as', ...IPINFO)).leaks;
    expect(largest).toMatchObject({ as: CLOUD_AS, bytes: 125 * MB, sources: { count: 2 }, destinations: { count: 4 } });
  });

  test('the largest of several destinations have AS and country of their own', async ({ database, look }) => {
    await insertEvents(database, [sent('10.1.1.5', '203.0.113.9', 70), sent('10.1.1.5', '198.51.100.7', 50)]);
    const [leak] = (await look('--group-by', 'source', ...IPINFO)).leaks;
    expect(leak).toMatchObject({ as: null, country: null });
    expect(leak?.destinations?.top).toEqual([
      {
        address: '203.0.113.9',
        bytes: 70 * MB,
        as: { number: 64_496, organization: 'Example Hosting' },
        country: 'NL',
      },
      { address: '198.51.100.7', bytes: 50 * MB, as: CLOUD_AS, country: 'US' },
    ]);
  });

  test('what goes to an excluded AS is counted as left out, and explained', async ({ database, look, run }) => {
    await insertEvents(database, [
      sent('10.1.1.5', '203.0.113.9', 150),
      sent('10.1.1.5', '198.51.100.7', 120),
      sent('10.1.1.5', '192.0.2.1', 110),
    ]);
    const exclude = ['--exclude-as', 'AS64496,64499', ...IPINFO];
    const { events, leaks } = await look(...exclude);
    expect(events).toMatchObject({ matched: 3, counted: 2, excluded: 1, excludedBytes: 150 * MB });
    expect(leaks.map(({ destination }) => destination)).toEqual(['198.51.100.7', '192.0.2.1']);
    const question = ['--as-of', `${AS_OF}`, ...exclude];
    const { events: explained, groups } = await explanationOf(database, '10.1.1.5,203.0.113.9', question);
    expect(groups).toMatchObject([{ as: { number: 64_496 }, country: 'NL', excludedEvents: 1 }]);
    expect(explained).toMatchObject([{ reason: 'excluded: as AS64496', as: { number: 64_496 }, country: 'NL' }]);
    const debug = await run('--as-of', `${AS_OF}`, '--debug', ...exclude);
    expect(debug.stderr).toContain('match nothing in the window: as AS64499\n');
  });

  test('an episode grouped by AS goes on, whatever address comes next', async ({ database, run, receiver }) => {
    await insertLeak(database);
    const byAs = ['--group-by', 'source,as', ...IPINFO];
    expect(await run(...byAs)).toMatchObject({ code: 0, stderr: '' });
    const [record = ''] = await receiver.waitForRecords(1);
    expect(parseAlert(record)).toMatchObject({ AS: 'AS64496 Example Hosting', Country: 'NL' });
    await insertEvents(database, [{ epoch: (await database.now()) - 10, destination: '203.0.113.77', bytes: 90 * MB }]);
    const again = await run(...byAs, '--format', 'json');
    expect(JSON.parse(again.stdout).leaks).toMatchObject([
      { status: 'known', bytes: 210 * MB, as: { number: 64_496 } },
    ]);
    const explained = await explanationOf(database, '10.1.1.5,AS64496', byAs);
    expect(explained.groups).toMatchObject([{ decision: 'known', state: { pending: null } }]);
  });

  test('a file whose damage only a look-up meets stops the run before anything is sent or written', async ({
    database,
    run,
    receiver,
  }) => {
    await insertLeak(database);
    const damaged = ['--ip-database', mmdbFile(CYCLIC_MMDB)];
    for (const args of [damaged, [...damaged, '--exclude-as', '1']]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 2, stdout: '', lines: 2 });
    }
    expect(receiver.records()).toEqual([]);
    expect((await run()).stdout).toContain('1 alert sent');
  });

  test('so does damage at a source of a leak known before, where sources are not in the key', async ({
    database,
    run,
    receiver,
  }) => {
    const epoch = (await database.now()) - 300;
    const known = { source: '203.0.113.5', destination: '198.51.100.7' };
    await insertEvents(database, [{ epoch, bytes: 120 * MB, ...known }]);
    await run('--group-by', 'destination');
    await insertEvents(database, [{ epoch, bytes: 130 * MB, destination: '198.51.100.99' }]);
    const damaged = await run('--group-by', 'destination', '--ip-database', mmdbFile(CYCLIC_MMDB));
    expect(damaged.code).toBe(2);
    expect(receiver.records()).toHaveLength(1);
  });
});
