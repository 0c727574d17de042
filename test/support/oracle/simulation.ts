import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import Libsql from 'libsql';
import { vi } from 'vitest';
import { parseQuestion } from '../../../src/options/explain-question.ts';
import { type Options, readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { run } from '../../../src/run/run.ts';
import { mmdb } from '../builders/mmdb.ts';
import { PIPE } from '../builders/screens.ts';
import { emptyFolder } from '../folders.ts';
import { type ScriptedConnection, ScriptedReceiver, type Verdict } from '../receivers/scripted-receiver.ts';
import { type KnownName, type Row, SYSTEMS } from './world.ts';

const TABLES = [
  'create table alm_bulletin_board_data (id integer, epoch integer, violator_address blob, destination_address blob, message text)',
  'create index by_epoch on alm_bulletin_board_data (epoch)',
  'create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)',
  'pragma journal_mode=wal',
];
/** What a column holds for each address of the histories: both forms of IPv4, IPv6, and nothing usable. */
const STORED: Readonly<Record<string, readonly string[]>> = {
  '10.1.1.5': ['0a010105', '00000000000000000000ffff0a010105'],
  '2001:db8::1f': ['20010db800000000000000000000001f'],
  unknown: ['', '0a0101'],
  '203.0.113.9': ['cb007109'],
  '198.51.100.7': ['c6336407', '00000000000000000000ffffc6336407'],
  '192.0.2.1': ['c0000201'],
  '2001:db8:ffff::1': ['20010db8ffff00000000000000000001'],
};

const IP_DATABASE = mmdb(
  Object.fromEntries(
    Object.entries(SYSTEMS).map(([address, number]) => [`${address}/32`, { autonomous_system_number: number }]),
  ),
);

const prepare = Libsql.prototype.prepare;

/** What goes wrong in a run. */
export interface Faults {
  readonly script: readonly Verdict[];
  /** The process is killed before this statement; Infinity is never. */
  readonly statements: number;
  /** Nobody reads what it prints. */
  readonly isStdoutBroken?: boolean;
}

export interface RunOutcome {
  readonly now: number;
  readonly isKilled: boolean;
  /** What the run ended with; null when it completed. */
  readonly error: unknown;
  readonly stdout: string;
  readonly connections: readonly ScriptedConnection[];
  readonly stderr: string;
  /** Until when the rule is evaluated by its own record; null when there is none. */
  readonly evaluatedUntil: number | null;
  readonly episodes: readonly EpisodeRow[];
}

/** What the rule's own record holds of an episode. */
export interface EpisodeRow {
  readonly id: string;
  readonly group_key: string;
  readonly opened_at: number;
  readonly closed_at: number | null;
  readonly alerted_at: number | null;
  readonly alerted_bytes: string | null;
  readonly alerted_newest: number | null;
  readonly pending_alert: string | null;
}

/** Nothing goes wrong. */
export const CALMLY: Faults = { script: [], statements: Number.POSITIVE_INFINITY };

/** A collector's database in a file, a receiver, a clock that is set by hand, and a command that can be killed. */
export class Simulation {
  rows: Row[] = [];
  names: KnownName[] = [];
  now = 1_763_950_000;
  private statementsLeft = Number.POSITIVE_INFINITY;
  private isKilled = false;
  private readonly folder = emptyFolder('simulation');
  private readonly file = join(this.folder, 'plixer.db');
  private readonly database = new Libsql(this.file);
  private readonly receiver = new ScriptedReceiver();
  private port = 0;
  /** How many rows were ever written. */
  written = 0;

  /** Works with a simulation of its own. */
  static async with<T>(work: (simulation: Simulation) => Promise<T>): Promise<T> {
    const simulation = await Simulation.create();
    try {
      return await work(simulation);
    } finally {
      await simulation.destroy();
    }
  }

  private static async create(): Promise<Simulation> {
    const simulation = new Simulation();
    for (const statement of TABLES) simulation.database.exec(statement);
    writeFileSync(join(simulation.folder, 'env'), '', { mode: 0o600 });
    writeFileSync(join(simulation.folder, 'asn.mmdb'), IP_DATABASE);
    simulation.port = await simulation.receiver.start();
    simulation.makeMortal();
    vi.useFakeTimers({ toFake: ['Date'] });
    return simulation;
  }

  private async destroy(): Promise<void> {
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
        ipDatabase: [join(this.folder, 'asn.mmdb')],
        ...flags,
      },
      {},
    );
  }

  /** @returns the path of a file for the options */
  writeFile(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** The same options with a question about one source. */
  explaining(options: Options, source: string): Options {
    return { ...options, dryRun: true, explain: parseQuestion(source, options.groupBy) };
  }

  /** @param form which of the forms in which a column may hold an address */
  insert(rows: readonly Omit<Row, 'id'>[], form = 0): void {
    const insert = this.database.prepare('insert into alm_bulletin_board_data values (?, ?, ?, ?, ?)');
    const numbered = rows.map((row) => ({ ...row, id: this.written++ }));
    this.inTransaction(() => {
      for (const { id, epoch, source, destination, bytes, policy } of numbered) {
        const message = `${policy} sum_octetdeltacount : ${bytes ?? '5,242,880'} threshold : 5000000`;
        insert.run([id, epoch, stored(source, form), stored(destination, form), message]);
      }
    });
    this.rows.push(...numbered);
  }

  /** The collector forgets the rows of which this says so. */
  delete(isGone: (row: Row) => boolean): void {
    const remove = this.database.prepare('delete from alm_bulletin_board_data where id = ?');
    this.inTransaction(() => {
      for (const row of this.rows) if (isGone(row)) remove.run([row.id]);
    });
    this.rows = this.rows.filter((row) => !isGone(row));
  }

  /** A source looks a name up, of which the table keeps the newest time. */
  lookUp(name: KnownName): void {
    const { source, destination, fqdn, lastSeen } = name;
    const key = [stored(source, 0), stored(destination, 0), fqdn];
    this.database
      .prepare('delete from domain_index where requester_id = ? and resolved_to_id = ? and fqdn = ?')
      .run(key);
    this.database.prepare('insert into domain_index values (?, ?, ?, ?)').run([...key, lastSeen]);
    const isSame = (other: KnownName) =>
      other.source === source && other.destination === destination && other.fqdn === fqdn;
    this.names = [...this.names.filter((other) => !isSame(other)), name];
  }

  private inTransaction(work: () => void): void {
    this.database.exec('begin');
    work();
    this.database.exec('commit');
  }

  async run(options: Options, { script, statements, isStdoutBroken = false }: Faults = CALMLY): Promise<RunOutcome> {
    let [stdout, stderr] = ['', ''];
    const terminal = {
      out: async (text: string) => {
        if (isStdoutBroken) throw new Error('EPIPE');
        stdout += text;
      },
      err: async (text: string) => {
        stderr += text;
      },
      ...PIPE,
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
    return { now: this.now, isKilled, error, stdout, stderr, connections, ...this.record(options) };
  }

  private live(statements: number): void {
    this.statementsLeft = statements;
    this.isKilled = false;
  }

  /** Every statement of a run passes here: from the given one on nothing is executed, as if the process were gone. */
  private makeMortal(): void {
    const mortal = (source: string): void => {
      // The database does that for a process that is gone.
      if (source === 'rollback') return;
      if (this.statementsLeft <= 0) {
        this.isKilled = true;
        throw new Error('the process is dead');
      }
      this.statementsLeft--;
    };
    const seen = new WeakSet<Libsql.Database>();
    // Not a spy: those remember each call, and so keep every statement and its file alive.
    Libsql.prototype.prepare = function (this: Libsql.Database, source: string) {
      // No history has a power cut in it: waiting for the disk would be most of the time.
      if (!seen.has(this)) this.exec('pragma synchronous=off');
      seen.add(this);
      const statement = prepare.call(this, source);
      // A statement is prepared once and executed often; all() iterates.
      for (const method of ['run', 'get', 'iterate'] as const) {
        const execute = statement[method].bind(statement) as (...parameters: unknown[]) => never;
        statement[method] = (...parameters: unknown[]) => {
          mortal(source);
          return execute(...parameters);
        };
      }
      return statement;
    } as typeof prepare;
  }

  /** Only the rule's own record can say how far a killed run came. */
  private record({ rule, groupBy }: Options): Pick<RunOutcome, 'evaluatedUntil' | 'episodes'> {
    const select = <T>(what: string): T[] =>
      this.database
        .prepare(`select ${what} where rule_name = ? and group_by = ?`)
        .all([rule, groupBy.join(',')]) as T[];
    // A killed run may have come no further than the first of its two tables.
    const tables = this.database.prepare("select name from sqlite_master where name = 'leaktally_state_runs'").all();
    if (tables.length === 0) return { evaluatedUntil: null, episodes: [] };
    const [run] = select<{ evaluated_until: number }>('evaluated_until from leaktally_state_runs');
    return { evaluatedUntil: run?.evaluated_until ?? null, episodes: select('* from leaktally_state') };
  }
}

function stored(address: string, form: number): Buffer | null {
  const forms = STORED[address] as readonly string[];
  const hex = forms[form % forms.length] as string;
  return hex === '' ? null : Buffer.from(hex, 'hex');
}
