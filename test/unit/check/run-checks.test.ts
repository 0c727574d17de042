import { expect, test } from 'vitest';
import { type Check, type Finding, fail, ok, warn } from '../../../src/check/check.ts';
import { CHECKS } from '../../../src/check/checks.ts';
import type { CheckContext } from '../../../src/check/context.ts';
import { runChecks } from '../../../src/check/run-checks.ts';
import { DatabaseError } from '../../../src/errors.ts';

const contextWith = (remainingSeconds: number) => ({ remainingSeconds: () => remainingSeconds }) as CheckContext;

function check(
  name: Check['name'],
  run: () => Promise<Finding>,
  { lane = 'events', ...more }: Partial<Pick<Check, 'lane' | 'needs' | 'limit'>> = {},
): Check {
  return { name, title: name, lane, run, ...more };
}

const never = () => new Promise<never>(() => undefined);

test('names are unique, and a check needs only earlier ones of its own lane', () => {
  expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
  for (const [index, { lane, needs = [] }] of CHECKS.entries()) {
    for (const needed of needs) {
      expect(needed.lane).toBe(lane);
      expect(CHECKS.indexOf(needed)).toBeLessThan(index);
    }
  }
});

test('lanes run side by side, the checks of one in their order', async () => {
  const order: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { results } = await runChecks(
    [
      check('a.first', async () => {
        await gate;
        order.push('a.first');
        return ok('');
      }),
      check('a.second', async () => {
        order.push('a.second');
        return warn('', 'mend it');
      }),
      check(
        'b.only',
        async () => {
          order.push('b.only');
          release();
          return ok('');
        },
        { lane: 'state' },
      ),
    ],
    contextWith(60),
  );
  expect(order).toEqual(['b.only', 'a.first', 'a.second']);
  expect(results.map(({ name, status }) => [name, status])).toEqual([
    ['a.first', 'ok'],
    ['a.second', 'warn'],
    ['b.only', 'ok'],
  ]);
});

test('an error fails its check, with the advice after its semicolon, and what needs it is not looked at', async () => {
  const broken = check('a.broken', () => Promise.reject(new DatabaseError('host: gone; is it up; or down?')));
  const { results, unexpected } = await runChecks(
    [broken, check('a.needy', never, { needs: [broken] }), check('a.other', async () => fail('no'))],
    contextWith(60),
  );
  expect(results).toMatchObject([
    { status: 'fail', detail: 'host: gone', advice: ['is it up; or down?'], isSkipped: false },
    { status: 'fail', detail: 'not looked at, since it needs a.broken', advice: [], isSkipped: true },
    { status: 'fail', detail: 'no', advice: [], isSkipped: false },
  ]);
  expect(unexpected).toEqual([]);
});

test('an error that nobody expected hides no other check, and is handed on', async () => {
  const error = new TypeError('x is not a function');
  const { results, unexpected } = await runChecks(
    [check('a.broken', () => Promise.reject(error)), check('a.fine', async () => ok('yes'))],
    contextWith(60),
  );
  expect(results.map(({ status }) => status)).toEqual(['fail', 'ok']);
  expect(unexpected).toEqual([error]);
});

test('a check that gets no answer ends in time, and holds up only its own lane', async () => {
  const { results } = await runChecks(
    [
      check('a.silent', never),
      check('a.behind', async () => ok('')),
      check('b.fine', async () => ok(''), { lane: 'state' }),
    ],
    contextWith(0.2),
  );
  expect(results).toMatchObject([
    { status: 'fail', detail: 'no answer within 0.2 s', isSkipped: false },
    { status: 'fail', isSkipped: true },
    { status: 'ok' },
  ]);
});

test('whatever a check found is cleaned before it is shown', async () => {
  const { results } = await runChecks(
    [check('a.dirty', async () => warn('two\nlines\u001b', 'a\u202eb', ['c\nd']))],
    contextWith(60),
  );
  expect(results).toMatchObject([{ detail: 'two\nlines?', advice: ['a?b'], statements: ['c?d'] }]);
});
