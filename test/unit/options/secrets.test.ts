import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

runInEmptyFolder();

/** Everything that printing the error could show: message, stack, properties, cause. */
function refusal(flags: RawFlags, env: Record<string, string> = {}): string {
  try {
    readOptions(flags, env);
  } catch (error) {
    if (error instanceof UsageError) return inspect(error, { depth: null, showHidden: true });
    throw error;
  }
  return 'accepted';
}

describe('a password on the command line', () => {
  test.each(['qxzzy', 'qx#zzy', 'qx/zzy', 'qx?zzy', 'qx@zzy', 'qx:zzy', 'qx%23zzy'])(
    '%s is refused and not repeated',
    (password) => {
      for (const setting of ['database', 'state'] as const) {
        const refused = refusal({ database: 'sqlite:a', [setting]: `mysql://u:${password}@h/d` });
        expect(refused).toContain(setting === 'database' ? 'LEAKTALLY_DATABASE_PASSWORD' : 'LEAKTALLY_STATE_PASSWORD');
        expect(refused).not.toMatch(/qx|zzy/);
      }
    },
  );

  test.each(['1#zzy', '1/zzy', '1?zzy', '1@zzy'])(
    '%s, which begins like a port, is refused and not repeated',
    (password) => {
      const refused = refusal({ database: `mysql://u:${password}@h/d` });
      expect(refused).not.toBe('accepted');
      expect(refused).not.toContain('zzy');
    },
  );

  test('as a parameter is refused and not repeated', () => {
    const refused = refusal({ database: 'mysql://u@h/d?password=qxzzy' });
    expect(refused).not.toBe('accepted');
    expect(refused).not.toContain('qxzzy');
  });

  test('an empty one does not count', () => {
    expect(readOptions({ database: 'mysql://u:@h/d' }, {}).database).toMatchObject({ user: 'u', password: '' });
  });
});

describe('a password in the environment', () => {
  const url = 'mysql://u@h/d';

  test('may be part of the URL, percent-encoded', () => {
    const env = { LEAKTALLY_DATABASE_URL: 'mysql://u:p%23%2F%3F%40%25@h/d' };
    expect(readOptions({}, env).database).toMatchObject({ password: 'p#/?@%' });
  });

  test('in its own variable is taken literally, and beats the one in the URL', () => {
    const password = ' #/?@%41\'" ';
    const env = { LEAKTALLY_DATABASE_URL: 'mysql://u:other@h/d', LEAKTALLY_DATABASE_PASSWORD: password };
    expect(readOptions({}, env).database).toMatchObject({ password });
    const state = { LEAKTALLY_STATE_URL: url, LEAKTALLY_STATE_PASSWORD: password };
    expect(readOptions({ database: url }, state)).toMatchObject({ database: { password: '' }, state: { password } });
  });

  test('goes with a URL on the command line', () => {
    const env = { LEAKTALLY_DATABASE_PASSWORD: 'p' };
    expect(readOptions({ database: url }, env).database).toMatchObject({ password: 'p' });
  });

  test('is not repeated when the variable is misspelt or another option is wrong', () => {
    const env = { LEAKTALLY_DATABASE_PASSWORT: 'qxzzy', LEAKTALLY_DATABASE_PASSWORD: 'qxzzy' };
    const refused = refusal({ database: url, window: 'x' }, env);
    expect(refused).toContain('LEAKTALLY_DATABASE_PASSWORT');
    expect(refused).not.toContain('qxzzy');
  });

  test('raw in the URL is understood as a whole or refused, and never repeated', () => {
    const part = fc.string({
      unit: fc.constantFrom('#', '/', '?', '@', ':', '%', '&', '=', ';', '\\', '[', ']', '1', 'a'),
    });
    fc.assert(
      fc.property(part, part, (start, end) => {
        const password = `${start}qxzzy${end}`;
        const env = { LEAKTALLY_DATABASE_URL: `mysql://u:${password}@host/d` };
        const refused = refusal({}, env);
        expect(refused).not.toContain('qxzzy');
        if (refused !== 'accepted') return;
        const { database } = readOptions({}, env);
        expect(database).toMatchObject({ user: 'u', host: 'host', database: 'd' });
      }),
      { numRuns: 5000 },
    );
  });

  test('raw in the URL of the state database is not repeated either', () => {
    const env = { LEAKTALLY_STATE_URL: 'mysql://u:qx#zzy@h/d' };
    expect(refusal({ database: url }, env)).toMatch(/LEAKTALLY_STATE_URL/);
    expect(refusal({ database: url }, env)).not.toMatch(/qx|zzy/);
  });
});
