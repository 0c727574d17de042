import { expect } from 'vitest';
import type { TestDatabase } from '../servers/database.ts';
import { leaktally } from './leaktally.ts';

/** The statements of a script, without its comments. */
function statementsOf(script: string): string[] {
  const statements = script.replace(/^--.*$/gm, '').split(/;\s/);
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

/** The statements that --print-schema prints with these options. */
export async function printedSchema(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await leaktally(['--print-schema', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return statementsOf(stdout);
}

/** The statements that a run without state tables asks for on stderr. */
export function requestedStatements(stderr: string): string[] {
  return statementsOf(`${/administrator to run: (.*)$/m.exec(stderr)?.[1] ?? ''}\n`);
}

export async function runStatements(database: TestDatabase, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await database.query(statement);
}
