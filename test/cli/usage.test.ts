import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { expectNoSecret } from '../support/command/expectations.ts';
import { type CommandResult, LAUNCHER, leaktally, NODE } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';

const DATABASE = ['--database', 'mysql://reader@127.0.0.1:9/plixer'];

/** Wrong usage: one line per fault and nothing else. */
function expectFaults({ code, stdout, stderr }: CommandResult, ...faults: RegExp[]): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(faults.length);
  for (const line of lines) expect(line).toMatch(/^leaktally: \S/);
  for (const fault of faults) expect(stderr).toMatch(fault);
}

test('options that answer different questions are refused together', async () => {
  const both = ['--explain', '10.1.1.5', '--what-if', '1GB', '--html', 'page.html', '--resend'];
  expectFaults(await leaktally([...DATABASE, ...both]), /--explain and --what-if/, /--html/, /--resend/);
});

test('every bad option is listed at once', async () => {
  const bad = {
    '--state-table': 'a.b.c; drop',
    '--policy': '',
    '--window': 'soon',
    '--threshold': '100 bananas',
    '--group-by': 'colour',
    '--include-source': '10.0.0.0/33',
    '--exclude-source': '10.1.1.1/8',
    '--exclude-destination': 'example.com',
    '--exclude-domain': '10.1.1.1',
    '--exclude-as': 'AS0',
    '--watch': '100',
    '--what-if': '1GB,,2GB',
    '--rule': 'a; b',
    '--realert-growth': '0.5',
    '--realert-after': '-1h',
    '--syslog': 'http://127.0.0.1',
    '--syslog-format': 'rfc1',
    '--alert-format': 'xml',
    '--facility': 'local8',
    '--severity': 'bad',
    '--tag': 'two words',
    '--as-of': 'yesterday',
    '--format': 'yaml',
    '--exit-code': '256',
    '--timeout': '0s',
  };
  const flags = Object.entries(bad).map(([flag, value]) => `${flag}=${value}`);
  const result = await leaktally([...DATABASE, '--ip-database', 'asn.mmdb', ...flags]);
  expectFaults(result, ...Object.keys(bad).map((flag) => new RegExp(`^leaktally: ${flag}\\b`, 'm')));
});

test('a blank is not a policy: nearly every message contains one', async () => {
  expectFaults(await leaktally([...DATABASE, '--policy', ' ']), /--policy/);
});

test.each([
  ['without quotes', ['Exceeded', '5', 'MB', 'in', '5']],
  ['in single quotes in cmd.exe', ["'Exceeded", '5', 'MB', 'in', "5'"]],
])('a name of a policy %s is refused, and the error says how to quote it', async (_, words) => {
  const says = /^leaktally: unexpected argument "5": .*--policy "Exceeded 5 MB in 5".*cmd\.exe/;
  expectFaults(await leaktally([...DATABASE, '--policy', ...words]), says);
});

test.each([
  [['mysql://reader:hush-hush@host/plixer'], /unexpected argument mysql:\/\/\.\.\.: .*--database <url>/],
  [['reader:hush-hush@host/plixer'], /unexpected argument \(not shown/],
  [['--pasword', 'hush-hush'], /unknown option --pasword: see leaktally -h/],
  [['-phush-hush'], /unknown option -p: /],
  [['--threshhold=hush-hush'], /unknown option --threshhold: see leaktally -h/],
  // No shell of a user who types this takes it for a switch that is off.
  [['--dry-run=hush-hush'], /--dry-run is a switch and takes no value/],
  [['-dry-run'], /unknown option -dry-run: write --dry-run/],
  [['-help'], /unknown option -help: write --help/],
  [['-hV'], /-h stands alone: leave out what follows it/],
  [['--dry'], /unknown option --dry: did you mean --dry-run\?/],
  [['--no'], /unknown option --no: did you mean --no-syslog or --no-catch-up\?/],
  [['--thresh=hush-hush'], /unknown option --thresh: did you mean --threshold\?/],
  // What a word processor or a web page makes of two hyphens.
  [['–dry-run'], /unexpected argument "–dry-run": .*type --dry-run/],
  [['demo'], /unexpected argument "demo": did you mean --demo\?/],
  [['help'], /unexpected argument "help": see leaktally -h/],
  [['/?'], /unexpected argument "\/\?": see leaktally -h/],
  [['--threshold', '100', 'MB'], /unexpected argument "MB": .*double quotes/],
  [['--syslog', 'off'], /--syslog is not a syslog receiver; use udp:.*, or none$/m],
  [['--window'], /--window needs a value: --window <duration>/],
  // Otherwise this would look for a policy of that name, and alert.
  [['--policy', '--dry-run'], /--policy needs a value, but --dry-run follows it/],
  [['--exclude-source', '10.1.1.5', '--policy', '--quiet'], /--policy needs a value, but --quiet follows it/],
])('%j is refused, and the error says what to type and shows no secret', async (args, says) => {
  const result = await leaktally([...DATABASE, ...args]);
  expectFaults(result, says);
  expectNoSecret(result, 'hush-hush');
});

test('bad variables are listed by name, including those in the env file', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, '.env'), "LEAKTALLY_WINDOW='soon'\nLEAKTALLY_FACILITY=local8\n", { mode: 0o600 });
  const env = { LEAKTALLY_FACILITY: 'user', LEAKTALLY_THRESHOLD: '-1', LEAKTALLY_THRESHHOLD: '1' };
  expectFaults(
    await leaktally(DATABASE, { env, cwd: folder }),
    /LEAKTALLY_WINDOW in \.env/,
    /LEAKTALLY_THRESHOLD\b/,
    /LEAKTALLY_THRESHHOLD\b/,
  );
});

