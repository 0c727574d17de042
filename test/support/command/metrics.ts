import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { insertLeaks } from '../receivers/alerts.ts';
import { startReceiver } from '../receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../servers/mariadb.ts';
import { parseSamples } from '../servers/node-exporter.ts';
import { waitFor } from '../servers/process.ts';
import { type CommandResult, emptyFolder, leaktally } from './command.ts';

export const NOBODY_LISTENS = 'tcp://127.0.0.1:1?timeout=2s';

/** A database with two leaks, a receiver, and a folder for the metrics of the runs on them. */
export interface MonitoredRuns {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly file: string;
  run(...more: string[]): Promise<CommandResult>;
  /** What the receiver has got. */
  records(): readonly string[];
  /** The samples in the file by the metric's name, with the label that tells two of them apart. */
  metrics(): Readonly<Record<string, number>>;
  /** A first run that succeeds, so long ago that a later time can be told from its own. @returns when */
  succeedLongAgo(): Promise<number>;
  /** A run while another one of the rule is under way, which is killed afterwards. */
  runBesideAnother(...more: string[]): Promise<CommandResult>;
  stop(): Promise<void>;
}

export async function monitorRuns(): Promise<MonitoredRuns> {
  const database = await createTestDatabase(inject('mariadb'));
  const receiver = await startReceiver();
  const folder = emptyFolder();
  const file = join(folder, 'leaktally.prom');
  await insertLeaks(database.connection, 2);

  const run = (...more: string[]) =>
    leaktally(['--database', database.url, '--syslog', receiver.url, '--metrics-file', file, ...more], {
      env: database.env,
    });
  const metrics = () => {
    const samples = Object.entries(parseSamples(readFileSync(file, 'utf8')));
    return Object.fromEntries(samples.map(([series, value]) => [withoutSchedule(series), value]));
  };
  return {
    database,
    folder,
    file,
    run,
    records: receiver.records,
    metrics,
    succeedLongAgo: async () => {
      expect((await run('--no-syslog')).code).toBe(0);
      const at = (metrics().leaktally_last_success_timestamp_seconds as number) - 5000;
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(/^(leaktally_last_success_timestamp_seconds\{.*\}) \d+$/m, `$1 ${at}`));
      return at;
    },
    runBesideAnother: async (...more) => {
      const silent = await startReceiver(() => undefined);
      let pid = 0;
      const holder = leaktally(['--database', database.url, '--syslog', `tcp://127.0.0.1:${silent.port}?timeout=1m`], {
        env: database.env,
        onStart: (started) => {
          pid = started;
        },
      });
      await waitFor('the first run sends', () => silent.connections() > 0);
      const second = await run(...more);
      process.kill(pid, 'SIGKILL');
      await holder;
      await silent.stop();
      return second;
    },
    stop: async () => {
      await receiver.stop();
      await database.drop();
    },
  };
}

function withoutSchedule(series: string): string {
  return series.replace(/\{rule="[^"]*",group_by="[^"]*",?(.*)\}/, (_, rest) => (rest ? `{${rest}}` : ''));
}
