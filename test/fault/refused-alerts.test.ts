import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { parseReport } from '../support/command/json-report.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base, started } from '../support/fixtures.ts';
import { alertDestinations, alertIds } from '../support/receivers/parse-alert.ts';
import { startReceiver, type Treatment } from '../support/receivers/receiver.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const resetSecond: Treatment = ({ number, socket, accept }) => (number === 2 ? socket.resetAndDestroy() : accept());
const test = base.extend('moody', started(startReceiver, resetSecond));

test('an alert that fails does not hold up the others, and only that one is sent by the next run', async ({
  database,
  receiver,
  runTo,
  moody,
}) => {
  const destinations = await insertLeaks(database, 5);
  const first = await runTo(moody.url);
  const due = await dueAlertIds(database);
  const second = await runTo(receiver.url);

  expect([first.code, second.code]).toEqual([1, 0]);
  expect(linesOf(first.stderr)).toEqual([expect.stringContaining('1 alert still due')]);
  expect(moody.records()).toHaveLength(4);
  expect(alertIds(receiver.records())).toEqual(due);
  const received = alertDestinations([...moody.records(), ...receiver.records()]);
  expect(received.sort()).toEqual(destinations.sort());
});

test('the report says of each leak whether its alert was sent', async ({ database, runTo, moody }) => {
  await insertLeaks(database, 3);
  const result = await runTo(moody.url, '--format', 'json');
  const { leaks } = parseReport(result);
  const sent = alertDestinations(moody.records());
  expect(result.code).toBe(1);
  expect(leaks.map(({ alert }) => alert).sort()).toEqual(['failed', 'sent', 'sent']);
  expect(
    leaks
      .filter(({ alert }) => alert === 'sent')
      .map(({ destination }) => destination)
      .sort(),
  ).toEqual([...sent].sort());
});

// As a receiver behind a filter does: it refuses the same alerts each time. Three failures in a row may end a run's
// sending, so 16 alerts take at most six runs if those that have not been tried go first.
test('alerts that a receiver never takes do not hold up the others forever', async ({ database, runTo }) => {
  const destinations = await insertLeaks(database, 16);
  const refused = destinations.slice(0, 14);
  const taken: string[] = [];
  const picky = await startReceiver(({ socket }) => {
    socket.setEncoding('utf8').once('data', (text: string) => {
      const [destination = ''] = alertDestinations([text.trimEnd()]);
      if (refused.includes(destination)) return socket.resetAndDestroy();
      taken.push(destination);
      return socket.resume().on('end', () => socket.end());
    });
  });
  for (let attempt = 0; attempt < 6; attempt++) expect((await runTo(picky.url)).code).toBe(1);
  await picky.stop();
  expect(taken.sort()).toEqual(destinations.slice(14).sort());
});
