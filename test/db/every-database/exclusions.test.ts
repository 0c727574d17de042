import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB, sent } from '../../support/builders/events.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { parseAlert } from '../../support/receivers/parse-alert.ts';

const GOOD = '198.51.100.1';
const MIXED = '198.51.100.2';

onEveryDatabase((test) => {
  test('excluded events are counted, in events and bytes, and the counts add up', async ({ database, run, look }) => {
    await insertEvents(database, [
      sent('10.1.1.5', '203.0.113.9', 150),
      sent('10.1.1.5', '10.9.9.9', 200),
      sent('10.1.1.5', '::ffff:10.9.9.9', 1),
      sent('10.1.2.5', '203.0.113.9', 300),
      sent('2001:db8::5', '203.0.113.9', 110),
      sent(null, '10.9.9.9', 120),
      { ...sent('10.1.1.5', '10.9.9.9', 0), message: 'Exceeded 5 MB in 5 sum_octetdeltacount : 5,2' },
    ]);
    const inside = await look('--exclude-destination', '10.0.0.0/8', '--exclude-source', '10.1.2.0/24');
    expect(inside.events).toMatchObject({
      matched: 7,
      counted: 2,
      excluded: 4,
      unreadable: 1,
      excludedBytes: 621 * MB,
    });
    expect(inside.leaks.map(({ source, bytes }) => [source, bytes])).toEqual([
      ['10.1.1.5', 150 * MB],
      ['2001:db8::5', 110 * MB],
    ]);
    const only = await look('--include-source', '10.0.0.0/8');
    // An unknown source may be any source, so it stays.
    expect(only.events).toMatchObject({ counted: 5, excluded: 1, unreadable: 1, excludedBytes: 110 * MB });
    expect(only.leaks.map(({ source }) => source)).toEqual(['10.1.2.5', '10.1.1.5', '10.1.1.5', 'unknown']);
    const table = (await run('--as-of', `${AS_OF}`, '--exclude-source', '10.1.2.0/24')).stdout;
    expect(table).toContain('7 events matched: 5 counted, 1 excluded (300 MB), 1 unreadable');
  });

  test('a domain is excluded only when every name of the pair, of the window and the one before, is below it', async ({
    database,
    look,
  }) => {
    await insertEvents(database, [
      sent('10.1.1.5', GOOD, 150),
      sent('10.1.1.5', MIXED, 140),
      sent('10.1.1.5', '198.51.100.3', 130),
      sent('10.1.1.6', GOOD, 120),
    ]);
    await insertName(database, '10.1.1.5', GOOD, 'A.EFSCLOUD.net', AS_OF - 60);
    await insertName(database, '10.1.1.5', GOOD, 'b.efscloud.net.', AS_OF - 70);
    // More than a window before the window's start, so it does not count.
    await insertName(database, '10.1.1.5', GOOD, 'evil.example', AS_OF - 2 * 86_400 - 1);
    await insertName(database, '10.1.1.5', MIXED, 'evil.example', AS_OF - 5000);
    // More good names than are kept for a pair, all of them newer.
    for (let index = 0; index < 120; index++) {
      await insertName(database, '10.1.1.5', MIXED, `n${index}.efscloud.net`, AS_OF - index);
    }
    await insertName(database, '10.1.1.5', '198.51.100.3', 'notefscloud.net', AS_OF - 60);
    const { events, leaks } = await look('--exclude-domain', 'efscloud.net');
    expect(events).toMatchObject({ matched: 4, counted: 3, excluded: 1, excludedBytes: 150 * MB });
    expect(leaks.map(({ source, destination }) => [source, destination])).toEqual([
      ['10.1.1.5', MIXED],
      ['10.1.1.5', '198.51.100.3'],
      // The same address, for which this source has no name.
      ['10.1.1.6', GOOD],
    ]);
  });

  test('--debug names entries that match nothing, and a run with exclusions alerts the rest', async ({
    database,
    receiver,
    run,
  }) => {
    const recent = await database.now();
    await insertEvents(database, [
      { epoch: recent, source: '10.1.1.5', destination: '203.0.113.9', bytes: 150 * MB },
      { epoch: recent, source: '10.1.1.6', destination: '203.0.113.9', bytes: 150 * MB },
    ]);
    const args = ['--exclude-source', '10.1.1.6,10.7.0.0/16', '--exclude-domain', 'efscloud.net'];
    const quiet = await run(...args);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.records().map((record) => parseAlert(record)['Source IP'])).toEqual(['10.1.1.5']);
    const { stderr } = await run(...args, '--debug');
    expect(stderr).toContain('match nothing in the window: source 10.7.0.0/16, domain efscloud.net');
    expect(stderr).not.toContain('10.1.1.6');
    // A leak is new when it is no longer excluded.
    await run();
    expect(receiver.records().map((record) => parseAlert(record)['Source IP'])).toEqual(['10.1.1.5', '10.1.1.6']);
  });
});
