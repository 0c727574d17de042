import { expect } from 'vitest';
import { AS_OF, insertEvents } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { test as base } from '../support/fixtures.ts';

const LITERAL = [
  'Up 100% in 5',
  'a_b limit',
  'Wow! 5 MB',
  "Bob's 5 MB",
  'Say "5 MB"',
  'C:\\new\\table',
  'ends with \\',
  "x' or 1=1 -- ",
  '[5-9] MB (a|b)*',
  'Größe über 5 MB',
];
/** Each would match one of the names above as a wildcard, as an escape or in another case. */
const DECOYS = [
  'Up 100 percent in 5',
  'axb limit',
  'Wow5 MB',
  'Bobs 5 MB',
  'Say 5 MB',
  'C:\new\table',
  'C:newtable',
  'up 100% IN 5',
  'SAY "5 MB"',
  'GRÖSSE über 5 MB',
  'Grosse uber 5 MB',
];

const test = base.extend('database', ({ sharedDatabase }) => sharedDatabase);
test.beforeAll(async ({ sharedDatabase }) => {
  const events = [...LITERAL, ...DECOYS].map((policy) => ({ epoch: AS_OF, policy, bytes: 7 }));
  await insertEvents(sharedDatabase, events);
});

test.for(LITERAL)('%s is matched literally', async (policy, { database }) => {
  const { events, policies } = await reportOf(database, ['--as-of', `${AS_OF}`, '--policy', policy]);
  expect({ events, policies }).toMatchObject({ events: { matched: 1, counted: 1 }, policies: [policy] });
});

test('several policies count together, an event with two of them once', async ({ database }) => {
  await insertEvents(database, [
    { epoch: AS_OF, policy: 'First rule', bytes: 10 },
    { epoch: AS_OF, policy: 'Second rule', bytes: 20 },
    { epoch: AS_OF, policy: 'First rule and Second rule', bytes: 40 },
    { epoch: AS_OF, policy: 'Third rule', bytes: 80 },
  ]);
  const expected = { events: { matched: 3 }, policies: ['First rule', 'Second rule'], leaks: [{ bytes: 70 }] };
  const args = ['--as-of', `${AS_OF}`, '--threshold', '1'];
  expect(await reportOf(database, [...args, '--policy', 'First rule', '--policy', 'Second rule'])).toMatchObject(
    expected,
  );
  expect(await reportOf(database, args, { env: { LEAKTALLY_POLICY: 'First rule;Second rule' } })).toMatchObject(
    expected,
  );
});

test('the name may be anywhere in the message', async ({ database }) => {
  const message = 'collector 3: sum_octetdeltacount : 12 by Anywhere rule';
  await insertEvents(database, [{ epoch: AS_OF, message }]);
  const args = ['--as-of', `${AS_OF}`, '--policy', 'Anywhere rule', '--threshold', '1'];
  expect(await reportOf(database, args)).toMatchObject({ leaks: [{ bytes: 12 }] });
});
