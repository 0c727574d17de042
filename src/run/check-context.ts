import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckContext, EventsAccess, StateAccess } from '../check/context.ts';
import { WindowScan } from '../check/events/window-scan.ts';
import { connect } from '../db/connect.ts';
import type { Database, OpenOptions } from '../db/database.ts';
import { findEventsSchema } from '../db/find-tables.ts';
import { type DatabaseTarget, IN_MEMORY } from '../db/target.ts';
import { DatabaseError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import { DEMO_AS_OF, fillDemo } from '../scrutinizer/demo-day.ts';
import { namedEventsQuery } from '../scrutinizer/policy-names.ts';
import { progressOn, type Terminal } from '../terminal.ts';
import { EVENTS_TABLE, inSchema, tableNames } from './connections.ts';
import { ipDatabasesOf } from './ip-databases.ts';

/** Less than what a check keeps back of the shortest --timeout. */
const LONGEST_CLOSE_MS = 100;

type Open = (target: DatabaseTarget, how?: Pick<OpenOptions, 'readOnly' | 'create'>) => Promise<Database>;

/**
 * Creates what the checks share, and closes its connections after use. Unlike for a run, one that cannot be opened does
 * not stop those who do not need it.
 *
 * @param deadline by `performance.now()`
 */
export async function withCheckContext(
  options: Options,
  terminal: Terminal,
  deadline: number,
  use: (context: CheckContext) => Promise<void>,
): Promise<void> {
  const opening: Promise<Database>[] = [];
  const open: Open = (target, how = { readOnly: true, create: false }) => {
    const connection = connect(target, {
      ...how,
      statementSeconds: options.timeoutSeconds,
      tables: tableNames(options),
    });
    opening.push(connection);
    return connection;
  };
  try {
    await use(createContext(options, terminal, deadline, open));
  } finally {
    const closing = opening.map((connection) => connection.then((database) => database.close()));
    // A server that does not answer would hold up what was found.
    await Promise.race([Promise.allSettled(closing), sleep(LONGEST_CLOSE_MS, undefined, { ref: false })]);
  }
}

function createContext(options: Options, terminal: Terminal, deadline: number, open: Open): CheckContext {
  const source = once(() => openSource(options, open));
  const now = once(() => readClock(options, source));
  const asOf = async () => options.asOf ?? now();
  const showProgress = progressOn(terminal);
  const scan = once(async () => {
    const { database } = await source();
    const found = new WindowScan(options.policies);
    const to = await asOf();
    const query = namedEventsQuery(database, { ...options, from: to - options.windowSeconds, to });
    const describe = () => `reading events: ${found.matched.toLocaleString('en-US')}`;
    await showProgress(describe, () => database.stream(query, found.add));
    return found;
  });
  const state = once(() => openState(options, source, open));
  const ipDatabases = once(() => ipDatabasesOf(options));
  const remainingSeconds = () => (deadline - performance.now()) / 1000;
  return { options, source, state, now, asOf, ipDatabases, scan, remainingSeconds };
}

async function openSource({ database: target, eventsSchema }: Options, open: Open): Promise<EventsAccess> {
  if (target === null) {
    const demo = await open(IN_MEMORY, { readOnly: false, create: true });
    await fillDemo(demo);
    return { database: demo, inspector: await demo.inspect(), schema: null };
  }
  const database = await open(target);
  const schema = eventsSchema ?? findEventsSchema(database, EVENTS_TABLE);
  return { database: inSchema(database, schema), inspector: await database.inspect(), schema };
}

async function openState(
  { database: events, state }: Options,
  source: () => Promise<EventsAccess>,
  open: Open,
): Promise<StateAccess | null> {
  const target = state ?? events;
  if (target === null) return source();
  try {
    const database = await open(target);
    return { database, inspector: await database.inspect() };
  } catch (error) {
    // A run creates the file of --state, but never that of the events.
    const isMissing = error instanceof DatabaseError && error.fault === 'missing';
    if (isMissing && state?.kind === 'sqlite') return null;
    throw error;
  }
}

async function readClock({ database }: Options, source: () => Promise<EventsAccess>): Promise<number> {
  if (database === null) return DEMO_AS_OF;
  const here = () => Math.floor(Date.now() / 1000);
  return source().then(({ database }) => database.now(), here);
}

/** Computes a value when it is first asked for. */
function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
