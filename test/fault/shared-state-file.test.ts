import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { LAUNCHER, NODE, resultOf } from '../support/command/leaktally.ts';
import { emptyFolder, newStateFile } from '../support/folders.ts';
import { createSqliteDatabase } from '../support/servers/sqlite.ts';

/** Their report is more than a pipe holds. */
const LEAKS = 400;

test.for(['delete', 'wal'])(
  'without a receiver, alerts are recorded after another rule has written to the same file (journal: %s)',
  async (journal) => {
    const database = await createSqliteDatabase();
    await insertLeaks(database, LEAKS);
    const file = newStateFile();
    const other = new Libsql(file);
    other.exec(`pragma journal_mode=${journal}; create table other_rule (id integer)`);
    const args = ['--database', database.url, '--state', `sqlite:${file}`, '--no-syslog', '--format', 'json'];
    const child = spawn(NODE, ['--', LAUNCHER, ...args], {
      ...{ cwd: emptyFolder(), env: {} },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Nobody reads on, so that the run has recorded no alert yet.
    await once(child.stdout, 'readable');
    other.exec('begin immediate; insert into other_rule values (1)');
    const result = resultOf(child);
    await sleep(1000);
    other.exec('commit');
    const { code, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    other.close();
    await database.drop();
  },
);
