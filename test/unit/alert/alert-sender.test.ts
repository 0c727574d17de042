import { expect, onTestFinished, test } from 'vitest';
import { alertSender } from '../../../src/alert/alert-sender.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import type { SyslogTarget } from '../../../src/options/syslog-target.ts';
import type { DueAlert } from '../../../src/state/due-alert.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';
import { startReceiver } from '../../support/receivers/receiver.ts';

const { alert: _, ...LEAK_OF_NOW } = LEAK;
const IDS = { alertId: '0123456789abcdef', groupKey: 'g', episodeId: 'e', failures: 0 };
const ALERT = dueAlertOf(LEAK_OF_NOW, IDS);

interface Sending {
  /** When the window of the run that sends it ends. */
  readonly asOf?: number;
  readonly alert?: DueAlert;
  /** Of the receiver's URL. */
  readonly query?: string;
}

/** The record that a run with these options sends. */
async function recordOf(flags: RawFlags, { asOf, alert = ALERT, query = '' }: Sending = {}): Promise<string> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  const options = readOptions({ database: 'sqlite:events.db', syslog: receiver.patientUrl + query, ...flags }, {});
  const sender = await alertSender(options, options.syslog as SyslogTarget, asOf ?? alert.leak.asOf);
  await sender.send(alert, 60);
  sender.close();
  return (await receiver.waitForRecords(1))[0] as string;
}

const RFC3164 = String.raw`<174>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [!-~]+ `;
const RFC5424 = String.raw`<174>1 \d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) [!-~]+ DATAEXFIL [!-~]+ [!-~]+ - \ufeff?`;

test.each([
  ['rfc3164', 'text', String.raw`${RFC3164}DATAEXFIL\[\d+\]: Data Leak: Source IP: 10\.1\.1\.5; `],
  ['rfc3164', 'json', String.raw`${RFC3164}DATAEXFIL\[\d+\]: \{"source":"10\.1\.1\.5",`],
  // CEF follows the host name directly.
  ['rfc3164', 'cef', String.raw`${RFC3164}CEF:0\|`],
  ['rfc5424', 'text', `${RFC5424}Data Leak: `],
  ['rfc5424', 'json', `${RFC5424}\\{`],
  ['rfc5424', 'cef', String.raw`${RFC5424}CEF:0\|`],
])('in %s an alert as %s follows its header', async (syslogFormat, alertFormat, form) => {
  const record = await recordOf({ syslogFormat, alertFormat });
  expect(record).toMatch(new RegExp(`^${form}`));
  expect(record).toContain(ALERT.alertId);
});

test('an alert of another look says when its window ended, one of now does not', async () => {
  expect(await recordOf({})).toContain('; Window: 24h; ');
  expect(await recordOf({}, { asOf: ALERT.leak.asOf + 1 })).toContain('; Window: 24h to 2025-11-24T02:06:40Z; ');
  expect(await recordOf({}, { asOf: ALERT.leak.asOf - 1 })).toContain('; Window: 24h to 2025-11-24T02:06:40Z; ');
});

test('the options say which rule, window, facility, severity and tag a record has', async () => {
  const flags = { rule: 'night shift', window: '90m', facility: 'user', severity: 'err', tag: 'LEAKS' };
  expect(await recordOf(flags)).toMatch(/^<11>.* LEAKS\[\d+\]: .*; Window: 90m; Rule: night shift; /);
});

test('an alert has as many names as fit into a record of its size', async () => {
  const fqdns = Array.from({ length: 100 }, (_, index) => `${index}.${'x'.repeat(50)}.example`);
  const alert = dueAlertOf({ ...LEAK_OF_NOW, fqdns }, IDS);
  for (const maxBytes of [1000, 3000]) {
    const record = await recordOf({}, { alert, query: `&max=${maxBytes}` });
    expect(Buffer.byteLength(record)).toBeLessThanOrEqual(maxBytes);
    expect(Buffer.byteLength(record)).toBeGreaterThan(maxBytes - 80);
  }
});
