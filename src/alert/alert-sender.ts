import type { Options } from '../options/options.ts';
import type { SyslogTarget } from '../options/syslog-target.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { SyslogSender } from './syslog-sender.ts';

/** Sends due alerts to the receiver. */
export interface AlertSender {
  /** Resolves once the alert is acknowledged, else rejects with SyslogError. */
  send(alert: DueAlert, limitSeconds: number): Promise<void>;
  close(): void;
}

/**
 * Creates the sender of alerts, formatted as the options say.
 *
 * @param asOf Unix seconds at which the run's window ends; an alert from another window names that window
 */
export async function alertSender(options: Options, target: SyslogTarget, asOf: number): Promise<AlertSender> {
  const { send, close, maxMessageBytes } = await openSender(options, target);
  return {
    send: async ({ alertId, leak }, limitSeconds) => {
      const { alertMessage } = await import('./alert-message.ts');
      const context = { ...options, alertId, isLate: leak.asOf !== asOf, maxBytes: maxMessageBytes };
      await send(alertMessage(options.alertFormat, leak.describe(), context), limitSeconds);
    },
    close,
  };
}

/** Creates the sender of messages, with the headers of alerts. */
export async function openSender(options: Options, target: SyslogTarget): Promise<SyslogSender> {
  const rfc3164 = options.syslogFormat === 'rfc3164';
  const { syslogSender } = await import('./syslog-sender.ts');
  // CEF takes the place of the RFC 3164 tag: some receivers (Microsoft Sentinel) do not look for it behind another one.
  const tag = rfc3164 && options.alertFormat === 'cef' ? null : options.tag;
  return syslogSender({ ...options, target, rfc3164, tag });
}
