import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../src/options/options.ts';
import { asNobody, NOBODY } from '../../support/as-nobody.ts';
import { runInEmptyFolder } from '../../support/run-in-empty-folder.ts';

runInEmptyFolder();

const database = 'sqlite:events.db';
const FILE = 'settings';

/** Writes the file with exactly this mode, whatever the umask. */
function write(text: string, mode = '600', name = FILE): void {
  writeFileSync(name, text);
  chmodSync(name, mode);
}

/** Gives the file to an unprivileged user, if the tests run as root. */
function giveAway(name = FILE): void {
  for (const path of process.getuid?.() === 0 ? [process.cwd(), name] : []) chownSync(path, NOBODY, NOBODY);
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

  test.each(['600', '400', '700'])('is accepted with mode %s', (mode) => {
    write('LEAKTALLY_RULE=mine', mode);
    expect(readOptions({ database, envFile: FILE }, {}).rule).toBe('mine');
    giveAway();
    expect(asNobody(() => readOptions({ database, envFile: FILE }, {})).rule).toBe('mine');
  });

  test.each(['644', '640', '604', '666'])('is refused with mode %s: other users can read it', (mode) => {
    write('LEAKTALLY_DATABASE_PASSWORD=s3cret\nLEAKTALLY_RULE=mine', mode);
    const refused = () => readOptions({ database, envFile: FILE }, {});
    expect(refused).toThrow(/settings can be read by other users.*chmod 600 settings/);
    expect(refused).not.toThrow(/s3cret/);
    giveAway();
    expect(() => asNobody(refused)).toThrow(/settings can be read by other users.*chmod 600 settings/);
    expect(() => asNobody(refused)).not.toThrow(/s3cret/);
  });

  // Root may read a file of any mode.
  test.each(['000', '200'])('that may not be read, with mode %s, is a fault that names it', (mode) => {
    write('LEAKTALLY_RULE=mine', mode);
    giveAway();
    expect(() => asNobody(() => readOptions({ database, envFile: FILE }, {}))).toThrow(
      /^env file settings cannot be read \(EACCES\): check the path and its permissions$/,
    );
  });

  test('that is missing is a fault', () => {
    expect(() => readOptions({ database, envFile: 'nowhere' }, {})).toThrow(/nowhere/);
  });

  test('a fault in a value names the variable and the file', () => {
    write('LEAKTALLY_WINDOW=soon');
    expect(() => readOptions({ database, envFile: FILE }, {})).toThrow(/LEAKTALLY_WINDOW.*settings/);
  });

  test('an unknown variable is a fault, another program’s is not', () => {
    write('LEAKTALLY_WINDOWS=1h\nOTHER=1\n');
    expect(() => readOptions({ database, envFile: FILE }, {})).toThrow(/^LEAKTALLY_WINDOWS [^\n]*settings[^\n]*$/);
  });
});

describe('.env', () => {
  test('is read when it is there', () => {
    write('LEAKTALLY_RULE=mine', '600', '.env');
    expect(readOptions({ database }, {}).rule).toBe('mine');
  });

  test('may be missing', () => {
    expect(readOptions({ database }, {}).rule).toBe('data-leak');
  });

  test('is refused when other users can read it', () => {
    write('LEAKTALLY_RULE=mine', '644', '.env');
    expect(() => readOptions({ database }, {})).toThrow(/chmod 600 \.env/);
  });

  test('is not read when --env-file names another', () => {
    write('LEAKTALLY_RULE=default', '644', '.env');
    write('LEAKTALLY_RULE=named');
    expect(readOptions({ database, envFile: FILE }, {}).rule).toBe('named');
  });
});
