import { expect, test } from 'vitest';
import { Delivery } from '../../../src/alert/delivery.ts';
import { SyslogError } from '../../../src/errors.ts';
import type { DueAlert } from '../../../src/state/due-alert.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';

const alert = (alertId: string): DueAlert =>
  dueAlertOf(LEAK, { alertId, groupKey: 'g', episodeId: `e${alertId}`, failures: 0 });

/** Delivers one alert for each letter: `+` is taken, `-` is refused, `!` is a fault of our own. */
async function deliverAll(outcomes: string, secondsLeft = 60, reserveSeconds = 5) {
  const calls: string[] = [];
  const note = (what: string) => async (one: DueAlert) => void calls.push(`${what} ${one.alertId}`);
  const send = async (one: DueAlert, limitSeconds: number) => {
    calls.push(`send ${one.alertId}`);
    expect(limitSeconds).toBeLessThanOrEqual(secondsLeft - reserveSeconds);
    const outcome = outcomes[Number(one.alertId)];
    if (outcome === '-') throw new SyslogError(`refused ${one.alertId}`);
    if (outcome === '!') throw new TypeError('a fault of our own');
  };
  const limit = { deadline: performance.now() + secondsLeft * 1000, reserveSeconds };
  const delivery = new Delivery(send, note('record'), note('fail'), limit);
  const results: boolean[] = [];
  for (const index of outcomes.split('').keys()) results.push(await delivery.deliver(alert(`${index}`)));
  return { calls, results, failure: delivery.failure };
}

test('each alert is recorded as soon as it was sent, before the next one is', async () => {
  const { calls, results, failure } = await deliverAll('++');
  expect(calls).toEqual(['send 0', 'record 0', 'send 1', 'record 1']);
  expect(results).toEqual([true, true]);
  expect(failure).toBeNull();
});

test('a failure does not hold up the others, and the first one is told', async () => {
  const { calls, results, failure } = await deliverAll('-+-');
  expect(calls).toEqual(['send 0', 'fail 0', 'send 1', 'record 1', 'send 2', 'fail 2']);
  expect(results).toEqual([false, true, false]);
  expect(failure?.message).toBe('refused 0');
});

test('after three failures in a row no more are tried, nor do they count as failed', async () => {
  const { calls, results } = await deliverAll('---+');
  expect(calls).toEqual(['send 0', 'fail 0', 'send 1', 'fail 1', 'send 2', 'fail 2']);
  expect(results).toEqual([false, false, false, false]);
});

test('only failures in a row make a receiver dead', async () => {
  const { results, calls } = await deliverAll('--+--+-+');
  expect(results).toEqual([false, false, true, false, false, true, false, true]);
  expect(calls.filter((call) => call.startsWith('send'))).toHaveLength(8);
});

test('a fault of our own is no failure of the receiver: it ends the run, and nothing is recorded', async () => {
  await expect(deliverAll('!+')).rejects.toThrow(TypeError);
});

test('nothing is sent without the time left to record it', async () => {
  const late = await deliverAll('++', 5.4, 5);
  expect(late.calls).toEqual([]);
  expect(late.results).toEqual([false, false]);
  expect(late.failure).toBeNull();
  expect((await deliverAll('+', 6, 5)).results).toEqual([true]);
});
