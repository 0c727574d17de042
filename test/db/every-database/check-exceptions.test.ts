import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB } from '../../support/builders/events.ts';
import { CYCLIC_MMDB } from '../../support/builders/mmdb.ts';
import { mmdbFile, mmdbFileOf } from '../../support/builders/mmdb-file.ts';
import { checksOf } from '../../support/command/check-report.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { emptyFolder } from '../../support/folders.ts';

const AS_RECORD = { autonomous_system_number: 64_496, autonomous_system_organization: 'Example' };
const NOW = Math.floor(Date.now() / 1000);
const asFile = (builtAt: number) =>
  mmdbFileOf({ '203.0.113.0/24': AS_RECORD }, { databaseType: 'Test-ASN', buildEpoch: builtAt });

function exceptionsFile(...lines: readonly string[]): string {
  const file = join(emptyFolder(), 'exceptions.txt');
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return file;
}

onEveryDatabase((test) => {
  test.beforeEach(async ({ database }) => {
    await insertEvents(database, [{ epoch: AS_OF - 60, bytes: 6 * MB }]);
    await insertName(database, '10.1.1.5', '203.0.113.9', 'upload.example.net', AS_OF - 60);
  });

  const WINDOW_CHECK = ['--as-of', `${AS_OF}`];

  test('without exceptions and IP databases there is nothing to look at', async ({ database }) => {
    const points = await checksOf(database, WINDOW_CHECK);
    expect(points['settings.exceptions']).toMatchObject({ status: 'ok', detail: 'none' });
    expect(points['events.exceptions']).toMatchObject({ status: 'ok', detail: 'there are none' });
    expect(points['settings.ip-databases']).toMatchObject({ status: 'ok', detail: expect.stringContaining('none') });
    expect(points['events.ip-databases']).toMatchObject({ status: 'ok', detail: 'there are none' });
  });

  test('exceptions that each match something, by range, name and AS', async ({ database }) => {
    const file = exceptionsFile('203.0.113.9 above 1GB', 'source 10.0.0.0/8 above 1GB', 'example.net', 'as 64496');
    const args = [...WINDOW_CHECK, '--exceptions', file, '--ip-database', asFile(NOW - 3 * 86_400)];
    const points = await checksOf(database, args);
    expect(points['settings.exceptions']).toMatchObject({ status: 'ok', detail: '4 exceptions' });
    expect(points['events.exceptions']).toMatchObject({ status: 'ok', detail: 'each matches something in the window' });
    expect(points['settings.ip-databases']).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/: Test-ASN, built \d{4}-\d\d-\d\d \(3 days ago\)$/),
    });
  });

  test('those that ended and those that match nothing are named, and the age of old files', async ({ database }) => {
    const file = exceptionsFile('203.0.113.9 until 2025-11-23', 'source 10.2.0.0/16', 'example.org', 'as 64511');
    const old = asFile(NOW - 181 * 86_400);
    const points = await checksOf(database, [...WINDOW_CHECK, '--exceptions', file, '--ip-database', old]);
    expect(points['settings.exceptions']).toMatchObject({
      status: 'warn',
      detail: `1 of 4 exceptions ended:\ndestination 203.0.113.9 (${file}, line 1, until 2025-11-23)`,
    });
    expect(points['events.exceptions']).toMatchObject({
      status: 'warn',
      detail: [
        'these match nothing in the window:',
        `source 10.2.0.0/16 (${file}, line 2)`,
        `domain example.org (${file}, line 3)`,
        `as AS64511 (${file}, line 4)`,
      ].join('\n'),
    });
    expect(points['settings.ip-databases']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('(181 days ago)'),
    });
  });

  test('a damaged file fails, and hides no other point', async ({ database }) => {
    const file = mmdbFile(Buffer.from('not a database'));
    const points = await checksOf(database, [...WINDOW_CHECK, '--ip-database', file]);
    expect(points['settings.ip-databases']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`IP database ${file} `),
    });
    expect(points['events.policy']?.status).toBe('ok');
    expect(points['events.ip-databases']?.status).toBe('fail');
    expect(points['events.exceptions']?.status).toBe('ok');
  });

  test('damage that only the look-ups of a run meet fails', async ({ database }) => {
    const cyclic = ['--ip-database', mmdbFile(CYCLIC_MMDB)];
    const points = await checksOf(database, [...WINDOW_CHECK, ...cyclic]);
    expect(points['settings.ip-databases']?.status).not.toBe('fail');
    expect(points['events.ip-databases']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('is damaged'),
    });
    const excluding = await checksOf(database, [...WINDOW_CHECK, ...cyclic, '--exclude-as', '1']);
    expect(excluding['events.exceptions']?.status).toBe('fail');
  });

  test('how many destinations the files know', async ({ database }) => {
    await insertEvents(database, [
      { epoch: AS_OF - 60, destination: '198.51.100.7', bytes: 6 * MB },
      { epoch: AS_OF - 60, source: '10.1.1.6', bytes: 6 * MB },
    ]);
    const points = await checksOf(database, [...WINDOW_CHECK, '--ip-database', asFile(NOW)]);
    expect(points['events.ip-databases']).toMatchObject({
      status: 'ok',
      detail: '1 of 2 destinations (50%) have an AS, 0 a country',
    });
  });
});
