import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertLeaks } from '../builders/events.ts';
import { test as base } from '../fixtures.ts';
import { emptyFolder } from '../folders.ts';
import { neverRead, type Receiver, startReceiver } from '../receivers/receiver.ts';
import type { MariadbDatabase } from '../servers/mariadb.ts';
import { parseSamples } from '../servers/node-exporter.ts';
import { type CommandResult, runOn, startOn } from './leaktally.ts';

/** Tests of runs that write their metrics into a file. */
export const test = base.extend('runs', ({ database, receiver }) => MonitoredRuns.create(database, receiver));

/** Runs on a database with two leaks, with a receiver and a folder for their metrics. */
export class MonitoredRuns {
  readonly folder = emptyFolder();
  readonly file = join(this.folder, 'leaktally.prom');

  private constructor(
    private readonly database: MariadbDatabase,
    private readonly receiver: Receiver,
  ) {}

  static async create(database: MariadbDatabase, receiver: Receiver): Promise<MonitoredRuns> {
    await insertLeaks(database, 2);
    return new MonitoredRuns(database, receiver);
  }

  run(...more: string[]): Promise<CommandResult> {
    return runOn(this.database, ['--syslog', this.receiver.url, '--metrics-file', this.file, ...more]);
  }

  /** The samples in the file by name, with the label that tells samples of one metric apart. */
  metrics(): Readonly<Record<string, number>> {
    const samples = Object.entries(parseSamples(readFileSync(this.file, 'utf8')));
    return Object.fromEntries(samples.map(([series, value]) => [withoutSchedule(series), value]));
  }

  /** A successful first run, dated back so that later times can be told from it. @returns when */
  async succeedLongAgo(): Promise<number> {
    expect((await this.run('--no-syslog')).code).toBe(0);
    const at = (this.metrics().leaktally_last_success_timestamp_seconds as number) - 5000;
    const text = readFileSync(this.file, 'utf8');
    writeFileSync(this.file, text.replace(/^(leaktally_last_success_timestamp_seconds\{.*\}) \d+$/m, `$1 ${at}`));
    return at;
  }

  /** A run during another one of the same rule, which is killed afterwards. */
  async runBesideAnother(...more: string[]): Promise<CommandResult> {
    const silent = await startReceiver(neverRead);
    const holder = startOn(this.database, ['--syslog', silent.patientUrl]);
    await silent.waitForConnection();
    const second = await this.run(...more);
    await holder.kill();
    await silent.stop();
    return second;
  }
}

function withoutSchedule(series: string): string {
  return series.replace(/\{rule="[^"]*",group_by="[^"]*",?(.*)\}/, (_, rest) => (rest ? `{${rest}}` : ''));
}
