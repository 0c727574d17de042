import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { startOn } from '../../support/command/leaktally.ts';
import { linesOf } from '../../support/command/output.ts';
import { onEveryDatabase, started } from '../../support/fixtures.ts';
import { neverRead, startReceiver } from '../../support/receivers/receiver.ts';

const HOUR = 3600;

onEveryDatabase((base) => {
  const test = base.extend('silent', started(startReceiver, neverRead));
  test.for([
    // A twelfth of the window is two hours.
    [2 * HOUR - 60, 0, /another run of rule "data-leak" is under way; this one does nothing/],
    [2 * HOUR + 60, 1, /holds the lock of rule "data-leak", and no run has completed since .*; nothing is alerted/],
  ] as const)(
    'the lock is held, and the last run completed %i seconds ago: exit code %i',
    async ([age, code, said], { database, receiver, run, silent }) => {
      await insertLeak(database);
      // The run holds the lock while it waits for an acknowledgement.
      const holder = startOn(database, ['--syslog', silent.patientUrl]);
      await silent.waitForConnection();
      await database.query(`update leaktally_state_runs set evaluated_until = evaluated_until - ${age}`);
      const second = await run();
      await holder.kill();
      expect(second).toMatchObject({ code, stdout: '' });
      expect(linesOf(second.stderr)).toEqual([expect.stringMatching(said)]);
      expect(receiver.records()).toEqual([]);
    },
  );
});
