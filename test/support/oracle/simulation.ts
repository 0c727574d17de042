import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import Libsql from 'libsql';
import { vi } from 'vitest';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { run } from '../../../src/run/run.ts';
import { emptyFolder } from '../folders.ts';
import { type ScriptedConnection, ScriptedReceiver, type Verdict } from '../receivers/scripted-receiver.ts';
import type { Row } from './group-oracle.ts';

const TABLES = [
  'create table alm_bulletin_board_data (epoch integer, violator_address blob, destination_address blob, message text)',
  'create index by_epoch on alm_bulletin_board_data (epoch)',
  'create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)',
  'pragma journal_mode=wal',
];
const POLICY = 'Exceeded 5 MB in 5';
/** What the database stores for each address of the histories: both forms of IPv4, IPv6, and unusable values. */
const STORED: Readonly<Record<string, readonly string[]>> = {
  '10.1.1.5': ['0a010105', '00000000000000000000ffff0a010105'],
  '2001:db8::1f': ['20010db800000000000000000000001f'],
  unknown: ['', '0a0101'],
  '203.0.113.9': ['cb007109'],
  '198.51.100.7': ['c6336407', '00000000000000000000ffffc6336407'],
};

const prepare = Libsql.prototype.prepare;

/** What goes wrong in a run. */
export interface Faults {
  readonly script: readonly Verdict[];
  /** The process is killed before the statement with this number; Infinity: never. */
  readonly statements: number;
}

export interface RunOutcome {
  readonly now: number;
  readonly isKilled: boolean;
  /** The error that ended the run; null when it completed. */
  readonly error: unknown;
  readonly stdout: string;
  readonly connections: readonly ScriptedConnection[];
  /** How far the rule has been evaluated by its own record; null without one. */
  readonly evaluatedUntil: number | null;
  /** The groups with an open episode by the rule's own record. */
  readonly open: readonly string[];
}

/** Runs of the command in this process, with a collector's database in a file, a receiver, a clock set by hand, and a way to kill it. */
export class Simulation {
  readonly rows: Row[] = [];
  now = 1_763_950_000;
  private statementsLeft = Number.POSITIVE_INFINITY;
  private isKilled = false;
  private readonly folder = emptyFolder('simulation');
  private readonly file = join(this.folder, 'plixer.db');
  private readonly database = new Libsql(this.file);
  private readonly receiver = new ScriptedReceiver();
  private port = 0;

  static async create(): Promise<Simulation> {
    const simulation = new Simulation();
    for (const statement of TABLES) simulation.database.exec(statement);
    writeFileSync(join(simulation.folder, 'env'), '', { mode: 0o600 });
    simulation.port = await simulation.receiver.start();
    simulation.makeMortal();
    vi.useFakeTimers({ toFake: ['Date'] });
    return simulation;
  }

  async destroy(): Promise<void> {
    Libsql.prototype.prepare = prepare;
    vi.useRealTimers();
    this.database.close();
    await this.receiver.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  options(flags: RawFlags): Options {
    return readOptions(
      {
        database: `sqlite:${this.file}`,
        envFile: join(this.folder, 'env'),
        syslog: `tcp://127.0.0.1:${this.port}`,
        format: 'json',
        ...flags,
      },
      {},
    );
  }

  /** @param form which of the forms in which an address may be stored */
  insert(rows: readonly Row[], form: number): void {
    const insert = this.database.prepare('insert into alm_bulletin_board_data values (?, ?, ?, ?)');
    this.database.exec('begin');
    for (const row of rows) {
      const count = row.bytes === null ? '5,242,880' : row.bytes;
      const message = `${row.counts ? POLICY : 'Another report'} sum_octetdeltacount : ${count} threshold : 5000000`;
      insert.run([row.epoch, stored(row.source, form), stored(row.destination, form), message]);
    }
    this.database.exec('commit');
    this.rows.push(...rows);
  }

  async run(options: Options, { script, statements }: Faults): Promise<RunOutcome> {
    let stdout = '';
    const terminal = {
      out: async (text: string) => {
        stdout += text;
      },
      err: async () => undefined,
      columns: 80,
      chalk: async () => new Chalk({ level: 0 }),
      isInteractive: false,
    };
    vi.setSystemTime(this.now * 1000);
    this.receiver.follow(script, () => this.live(0));
    this.live(statements);
    const error = await run(options, terminal).then(
      () => null,
      (reason: unknown) => reason ?? new Error('rejected with nothing'),
    );
    const { isKilled } = this;
    this.live(Number.POSITIVE_INFINITY);
    const { connections } = this.receiver;
    return { now: this.now, isKilled, error, stdout, connections, ...this.record(options) };
  }

  private live(statements: number): void {
    this.statementsLeft = statements;
    this.isKilled = false;
  }

  /** Intercepts every statement of a run: from the given one on nothing is executed, as if the process were dead. */
  private makeMortal(): void {
    const mortal = (source: string): void => {
      // What the database does itself for a dead process.
      if (source === 'rollback') return;
      if (this.statementsLeft <= 0) {
        this.isKilled = true;
        throw new Error('the process is dead');
      }
      this.statementsLeft--;
    };
    const seen = new WeakSet<Libsql.Database>();
    // Not a spy: spies keep each call, and with it every statement and its file.
    Libsql.prototype.prepare = function (this: Libsql.Database, source: string) {
      // There are no power cuts here, and waiting for the disk would take most of the time.
      if (!seen.has(this)) this.exec('pragma synchronous=off');
      seen.add(this);
      mortal(source);
      return prepare.call(this, source);
    } as typeof prepare;
  }

  /** Only the rule's own record tells how far a killed run got, and which episodes have ended. */
  private record({ rule, groupBy }: Options): Pick<RunOutcome, 'evaluatedUntil' | 'open'> {
    const select = <T>(what: string): T[] =>
      this.database.prepare(`select ${what} and rule_name = ? and group_by = ?`).all([rule, groupBy.join(',')]) as T[];
    // A killed run may have created only the first of its two tables.
    const tables = this.database.prepare("select name from sqlite_master where name = 'leaktally_state_runs'").all();
    if (tables.length === 0) return { evaluatedUntil: null, open: [] };
    const [run] = select<{ evaluated_until: number }>('evaluated_until from leaktally_state_runs where true');
    const open = select<{ group_key: string }>('group_key from leaktally_state where closed_at is null');
    return { evaluatedUntil: run?.evaluated_until ?? null, open: open.map((row) => row.group_key) };
  }
}

function stored(address: string, form: number): Buffer | null {
  const forms = STORED[address] as readonly string[];
  const hex = forms[form % forms.length] as string;
  return hex === '' ? null : Buffer.from(hex, 'hex');
}
