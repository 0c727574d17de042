import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { readEnvFile } from '../../../src/options/env-file.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { asNobody, NOBODY } from '../../support/as-nobody.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

runInEmptyFolder();

const database = 'sqlite:events.db';
const FILE = 'settings';
// The tests run as root, who alone can give files away.
const [ROOT, SOMEBODY] = [0, 4242];

/** Writes the file with exactly these permissions, whatever the umask. */
function write(text: string | Buffer, mode = 0o600, name = FILE): void {
  writeFileSync(name, text);
  chmodSync(name, mode);
}

function faultsOf(flags: RawFlags, env: Record<string, string> = {}): readonly string[] {
  try {
    readOptions(flags, env);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

describe('--env-file', () => {
  test('is read, quotes and comments included', () => {
    write(
      "# ours\nLEAKTALLY_RULE='night shift' # why not\nLEAKTALLY_DATABASE_PASSWORD='a#b'\n\nLEAKTALLY_THRESHOLD=1GB\n",
    );
    expect(readOptions({ database: 'mysql://u@h/d', envFile: FILE }, {})).toMatchObject({
      rule: 'night shift',
      thresholdBytes: 1e9,
      database: { password: 'a#b' },
    });
  });

  test('may hold a URL with a password in it', () => {
    write('LEAKTALLY_DATABASE_URL=mysql://u:s3cret@h/d\nLEAKTALLY_STATE_URL=postgres://u:other@h/d\n');
    expect(readOptions({ envFile: FILE }, {})).toMatchObject({
      database: { password: 's3cret' },
      state: { password: 'other' },
    });
  });

  test('that is missing is a fault', () => {
    expect(() => readOptions({ database, envFile: 'nowhere' }, {})).toThrow(/nowhere/);
  });

  test('a bad value names the variable and the file', () => {
    write('LEAKTALLY_WINDOW=soon');
    expect(() => readOptions({ database, envFile: FILE }, {})).toThrow(/LEAKTALLY_WINDOW.*settings/);
  });

  test('an unknown variable is a fault, one of another program is not', () => {
    write('LEAKTALLY_WINDOWS=1h\nOTHER=1\n');
    expect(() => readOptions({ database, envFile: FILE }, {})).toThrow(/^LEAKTALLY_WINDOWS [^\n]*settings[^\n]*$/);
  });

  test('a variable in lower case is a fault that says how to write it', () => {
    write('leaktally_threshold=1GB\n');
    expect(faultsOf({ database, envFile: FILE })).toEqual([expect.stringMatching(/write it as LEAKTALLY_THRESHOLD$/)]);
    expect(faultsOf({ database }, { Leaktally_Threshold: '1GB' })).toHaveLength(1);
  });

  test('each line that is not understood is a fault with its number, before "no database"', () => {
    write('set LEAKTALLY_DATABASE_URL=sqlite:a\nLEAKTALLY_RULE=mine\n[more]\n');
    expect(faultsOf({ envFile: FILE })).toEqual([
      expect.stringMatching(/^settings, line 1: is not NAME=value/),
      expect.stringMatching(/^settings, line 3: is not NAME=value/),
    ]);
  });

  test.each([
    ['UTF-16', '\uFEFFLEAKTALLY_RULE=mine\n', 'utf16le'],
    ['Latin 1', 'LEAKTALLY_DATABASE_PASSWORD=schön\n', 'latin1'],
  ] as const)('in %s is a fault', (_, text, encoding) => {
    write(Buffer.from(text, encoding));
    expect(faultsOf({ database, envFile: FILE })).toEqual([
      expect.stringMatching(/^settings, line 1: .*save the file as UTF-8$/),
    ]);
  });
});

describe('an env file is used or not by its owner and mode', () => {
  test.each([
    [NOBODY, 0o600, NOBODY],
    [NOBODY, 0o400, NOBODY],
    [NOBODY, 0o700, NOBODY],
    [ROOT, 0o600, ROOT],
    [ROOT, 0o640, ROOT],
    [ROOT, 0o640, NOBODY],
  ])('that of %i with mode %o is used by %i', (owner, mode, reader) => {
    write('A=1', mode);
    chownSync(FILE, owner, NOBODY);
    // Whether the system lets the reader open it is another question.
    expect(readEnvFile(FILE, true, [reader, ROOT])).toEqual({ variables: { A: '1' }, refusal: null, faults: [] });
  });

  test.each([
    [NOBODY, 0o640, NOBODY, /^can be read by other users.*chmod 600 settings/],
    [NOBODY, 0o604, NOBODY, /^can be read by other users.*chmod 600 settings/],
    [NOBODY, 0o666, NOBODY, /^can be read by other users.*chmod 600 settings/],
    [NOBODY, 0o620, NOBODY, /^can be changed by other users.*chmod 600 settings/],
    [NOBODY, 0o602, NOBODY, /^can be changed by other users.*chmod 600 settings/],
    [ROOT, 0o644, ROOT, /^can be read by other users.*chmod 600 settings/],
    [ROOT, 0o644, NOBODY, /^can be read by other users.*chmod 640 settings/],
    [ROOT, 0o660, NOBODY, /^can be changed by other users.*chmod 640 settings/],
    [NOBODY, 0o600, ROOT, /^belongs to another user \(uid 65534\)/],
    [SOMEBODY, 0o600, NOBODY, /^belongs to another user \(uid 4242\)/],
  ])('that of %i with mode %o is refused for %i', (owner, mode, reader, reason) => {
    write('A=1', mode);
    chownSync(FILE, owner, NOBODY);
    const { variables, refusal } = readEnvFile(FILE, true, [reader, ROOT]);
    expect(variables).toEqual({});
    expect(refusal).toEqual({ reason: expect.stringMatching(reason), isUnreadable: false });
  });

  test('a link that another user made is refused, whatever it points to', () => {
    write('A=1', 0o600, 'target');
    symlinkSync('target', FILE);
    expect(readEnvFile(FILE, true, [ROOT]).variables).toEqual({ A: '1' });
    lchownSync(FILE, NOBODY, NOBODY);
    expect(readEnvFile(FILE, true, [ROOT]).refusal?.reason).toMatch(/uid 65534/);
  });

  test('on Windows, where files have no owner, it is used', () => {
    write('A=1', 0o666);
    expect(readEnvFile(FILE, true, []).variables).toEqual({ A: '1' });
  });

  test('under sudo the file of its caller is used too; SUDO_UID means nothing to others', () => {
    write('LEAKTALLY_RULE=mine', 0o600);
    chownSync(FILE, SOMEBODY, SOMEBODY);
    const flags = { database, envFile: FILE };
    expect(readOptions(flags, { SUDO_UID: `${SOMEBODY}` }).rule).toBe('mine');
    expect(faultsOf(flags, { SUDO_UID: `${NOBODY}` })).toEqual([expect.stringMatching(/uid 4242/)]);
    chmodSync(FILE, 0o604);
    chmodSync('.', 0o755);
    expect(asNobody(() => faultsOf(flags, { SUDO_UID: `${SOMEBODY}` }))).toEqual([expect.stringMatching(/uid 4242/)]);
  });

  test('one that may not be read says that alone', () => {
    write('LEAKTALLY_DATABASE_URL=sqlite:a');
    chmodSync('.', 0o755);
    expect(asNobody(() => faultsOf({ envFile: FILE }))).toEqual([
      'env file settings cannot be read (permission denied); check the path and its permissions',
    ]);
  });

  test('a folder or a pipe is refused at once', () => {
    mkdirSync('folder');
    execFileSync('mkfifo', ['pipe']);
    for (const name of ['folder', 'pipe']) {
      expect(faultsOf({ envFile: name })).toEqual([expect.stringMatching(`${name} cannot be read \\(not a regular`)]);
    }
  });
});

describe('.env', () => {
  test('is read when it is there', () => {
    write('LEAKTALLY_RULE=mine', 0o600, '.env');
    expect(readOptions({ database }, {}).rule).toBe('mine');
  });

  test('may be missing', () => {
    expect(readOptions({ database }, {}).rule).toBe('data-leak');
  });

  test('is not read when --env-file names another', () => {
    write('LEAKTALLY_RULE=default', 0o644, '.env');
    write('LEAKTALLY_RULE=named');
    expect(readOptions({ database, envFile: FILE }, {})).toMatchObject({ rule: 'named', notices: [] });
  });

  test('is passed over with one line when others can read it', () => {
    write('LEAKTALLY_RULE=mine', 0o644, '.env');
    expect(readOptions({ database }, {})).toMatchObject({
      rule: 'data-leak',
      notices: [expect.stringMatching(/^\.env is passed over, since it can be read by other users.*chmod 600 \.env$/)],
    });
  });

  test('is passed over with one line when it belongs to another user, who then cannot replace the database', () => {
    write('LEAKTALLY_DATABASE_URL=sqlite:a\n[x]\n', 0o600, '.env');
    chownSync('.env', SOMEBODY, SOMEBODY);
    expect(faultsOf({})).toEqual([
      expect.stringMatching(/^\.env is passed over, since it belongs to another user/),
      expect.stringMatching(/^no database/),
    ]);
  });

  test('is passed over with one line when it may not be read', () => {
    write('LEAKTALLY_RULE=mine', 0o600, '.env');
    chmodSync('.', 0o755);
    const notices = [expect.stringMatching(/^\.env is passed over, since it cannot be read \(permission denied\)/)];
    asNobody(() => {
      expect(readOptions({ demo: true }, {})).toMatchObject({ rule: 'data-leak', notices });
      expect(faultsOf({})).toEqual(notices);
    });
  });

  test('is passed over with one line when it is a folder or a pipe', () => {
    const passedOver = { notices: [expect.stringMatching(/^\.env is passed over, since .*not a regular file/)] };
    mkdirSync('.env');
    expect(readOptions({ demo: true }, {})).toMatchObject(passedOver);
    rmSync('.env', { recursive: true });
    execFileSync('mkfifo', ['.env']);
    expect(readOptions({ demo: true }, {})).toMatchObject(passedOver);
  });

  test('may be that of another program, with lines and permissions of its own', () => {
    write('[settings]\nKEY: value\n', 0o644, '.env');
    expect(readOptions({ database }, {})).toMatchObject({ rule: 'data-leak', notices: [] });
  });

  test.each(['utf8', 'utf16le'] as const)('with a line that is not understood is a fault (%s)', (encoding) => {
    write(Buffer.from('\uFEFFset leaktally_rule=mine\n', encoding), 0o600, '.env');
    expect(faultsOf({ database })).toEqual([expect.stringMatching(/^\.env, line 1: /)]);
  });
});

describe('where settings come from', () => {
  test('is listed by place, without values', () => {
    write("LEAKTALLY_DATABASE_PASSWORD='hunter2'\nLEAKTALLY_RULE=file\nLEAKTALLY_TAG=FILE\nLEAKTALLY_WINDOW=\n");
    const env = { LEAKTALLY_DATABASE_URL: 'mysql://u@h/d', LEAKTALLY_TAG: 'ENVIRONMENT' };
    expect(readOptions({ envFile: FILE, rule: 'flag', debug: true }, env).origins).toEqual([
      'from environment: LEAKTALLY_DATABASE_URL, LEAKTALLY_TAG',
      'from settings: LEAKTALLY_DATABASE_PASSWORD',
      'from command line: --env-file, --rule, --debug',
    ]);
  });
});
