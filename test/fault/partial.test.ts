import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
});
afterEach(() => database.drop());

const run = (syslog: string, more: readonly string[] = []) =>
  leaktally(['--database', database.url, '--syslog', syslog, ...more], { env: database.env });

test('an alert that fails does not hold up the others, and alone is sent by the next run', async () => {
  const destinations = await insertLeaks(database.connection, 5);
  const moody = await startReceiver(({ number, socket, accept }) =>
    number === 2 ? socket.resetAndDestroy() : accept(),
  );
  const first = await run(moody.url);
  const due = await pendingAlertIds(database.connection);
  await moody.stop();
  const healthy = await startReceiver();
  const second = await run(healthy.url);
  await healthy.stop();

  expect([first.code, second.code]).toEqual([1, 0]);
  expect(lines(first.stderr)).toEqual([expect.stringContaining('1 alert still due')]);
  expect(moody.records()).toHaveLength(4);
  expect(healthy.records().map((record) => parseAlert(record).id)).toEqual(due);
  const received = [...moody.records(), ...healthy.records()].map((record) => parseAlert(record).destination);
  expect(received.sort()).toEqual(destinations.sort());
});

test('the report says of each leak whether its alert was sent', async () => {
  await insertLeaks(database.connection, 3);
  const moody = await startReceiver(({ number, socket, accept }) =>
    number === 2 ? socket.resetAndDestroy() : accept(),
  );
  const { code, stdout } = await run(moody.url, ['--format', 'json']);
  await moody.stop();
  const { leaks } = JSON.parse(stdout) as { leaks: { destination: string; alert: string }[] };
  const sent = moody.records().map((record) => parseAlert(record).destination);
  expect(code).toBe(1);
  expect(leaks.map(({ alert }) => alert).sort()).toEqual(['failed', 'sent', 'sent']);
  expect(
    leaks
      .filter(({ alert }) => alert === 'sent')
      .map(({ destination }) => destination)
      .sort(),
  ).toEqual([...sent].sort());
});

// Such as a receiver behind a filter: the same ones are refused each time. Three failures in a row may end a run's
// sending, so that 16 alerts take at most six runs when those that were not tried yet go first.
test('alerts that a receiver never takes do not hold up the others for ever', async () => {
  const destinations = await insertLeaks(database.connection, 16);
  const refused = destinations.slice(0, 14);
  const taken: string[] = [];
  const picky = await startReceiver(({ socket }) => {
    socket.setEncoding('utf8').once('data', (text: string) => {
      const { destination } = parseAlert(text.trimEnd());
      if (refused.includes(destination)) return socket.resetAndDestroy();
      taken.push(destination);
      return socket.resume().on('end', () => socket.end());
    });
  });
  for (let attempt = 0; attempt < 6; attempt++) expect((await run(picky.url)).code).toBe(1);
  await picky.stop();
  expect(taken.sort()).toEqual(destinations.slice(14).sort());
});
