import type { Options } from '../options/options.ts';
import type { DueAlert } from '../state/due-alert.ts';

type SendDueAlert = (alert: DueAlert, limitSeconds: number) => Promise<void>;

/**
 * Creates the function that sends due alerts to the receiver, formatted as the options say.
 *
 * @param asOf Unix seconds at which the run's window ends; an alert from an earlier window names that window
 * @returns sends one alert; resolves once it is acknowledged, else rejects with SyslogError
 */
export async function alertSender(options: Options, asOf: number): Promise<SendDueAlert> {
  if (!options.syslog) return async () => undefined;
  const rfc3164 = options.syslogFormat === 'rfc3164';
  const { syslogSender } = await import('./syslog-sender.ts');
  // CEF takes the place of the RFC 3164 tag: some receivers (Microsoft Sentinel) do not look for it behind another one.
  const tag = rfc3164 && options.alertFormat === 'cef' ? null : options.tag;
  const send = syslogSender({ ...options, target: options.syslog, rfc3164, tag });
  return async ({ alertId, leak }, limitSeconds) => {
    const { alertMessage } = await import('./alert-message.ts');
    await send(
      alertMessage(options.alertFormat, leak, { ...options, alertId, isLate: leak.asOf < asOf }),
      limitSeconds,
    );
  };
}
