import { expect } from 'vitest';
import { insertEvents, MB } from '../../support/builders/events.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { parseAlert } from '../../support/receivers/parse-alert.ts';
import { NOBODY_LISTENS } from '../../support/receivers/receiver.ts';

onEveryDatabase((test) => {
  test('--resend alerts every leak of now again, with a new id, and records it', async ({
    database,
    receiver,
    report,
    run,
  }) => {
    const now = await database.now();
    await insertEvents(database, [
      { epoch: now - 300, bytes: 120 * MB },
      { epoch: now - 300, destination: '203.0.113.10', bytes: 110 * MB },
      { epoch: now - 300, destination: '203.0.113.11', bytes: 90 * MB },
    ]);
    await report();
    expect(await report()).toMatchObject({ leaks: [{ status: 'known', alert: 'none' }, { status: 'known' }] });

    const state = () => database.query('select * from leaktally_state order by id');
    const before = await state();
    const again = { status: 'repeat', alert: 'would-send' };
    expect(await report('--resend', '--dry-run')).toMatchObject({ leaks: [again, again] });
    expect(await state()).toEqual(before);
    expect(receiver.records()).toHaveLength(2);

    const sent = { status: 'repeat', alert: 'sent' };
    expect(await report('--resend')).toMatchObject({ leaks: [sent, sent] });
    const received = receiver.records().map(parseAlert);
    expect(received.map((alert) => alert['Destination IP'])).toEqual([
      ...['203.0.113.9', '203.0.113.10', '203.0.113.9', '203.0.113.10'],
    ]);
    expect(new Set(received.map(({ Alert }) => Alert)).size).toBe(4);
    expect(await report()).toMatchObject({ leaks: [{ status: 'known' }, { status: 'known' }] });

    // One that could not be sent stays due, under its id, and another --resend doubles nothing.
    expect((await run('--resend', '--syslog', NOBODY_LISTENS)).code).toBe(1);
    expect(await report('--resend')).toMatchObject({ leaks: [sent, sent] });
    expect(receiver.records()).toHaveLength(6);
  });
});
