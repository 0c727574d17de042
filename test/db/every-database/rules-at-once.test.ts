import { expect } from 'vitest';
import { insertLeaks } from '../../support/builders/events.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

const LEAKS = 300;
const RULES = ['first', 'second', 'third'];

onEveryDatabase((test) => {
  test('rules that run at the same time all store and record their alerts, each once', async ({ database }) => {
    await insertLeaks(database, LEAKS);
    const runAll = (...args: string[]) => Promise.all(RULES.map((rule) => runOn(database, ['--rule', rule, ...args])));
    // The tables have to be there: only then do the rules get in each other's way.
    await runOn(database, ['--rule', 'before']);
    for (const args of [[], ['--resend']]) {
      for (const { code, stdout, stderr } of await runAll(...args)) {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toContain(`${LEAKS} alerts reported here only`);
      }
    }
    for (const { stdout } of await runAll()) expect(stdout).toContain(`${LEAKS} known before`);
  });
});
