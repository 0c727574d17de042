import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { DEMO_MMDB } from '../support/builders/demo-ip-records.ts';
import { AS_OF, insertEvents, insertName } from '../support/builders/events.ts';
import { LAUNCHER, NODE, runOn } from '../support/command/leaktally.ts';
import { codeOf, commandLines, README } from '../support/command/readme.ts';
import { test as base, started } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { ROOT, VERSION } from '../support/project.ts';
import { type Certificate, createAuthority } from '../support/servers/certificates.ts';
import type { MariadbDatabase } from '../support/servers/mariadb.ts';
import { startRsyslog } from '../support/servers/rsyslog.ts';

/** What changes the machine, needs Windows, or is no command of leaktally. */
const NOT_RUN = [
  '@echo off',
  'cd /d C:\\leaktally',
  'icacls C:\\leaktally /inheritance:r /grant *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-19:(OI)(CI)M',
  'journalctl -u leaktally',
  'man leaktally',
  'mkdir C:\\leaktally',
  'npm ci && npm pack && sudo npm install --global ./leaktally-*.tgz',
  'npm ci && npm run demo',
  'npm ci && npm test',
  `npm install --prefix C:\\leaktally leaktally-${VERSION}.tgz`,
  'npm run bench',
  'npm run check',
  'powershell -Command "Set-ScheduledTask leaktally -Settings (New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries)"',
  'schtasks /Create /TN leaktally /SC MINUTE /MO 5 /RU "NT AUTHORITY\\LOCALSERVICE" /TR C:\\leaktally\\run.cmd',
  'sudo install -D -o root -g leaktally -m 0640 .env.example /etc/leaktally/env    # then fill it in',
  'sudo systemctl enable --now leaktally.timer',
  'sudo useradd --system --home-dir /var/lib/leaktally --shell /usr/sbin/nologin leaktally',
];

/** What stands before a command that is run without it: another user, and Node.js on Windows. */
const PREFIX = /^sudo -u leaktally |^"C:\\Program Files\\nodejs\\node\.exe" -- node_modules\\leaktally\\bin\\/;

const COMMANDS = commandLines().filter((line) => !NOT_RUN.includes(line));

const authority = createAuthority('README');

/** Events of now and of the README's day in the past, a receiver of each kind, and a folder with the README's files. */
const test = base
  .extend('tlsRsyslog', { scope: 'file' }, started(startRsyslog, tlsFiles(authority.issue('localhost'))))
  .extend('place', { scope: 'file' }, async ({ sharedDatabase, rsyslog, tlsRsyslog }) => {
    await insertSampleDay(sharedDatabase, await sharedDatabase.now());
    await insertSampleDay(sharedDatabase, AS_OF - 400);
    const folder = folderOfReadme();
    // Only these are not as they stand: where the database and the receivers are, and where the folders begin.
    const asHere = (line: string) =>
      line
        .replace(PREFIX, '')
        .replace(/^leaktally\.js/, 'leaktally')
        .replace('udp://siem.example.net:514', rsyslog.udpUrl)
        .replace('tcp://siem.example.net:514', rsyslog.tcpUrl)
        .replace('tls://siem.example.net:6514', `tls://localhost:${tlsRsyslog.port}`)
        .replace(/\/(?=(etc|usr\/share|var\/lib)\/)/g, `${folder}/`);
    const env = {
      ...sharedDatabase.env,
      HOME: folder,
      LEAKTALLY_DATABASE_URL: sharedDatabase.url,
      LEAKTALLY_SYSLOG: rsyslog.tcpUrl,
      PATH: `${folder}/bin:/usr/bin:/bin`,
    };
    return { folder, asHere, env };
  });

function tlsFiles({ cert, key }: Certificate) {
  return { ca: authority.cert, cert, key };
}

/** The leak of the README's records, which ended a minute before. */
async function insertSampleDay(database: MariadbDatabase, now: number): Promise<void> {
  const bytes = Array.from({ length: 12 }, (_, index) => (index === 11 ? 14_283_337 : 14_283_333));
  await insertEvents(
    database,
    bytes.map((each, index) => ({ epoch: now - 60 - 300 * (11 - index), bytes: each })),
  );
  for (const [index, name] of ['upload.files.example.net', 'cdn7.files.example.net'].entries()) {
    await insertName(database, '10.1.1.5', '203.0.113.9', name, now - 3600 - index);
  }
}

function folderOfReadme(): string {
  const folder = emptyFolder();
  const file = (path: string, content: string | Buffer, mode = 0o600) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode });
  };
  file('bin/leaktally', `#!/bin/sh\nexec '${NODE}' -- '${LAUNCHER}' "$@"\n`);
  chmodSync(join(folder, 'bin/leaktally'), 0o700);
  copyFileSync(`${ROOT}.env.example`, join(folder, '.env.example'));
  for (const path of ['etc/leaktally/env', 'env']) file(path, '# As .env.example, with all that is not the default\n');
  file('etc/leaktally/exceptions.txt', codeOf(/^```\n(192\.0\.2\.0\/24 [\s\S]*?)^```$/m));
  copyInto(folder, 'etc/ssl/siem-ca.pem', authority.cert);
  for (const name of ['ASN', 'Country']) file(`usr/share/GeoIP/GeoLite2-${name}.mmdb`, DEMO_MMDB);
  mkdirSync(join(folder, 'var/lib/prometheus/node-exporter'), { recursive: true });
  return folder;
}

function copyInto(folder: string, path: string, source: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  copyFileSync(source, join(folder, path));
}

/** The shell that a command is for, and what comes before it there. */
function shellOf(line: string): [program: string, ...args: string[]] {
  if (line.includes('--completion zsh')) return ['zsh', '-f', '-c', `autoload -U compinit; compinit -D -u; ${line}`];
  if (line.includes('--completion fish')) return ['fish', '-c', line];
  return ['bash', '-e', '-o', 'pipefail', '-c', line];
}

test('what is not run is in the README', () => {
  const lines = commandLines();
  expect(NOT_RUN.filter((line) => !lines.includes(line))).toEqual([]);
});

test('leaktally stands with an option nowhere else in the README', () => {
  const byLength = commandLines().sort((a, b) => b.length - a.length);
  const rest = byLength.reduce((text, line) => text.replaceAll(line, ''), README);
  expect(rest.match(/.*\bleaktally(\.js)? +-.*/g)).toBeNull();
});

test.for(COMMANDS)('%s', (line, { place: { folder, asHere, env } }) => {
  const [program, ...args] = shellOf(asHere(line));
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
});

test("the README's records are what a receiver gets", async ({ database, receiver }) => {
  await insertSampleDay(database, await database.now());
  for (const format of ['text', 'cef']) {
    const run = await runOn(database, ['--syslog', receiver.url, '--alert-format', format, '--rule', format]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
  }
  const shown = codeOf(/^```\n(<174>[\s\S]*?)^```$/m).replace(/\n {2}/g, ' ');
  const received = (await receiver.waitForRecords(2)).map((record) => record.replace(/\b(text|cef)\b/g, 'data-leak'));
  expect(received.map(withoutOccasion)).toEqual(shown.trimEnd().split('\n').map(withoutOccasion));
});

/** A record without what differs from one occasion to the next: when, which host and process, which alert. */
function withoutOccasion(record: string): string {
  return record
    .replace(/^(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ /, '$1TIME HOST ')
    .replace(/\[\d+\]/, '[PID]')
    .replace(/\b(rt|start|end)=\d{13}\b/g, '$1=TIME')
    .replace(/(Alert: |externalId=)[\da-f]{16}\b/, '$1ID');
}
