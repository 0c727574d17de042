import { readGrants } from '../../state/tables.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { failure } from '../failure.ts';
import { eventsTable } from '../words.ts';
import { eventsConnection } from './connection.ts';

/** Types that a column may have, and what another one means. Only the events show what is really in it. */
interface Expectation {
  readonly types: RegExp;
  readonly otherwise: string;
}

const TIME: Expectation = {
  types: /^(tiny|small|medium|big)?int|^(decimal|numeric|double|float|real)/,
  otherwise: 'times are compared as numbers: Unix seconds',
};
const TEXT: Expectation = { types: /char|text|^json$|^enum$/, otherwise: 'it is searched as text' };
const ADDRESS: Expectation = {
  types: /^(var)?binary|blob$|^bytea$/,
  otherwise: 'addresses are read as 4 or 16 bytes (inet_a2b), anything else is unknown',
};

const TABLES = {
  alm_bulletin_board_data: {
    epoch: TIME,
    violator_address: ADDRESS,
    destination_address: ADDRESS,
    message: TEXT,
  },
  domain_index: { requester_id: ADDRESS, resolved_to_id: ADDRESS, fqdn: TEXT, last_seen: TIME },
} as const satisfies Record<string, Record<string, Expectation>>;

export const eventsColumns: Check = {
  name: 'events.columns',
  title: 'Table of events',
  lane: 'events',
  needs: [eventsConnection],
  run: (context) => checkTable(context, 'alm_bulletin_board_data'),
};

export const namesColumns: Check = {
  name: 'names.columns',
  title: 'Table of names',
  lane: 'events',
  needs: [eventsConnection],
  run: (context) => checkTable(context, 'domain_index'),
};

async function checkTable(context: CheckContext, table: keyof typeof TABLES): Promise<Finding> {
  const { options } = context;
  const { database, inspector, schema } = await context.source();
  const columns = Object.keys(TABLES[table]) as never[];
  try {
    await database.kysely.selectFrom(table).select(columns).limit(0).execute();
  } catch (error) {
    const explained = database.explain(error);
    if (explained.fault !== 'denied') throw explained;
    const grants = readGrants(database.sql, schema).map((grant) => `${grant};`);
    return fail(failure(explained).detail, 'ask a database administrator to run:', grants);
  }
  const found = new Map((await inspector.columns({ schema, name: table })).map(({ name, type }) => [name, type]));
  const detail = `${await eventsTable(table, context)}: ${columns.map((name) => `${name} ${found.get(name) ?? ''}`.trim()).join(', ')}`;
  // In SQLite a column's type says nothing of its values, which other checks look at.
  const isTyped = options.database !== null && options.database.kind !== 'sqlite';
  return isTyped ? judgeTypes(table, detail, found) : ok(detail);
}

function judgeTypes(table: keyof typeof TABLES, detail: string, found: ReadonlyMap<string, string>): Finding {
  const advice = Object.entries<Expectation>(TABLES[table]).flatMap(([name, { types, otherwise }]) => {
    const type = found.get(name);
    return type === undefined || types.test(type) ? [] : [`${name} is ${type}, but ${otherwise}`];
  });
  return advice.length === 0 ? ok(detail) : warn(detail, advice);
}
