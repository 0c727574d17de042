import { expect } from 'vitest';
import { runOnClient } from '../servers/clients.ts';
import type { TestDatabase } from '../servers/database.ts';
import { leaktally, type Target } from './leaktally.ts';

/** The two scripts that --print-schema prints with these options. */
export async function printedSchema(...args: string[]): Promise<readonly [events: string, state: string]> {
  const { code, stdout, stderr } = await leaktally(['--print-schema', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, events = '', state = ''] = /^(-- Script 1 of 2[\s\S]*?\n)\n(-- Script 2 of 2[\s\S]*)$/.exec(stdout) ?? [];
  return [events, state];
}

/** Runs both scripts of --print-schema at once as an administrator. @returns what was run */
export async function applySchema(administrator: Target, ...args: string[]): Promise<string> {
  const script = (await printedSchema(...args)).join('\n');
  await applyScript(administrator, script);
  return script;
}

/** Runs a script with the server's own client, which must not complain. */
export async function applyScript(administrator: Target, script: string): Promise<void> {
  const { code, stderr } = await runOnClient(administrator, script);
  expect({ code, stderr: stderr.replaceAll(/^(psql:.*: )?NOTICE: .* already exists, skipping\n/gm, '') }).toEqual({
    code: 0,
    stderr: '',
  });
}

/** The statements of a script that grant something. */
export function grantsIn(script: string): string[] {
  return Array.from(script.matchAll(/^grant .*(?=;$)/gm), ([grant]) => grant);
}

/** The statements that a run without state tables asks for on stderr. */
export function requestedStatements(stderr: string): string[] {
  const text = `${/administrator to run: (.*)$/m.exec(stderr)?.[1] ?? ''}\n`;
  return text.split(/;\s/).filter((statement) => statement !== '');
}

export async function runStatements(database: TestDatabase, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await database.query(statement);
}
