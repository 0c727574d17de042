import { type Offline, offline } from '../db/connect.ts';
import type { DatabaseTarget, ServerTarget } from '../db/target.ts';
import type { Options } from '../options/options.ts';
import { configuredSchema, readGrants, stateSetup, stateTables } from '../state/tables.ts';
import type { Terminal } from '../terminal.ts';
import { sanitize } from '../util/text.ts';

const READABLE_FILE = [
  '-- There is nothing to run: leaktally only reads the file. The user that it runs as',
  '-- must be able to read the file and its folder.',
];
const OWN_FILE = [
  '-- There is nothing to run: leaktally creates the file and its tables. The user that',
  '-- it runs as must own the file and be able to write into its folder, and no other',
  '-- user may change them. For a user named leaktally, a folder of its own:',
  '--   sudo install -d -o leaktally -g leaktally -m 0750 /var/lib/leaktally',
];

/** Prints the scripts with which an administrator creates the account of a run and gives it all that it needs. */
export async function printSchema(options: Options, terminal: Terminal): Promise<void> {
  const { database } = options;
  if (database === null) throw new Error('without a database, the options are refused');
  const events = await eventsScript(database, options);
  const state = await stateScript(options.state ?? database, database, options);
  // Names in a URL may have line breaks, which would end a comment.
  const lines = [...events, '', ...state].map((line) => (line.startsWith('--') ? sanitize(line) : line));
  await terminal.out(`${lines.join('\n')}\n`);
}

async function eventsScript(target: DatabaseTarget, { eventsSchema }: Options): Promise<string[]> {
  const title = "-- Script 1 of 2, to read Scrutinizer's events and names";
  if (target.kind === 'sqlite') return [title, `-- Where: the file ${target.file}`, ...READABLE_FILE];
  const server = await offline(target);
  return [
    title,
    ...openScript(server, false),
    ...server.setup.createAccount('LEAKTALLY_DATABASE_PASSWORD'),
    ...server.setup.connect,
    ...readGrants(server.sql, eventsSchema).map(endStatement),
  ];
}

async function stateScript(target: DatabaseTarget, events: DatabaseTarget, options: Options): Promise<string[]> {
  const title = '-- Script 2 of 2, to keep state';
  if (target.kind === 'sqlite') return [title, `-- Where: the file ${target.file}`, ...OWN_FILE];
  const server = await offline(target);
  const isSameServer = areOnOneServer(target, events);
  const isSameDatabase = isSameServer && target.database === events.database;
  const isSameAccount = isSameServer && target.user === events.user;
  const named = configuredSchema(options.stateTable);
  const isBesideEvents = isSameDatabase && options.eventsSchema === null;
  const schema = named ?? server.setup.stateSchema(isBesideEvents);
  const tables = stateTables(
    named === null && schema !== null ? `${schema}.${options.stateTable}` : options.stateTable,
  );
  const kysely = schema === null ? server.kysely.withSchema(target.database) : server.kysely;
  return [
    title,
    ...openScript(server, !isSameDatabase),
    ...(isSameAccount ? [] : server.setup.createAccount('LEAKTALLY_STATE_PASSWORD')),
    ...(isSameDatabase && isSameAccount ? [] : server.setup.connect),
    ...stateSetup({ ...server, kysely }, tables, named === null && isBesideEvents ? null : schema).map(endStatement),
    ...server.setup.close([tables.episodes, tables.runs]),
  ];
}

/** @param createsDatabase whether the database is the account's own */
function openScript({ setup }: Offline, createsDatabase: boolean): string[] {
  const { lines, command } = setup.open(createsDatabase);
  return [
    `-- Where: ${setup.place}`,
    `-- Who: an administrator who ${setup.administrator}`,
    `-- How: ${command}`,
    ...lines,
  ];
}

function areOnOneServer(one: ServerTarget, other: DatabaseTarget): other is ServerTarget {
  return one.kind === other.kind && one.host === other.host && one.port === other.port && one.socket === other.socket;
}

/** Puts each column of a table onto a line of its own. */
function endStatement(statement: string): string {
  const [, start, columns = '', end] = /^(create table .*?) \((.*)\)(.*)$/.exec(statement) ?? [];
  return start ? `${start} (\n  ${columns.replaceAll(', ', ',\n  ')}\n)${end};` : `${statement};`;
}
