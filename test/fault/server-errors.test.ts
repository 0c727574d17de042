import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn, type Target } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import {
  createMariadbDatabase,
  type MariadbDatabase,
  type MariadbServer,
  startMariadb,
} from '../support/servers/mariadb.ts';
import { createAccount } from '../support/servers/mariadb-account.ts';
import { startPgbouncer } from '../support/servers/pgbouncer.ts';
import {
  createPostgresDatabase,
  POSTGRES_PASSWORD,
  type PostgresDatabase,
  startStandby,
} from '../support/servers/postgres.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../support/servers/postgres-account.ts';

/** A run ends with one line that says what to do, and without the password. */
async function expectAdvice(target: Target, says: RegExp, ...args: string[]): Promise<void> {
  const result = await runOn(target, args);
  expectOneLineFailure(result, says);
  expectNoSecret(result, target.env.LEAKTALLY_DATABASE_PASSWORD ?? '');
}

function withUrl(target: Target, change: (url: URL) => void): Target {
  const url = new URL(target.url);
  change(url);
  return { url: url.href, env: target.env };
}

describe('MariaDB', () => {
  let server: MariadbServer;
  let database: MariadbDatabase;
  beforeAll(async () => {
    server = await startMariadb(['--plugin-load-add=auth_ed25519', '--plugin-load-add=auth_pam']);
    database = await createMariadbDatabase(server);
    await insertLeaks(database, 1);
  });
  afterAll(async () => {
    await database.drop();
    await server.stop();
  });

  test.each<[what: string, statement: string, says: RegExp]>([
    ['an expired password', 'alter user $user password expire', /password has expired; set a new one/],
    ['a locked account', 'alter user $user account lock', /locked; ask an administrator to unlock/],
    ['one connection only', 'alter user $user with max_user_connections 1', /two connections.*--state/],
    ['ed25519', `alter user $user identified via ed25519 using password('x')`, /client_ed25519.*mysql_native_password/],
    ['PAM', 'alter user $user identified via pam', /dialog.*mysql_native_password/],
    ['TLS only', 'alter user $user require ssl', /check the user and the password/],
    ['no access to the database', 'revoke all on $database.* from $user', /check its name and the grants/],
  ])('%s', async (_, statement, says) => {
    const account = await createAccount(database, [`grant all on ${database.name}.* to $user`]);
    await database.connection.query(
      statement.replace('$user', `'${account.name}'@'%'`).replace('$database', database.name),
    );
    await expectAdvice(account, says);
    await account.drop();
  });

  test('a read-only server', async () => {
    const account = await createAccount(database, [`grant all on ${database.name}.* to $user`]);
    await reportOf(account);
    await database.connection.query('set global read_only = 1');
    await expectAdvice(account, /read-only.*--state/);
    await database.connection.query('set global read_only = 0');
    await account.drop();
  });

  test('a broken view', async () => {
    await database.connection.query('create table gone (epoch int)');
    await database.connection.query('rename table alm_bulletin_board_data to kept');
    await database.connection.query(
      'create view alm_bulletin_board_data as select kept.*, gone.epoch as e from kept, gone',
    );
    await database.connection.query('drop table gone');
    await expectAdvice(database, /a view is broken; ask its owner/);
    await database.connection.query('drop view alm_bulletin_board_data');
    await database.connection.query('rename table kept to alm_bulletin_board_data');
  });

  test('mysql:// at the port of PostgreSQL', async () => {
    const wrong = withUrl(database, (url) => {
      url.port = `${inject('postgres').port}`;
      url.searchParams.set('connect-timeout', '2s');
    });
    await expectAdvice(wrong, /no greeting came.*postgres:\/\//);
  });

  test('a socket that is a file, and one that is a folder', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const socket of [file, folder]) {
      await expectAdvice(
        withUrl(database, (url) => url.searchParams.set('socket', socket)),
        /socket parameter in the URL|permissions/,
      );
    }
  });
});

describe('PostgreSQL', () => {
  let database: PostgresDatabase;
  beforeAll(async () => {
    database = await createPostgresDatabase(inject('postgres'));
    await insertLeaks(database, 1);
    await reportOf(database, ['--rule', 'first']);
  });
  afterAll(() => database.drop());

  test.each<[what: string, statement: string, says: RegExp]>([
    ['an expired password', `alter user $user valid until '2001-01-01'`, /password has not expired/],
    ['an account that may not log in', 'alter user $user nologin', /may log in/],
    ['one connection only', 'alter user $user connection limit 1', /two connections.*--state/],
    ['default_transaction_read_only', 'alter user $user set default_transaction_read_only = on', /read_only.*--state/],
  ])('%s', async (_, statement, says) => {
    const grants = [...POSTGRES_READ_GRANTS, 'grant all on leaktally_state, leaktally_state_runs to $user'];
    const account = await createPostgresAccount(database, grants);
    await database.client.query(statement.replace('$user', account.name));
    await expectAdvice(account, says);
  });

  test('a broken view', async () => {
    const { client } = database;
    await client.query(
      `create schema views; create function views.now() returns int language plpgsql as 'begin return (select 1 from gone); end'`,
    );
    await client.query(
      'create view views.alm_bulletin_board_data as select *, views.now() from plixer.alm_bulletin_board_data where views.now() > 0',
    );
    await client.query('create view views.domain_index as select * from plixer.domain_index');
    await expectAdvice(database, /gone.*--events-schema/, '--events-schema', 'views', '--dry-run');
  });

  test('a standby: it can be read, but keeps no state', async () => {
    const standby = await startStandby(inject('postgres'));
    try {
      const there = withUrl(database, (url) => {
        url.port = `${standby.port}`;
      });
      await expectAdvice(there, /standby.*--state/);
      const state = ['--state', `sqlite:${join(emptyFolder(), 'state.db')}`];
      expect((await reportOf(there, state)).leaks).toMatchObject([{ status: 'new' }]);
    } finally {
      await standby.stop();
    }
  });

  test('pgbouncer in statement mode', async () => {
    const bouncer = await startPgbouncer(inject('postgres').port, 'statement');
    const through = withUrl(database, (url) => {
      url.port = `${bouncer.port}`;
    });
    await expectAdvice(through, /pgbouncer in statement mode.*transaction mode/, '--dry-run');
    await bouncer.stop();
  });

  test('a pooled session stays as other programs left it', async () => {
    const bouncer = await startPgbouncer(inject('postgres').port, 'transaction');
    const through = withUrl(database, (url) => {
      url.port = `${bouncer.port}`;
    });
    await expectAdvice(through, /pooler/);
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: bouncer.port, database: database.name },
      ...{ user: 'postgres', password: POSTGRES_PASSWORD },
    });
    await client.connect();
    const { rows } = await client.query('show search_path');
    await client.end();
    await bouncer.stop();
    expect(rows).toEqual([{ search_path: '"$user", public' }]);
  });

  test.each(['disable', 'prefer'])('postgres:// at the port of MariaDB with sslmode=%s', async (sslmode) => {
    const wrong = withUrl(database, (url) => {
      url.port = `${inject('mariadb').port}`;
      url.searchParams.set('sslmode', sslmode);
      url.searchParams.set('connect-timeout', '2s');
    });
    await expectAdvice(wrong, /not PostgreSQL.*mysql:\/\//);
  });

  test('a socket that is a file', async () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    await expectAdvice(
      withUrl(database, (url) => url.searchParams.set('socket', file)),
      /socket.*folder/,
    );
  });
});
