import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { beforeEach, expect, test } from 'vitest';
import { addressBytes, MB, POLICY } from '../support/builders/events.ts';
import { emptyFolder } from '../support/command/command.ts';
import { reportOf, type Target } from '../support/command/report.ts';

const AS_OF = 1_763_950_000;

let file: string;
let target: Target;
beforeEach(() => {
  file = join(emptyFolder(), 'copy.db');
  target = { url: `sqlite:${file}`, env: { LEAKTALLY_DATABASE_PASSWORD: 'of no use' } };
  withFile((database) => {
    database.exec(
      'create table alm_bulletin_board_data (epoch integer, violator_address blob, destination_address blob, message text)',
    );
    database.exec('create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)');
  });
});

function withFile(use: (database: Libsql.Database) => void): void {
  const database = new Libsql(file);
  use(database);
  database.close();
}

function insert(...events: { epoch: number; source: string | null; bytes: number | bigint; policy?: string }[]): void {
  withFile((database) => {
    const statement = database.prepare('insert into alm_bulletin_board_data values (?, ?, ?, ?)');
    for (const { epoch, source, bytes, policy = POLICY } of events) {
      const message = `${policy}: sum_octetdeltacount : ${bytes}`;
      statement.run([epoch, source && addressBytes(source), addressBytes('203.0.113.9'), message]);
    }
  });
}

test('a copy in a file is read as the server is', async () => {
  insert(
    { epoch: AS_OF - 86_401, source: '10.0.0.1', bytes: 900 * MB },
    { epoch: AS_OF - 86_400, source: '10.0.0.1', bytes: 60 * MB },
    { epoch: AS_OF, source: '::ffff:10.0.0.1', bytes: 70 * MB },
    { epoch: AS_OF + 1, source: '10.0.0.1', bytes: 900 * MB },
    { epoch: AS_OF, source: '10.0.0.1', bytes: 900 * MB, policy: POLICY.toLowerCase() },
    { epoch: AS_OF, source: '2001:db8::1', bytes: 2n ** 53n - 1n },
    { epoch: AS_OF, source: null, bytes: 120 * MB },
  );
  withFile((database) => {
    const row = [addressBytes('10.0.0.1'), addressBytes('203.0.113.9'), 'a.example.net', AS_OF];
    database.prepare('insert into domain_index values (?, ?, ?, ?)').run(row);
  });
  const { events, leaks } = await reportOf(target, ['--as-of', `${AS_OF}`]);
  expect(events).toEqual({ matched: 4, counted: 4, excluded: 0, unreadable: 0, newest: AS_OF, excludedBytes: 0 });
  expect(leaks.map(({ source, bytes, fqdns }) => [source, bytes, fqdns])).toEqual([
    ['2001:db8::1', Number.MAX_SAFE_INTEGER, []],
    ['10.0.0.1', 130 * MB, ['a.example.net']],
    ['unknown', 120 * MB, []],
  ]);
});

test.each(['100% a_b', `it's "so"`, 'C:\\new', '[a-z]*?'])('policy %s is matched literally', async (policy) => {
  insert(
    { epoch: AS_OF, source: '10.0.0.1', bytes: 1, policy },
    { epoch: AS_OF, source: '10.0.0.1', bytes: 1, policy: '1000 axb its so C:new abc' },
  );
  const { events } = await reportOf(target, ['--as-of', `${AS_OF}`, '--policy', policy]);
  expect(events.matched).toBe(1);
});

test('state is kept in the same file unless told otherwise, and looking changes nothing', async () => {
  insert({ epoch: Math.floor(Date.now() / 1000) - 300, source: '10.0.0.1', bytes: 120 * MB });
  const { size, mtimeMs } = statSync(file);
  expect((await reportOf(target, ['--dry-run'])).leaks).toMatchObject([{ status: 'new' }]);
  expect(statSync(file)).toMatchObject({ size, mtimeMs });

  const elsewhere = ['--state', `sqlite:${join(emptyFolder(), 'state.db')}`];
  expect((await reportOf(target, elsewhere)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(target, elsewhere)).leaks).toMatchObject([{ status: 'known' }]);
  expect(statSync(file)).toMatchObject({ size, mtimeMs });

  expect((await reportOf(target)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(target)).leaks).toMatchObject([{ status: 'known' }]);
});

test('a file that is only read is not created', async () => {
  const missing = join(emptyFolder(), 'none.db');
  await expect(reportOf({ ...target, url: `sqlite:${missing}` })).rejects.toThrow('none.db');
  expect(existsSync(missing)).toBe(false);
});
