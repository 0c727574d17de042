import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from '../options/syslog-target.ts';
import { networkAdvice, networkCode } from '../util/network-advice.ts';
import { datagramSender } from './datagram.ts';
import { formatRecord, type RecordSettings } from './record.ts';
import { NOT_ACKNOWLEDGED, streamSender } from './stream.ts';

export interface SyslogSettings extends RecordSettings {
  readonly target: SyslogTarget;
}

/**
 * Sends one alert; resolves once it is acknowledged as far as the transport can, else rejects with SyslogError.
 *
 * @param limitSeconds bounds the time it takes, as the receiver's own timeout does
 */
type SendAlert = (message: string, limitSeconds: number) => Promise<void>;

/** Sends alerts to a receiver. */
export interface SyslogSender {
  /** Room for the message in a record. */
  readonly maxMessageBytes: number;
  readonly send: SendAlert;
  close(): void;
}

/**
 * Creates the sender for a receiver.
 *
 * @throws SyslogError when a certificate file cannot be read or used
 */
export function syslogSender(settings: SyslogSettings): SyslogSender {
  const { target } = settings;
  const sender = target.transport === 'udp' ? datagramSender(target) : streamSender(target);
  return {
    maxMessageBytes: maxRecordBytes(settings) - formatRecord('', settings).length,
    send: async (message, limitSeconds) => {
      const limit = Math.min(limitSeconds, target.timeoutSeconds);
      try {
        await sender.send(formatRecord(message, settings), limit);
      } catch (error) {
        throw new SyslogError(`syslog ${formatSyslogTarget(target)}: ${explain(error, target, limit)}`, {
          cause: error,
        });
      }
    },
    close: sender.close,
  };
}

/** What receivers take at least: RFC 3164, 4.1 over UDP, where they cut off the rest, and RFC 5424, 6.1. */
function maxRecordBytes({ target, rfc3164 }: SyslogSettings): number {
  return target.maxBytes ?? (rfc3164 && target.transport === 'udp' ? 1024 : 2048);
}

function explain(error: unknown, target: SyslogTarget, limitSeconds: number): string {
  const code = networkCode(error);
  return advice(target, limitSeconds)[code] ?? ((error as Error).message || code);
}

function advice({ ackSeconds, octetCounting, tls }: SyslogTarget, limitSeconds: number): Record<string, string> {
  const ack = ackSeconds ?? 0;
  const waited = Math.round(10 * Math.min(ack, limitSeconds)) / 10;
  const certificate = tls ? `${tls.cert ? 'another' : 'a'} client certificate, or ` : '';
  const framing = octetCounting ? 'line-feed' : 'octet-counting';
  return {
    ...networkAdvice({
      refused: 'check that the receiver runs, and the port',
      closed: `the receiver closed the connection before reading everything; try ${certificate}?framing=${framing}`,
      otherHost: 'check the name, or use verify=ca',
      untrusted: 'name the CA file with the ca parameter',
      unencrypted: 'send over tcp://',
      certificate: 'cert and key',
    }),
    EMSGSIZE: 'the datagram is too large for the network; lower ?max',
    [NOT_ACKNOWLEDGED]: `no acknowledgement within ${waited} s, so the record may or may not have arrived; check for a proxy whose receiver is down, or set ?ack=${3 * ack}s for a slow receiver, ?ack=none for one that never closes connections`,
  };
}
