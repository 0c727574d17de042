import { expect, test } from 'vitest';
import { expectNoSecret } from '../support/command/expectations.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { printedSchema } from '../support/command/printed-schema.ts';

const COMMANDS: readonly (readonly [url: string, command: string])[] = [
  ['postgres://leaktally@db.example.net/plixer', 'psql -h db.example.net -p 5432 -U ADMIN -d plixer -f SCRIPT'],
  ['postgres://leaktally@h/plixer?socket=/run/pg', 'psql -h /run/pg -p 5432 -U ADMIN -d plixer -f SCRIPT'],
  ["postgres://leaktally@h:1234/it's%20mine", "psql -h h -p 1234 -U ADMIN -d 'it'\\''s mine' -f SCRIPT"],
  ['mysql://leaktally@db.example.net/plixer', 'mysql -h db.example.net -P 3306 -u ADMIN -p < SCRIPT'],
  ['mariadb://leaktally@h/plixer?socket=/run/my.sock', 'mysql -S /run/my.sock -u ADMIN -p < SCRIPT'],
];

test.for(COMMANDS)('for %s, each script says how it is run', async ([url, command]) => {
  for (const script of await printedSchema('--database', url)) expect(script).toContain(`-- How: ${command}\n`);
});

test('without a URL it asks for one', async () => {
  const { code, stdout, stderr } = await leaktally(['--print-schema']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^leaktally: no database is named; set --database [^\n]*\n$/);
});

test('for a copy in a file there is nothing to run, and it says who must be able to read and write which file', async () => {
  const scripts = await printedSchema('--database', 'sqlite:/data/copy.db', '--state', 'sqlite:/data/state.db');
  expect(scripts[0]).toMatch(/\/data\/copy\.db[\s\S]*able to read/);
  expect(scripts[1]).toMatch(/\/data\/state\.db[\s\S]*must own the file/);
  for (const line of scripts.join('').trimEnd().split('\n')) expect(line).toMatch(/^--/);
});

test('two accounts are two accounts, one is created once', async () => {
  const created = async (...urls: string[]) =>
    (await printedSchema('--database', ...urls)).map(
      (script) => (script.match(/create (user if|role %)/g) ?? []).length,
    );
  expect(await created('mysql://reader@h/plixer')).toEqual([1, 0]);
  expect(await created('mysql://reader@h/plixer', '--state', 'mysql://keeper@h/plixer')).toEqual([1, 1]);
  expect(await created('mysql://reader@h/plixer', '--state', 'mysql://reader@other/plixer')).toEqual([1, 1]);
  expect(await created('postgres://reader@h/plixer', '--state', 'postgres://reader@h/other')).toEqual([1, 0]);
});

test('the password of a run is not printed, and one for MySQL is another one each time', async () => {
  const secret = 'configured#password';
  const env = { LEAKTALLY_DATABASE_PASSWORD: secret };
  const print = () => leaktally(['--print-schema', '--database', 'mysql://leaktally@h/plixer'], { env });
  const results = [await print(), await print()];
  for (const result of results) expectNoSecret(result, secret);
  const passwords = results.map(({ stdout }) => /identified by '([\w.-]{20,})';$/m.exec(stdout)?.[1]);
  expect(new Set(passwords).size).toBe(2);
  expect(passwords).not.toContain(undefined);
});

test('a line break in a name cannot end a comment', async () => {
  for (const url of ['mysql://a%0Adrop@h/b%0Adrop', 'postgres://a%0Adrop@h/b%0Adrop']) {
    const scripts = await printedSchema('--database', url);
    const outsideQuotes = scripts
      .join('')
      .replace(/^--.*$/gm, '')
      .replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, '');
    expect(outsideQuotes).not.toContain('drop');
  }
});
