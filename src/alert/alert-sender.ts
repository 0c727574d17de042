import type { Options } from '../options/options.ts';
import type { DueAlert } from '../state/due-alert.ts';

/**
 * The way of a due alert to the receiver, in the format and with the header that the options ask for.
 *
 * @param asOf Unix seconds at which the run's window ends; an alert of an earlier look says which window it is about
 * @returns sends one alert; resolves when it was acknowledged, else throws SyslogError
 */
export async function alertSender(options: Options, asOf: number): Promise<(alert: DueAlert) => Promise<void>> {
  if (!options.syslog) return async () => undefined;
  const rfc3164 = options.syslogFormat === 'rfc3164';
  const { syslogSender } = await import('./syslog-sender.ts');
  // In a record of RFC 3164, CEF is a tag itself: behind another one some receivers (Microsoft Sentinel) do not look for it.
  const tag = rfc3164 && options.alertFormat === 'cef' ? null : options.tag;
  const send = syslogSender({ ...options, target: options.syslog, rfc3164, tag });
  return async ({ alertId, leak }) => {
    const { alertMessage } = await import('./alert-message.ts');
    await send(alertMessage(options.alertFormat, leak, { ...options, alertId, isLate: leak.asOf < asOf }));
  };
}