test('an env file that others can read is refused', async () => {
  const folder = emptyFolder();
  const file = join(folder, 'settings.env');
  writeFileSync(file, 'LEAKTALLY_DATABASE_PASSWORD=hush-hush\n');
  chmodSync(file, 0o644);
  const result = await leaktally([...DATABASE, '--env-file', file]);
  expectFaults(result, /settings\.env.*chmod 600/);
  expectNoSecret(result, 'hush-hush');
});

test('a missing env file is a usage error, reported by leaktally and not by Node', () => {
  // Started by the launcher's first line, as an installed command is: Node has an option --env-file of its own.
  const [interpreter = '', ...words] = /^#!(.*)/.exec(readFileSync(LAUNCHER, 'utf8'))?.[1]?.split(' ') ?? [];
  const args = [...words, LAUNCHER, ...DATABASE, '--env-file', join(emptyFolder(), 'none')];
  const env = { PATH: dirname(NODE) };
  const { status, stdout, stderr } = spawnSync(interpreter, args, { env, cwd: emptyFolder(), encoding: 'utf8' });
  expectFaults({ code: status, signal: null, stdout, stderr }, /env file .*none/);
});

test.each([
  'mysql://reader:hush-hush@127.0.0.1/plixer',
  'mysql://reader:hush-hush/#?@127.0.0.1/plixer',
  'postgres://reader:hush-hush@127.0.0.1/plixer',
])('a password on the command line is refused and not repeated (%s)', async (url) => {
  for (const flag of ['--database', '--state']) {
    const rest = flag === '--state' ? DATABASE : [];
    const result = await leaktally([...rest, flag, url]);
    expectFaults(result, /password/i);
    expectNoSecret(result, 'hush-hush');
  }
});

test('raw special characters in a password of the environment do not show it', async () => {
  for (const scheme of ['mysql', 'postgres']) {
    const env = { LEAKTALLY_DATABASE_URL: `${scheme}://reader:hush#hush/hush?hush@127.0.0.1:3306/plixer` };
    const result = await leaktally([], { env });
    expectFaults(result, /LEAKTALLY_DATABASE_URL/);
    expectNoSecret(result, 'hush');
  }
});

test.each([
  [['--no-such-option'], /--no-such-option/],
  [['leaks.csv'], /unexpected argument "leaks\.csv"/],
])('%s is refused', async (args, fault) => {
  expectFaults(await leaktally([...DATABASE, ...args]), fault);
});

test('--explain takes values of the group-by fields only', async () => {
  expectFaults(await leaktally([...DATABASE, '--explain', 'the mail server']), /--explain: .*such as 10\.1\.1\.5,/);
  const args = [...DATABASE, '--group-by', 'destination', '--explain', '10.1.1.5,203.0.113.9'];
  expectFaults(await leaktally(args), /--explain: .*is not destination as in --group-by, such as 203\.0\.113\.9 /);
});

test('without a database the error says how to name one', async () => {
  expectFaults(await leaktally([]), /--database.*LEAKTALLY_DATABASE_URL/);
});

test.each([
  ['-h', 3],
  ['--help', 5],
])('%s fits a terminal of 80 columns, and its examples are valid', async (flag, count) => {
  const { stdout } = await leaktally([flag]);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  const examples = Array.from(stdout.matchAll(/^ {2}\$ leaktally (.*?)(?: >.*)?$/gm), ([, args = '']) =>
    args.split(' '),
  );
  expect(examples).toHaveLength(count);
  const env = { LEAKTALLY_DATABASE_URL: 'sqlite:none.db' };
  for (const args of examples) {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'env'), '', { mode: 0o600 });
    const here = args.map((arg) => arg.replace('/etc/leaktally/env', 'env'));
    // The only fault is the one added here.
    expectFaults(await leaktally([...here, '--exit-code', 'x'], { env, cwd }), /--exit-code/);
  }
});
