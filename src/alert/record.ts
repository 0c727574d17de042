import { hostname } from 'node:os';
import { createClient, Transport } from 'syslog-client';

/** Settings of a record's header. */
export interface RecordSettings {
  readonly rfc3164: boolean;
  readonly facility: number;
  readonly severity: number;
  /** Null when the message brings its own, which only RFC 3164 allows. */
  readonly tag: string | null;
}

/** Sends a record within a time; rejects with errors of the network. */
export interface RecordSender {
  send(record: Buffer, limitSeconds: number): Promise<void>;
  close(): void;
}

/** Formats a syslog record, without any framing. syslog-client writes it into a stand-in for its socket. */
export function formatRecord(message: string, { rfc3164, facility, severity, tag }: RecordSettings): Buffer {
  const client = createClient('', { port: 0, transport: Transport.Tcp });
  let line: Buffer = Buffer.alloc(0);
  client.transport_ = {
    write: (bytes) => {
      line = bytes;
    },
  };
  // RFC 3164 has no field for the tag: it begins the message (section 4.1.3).
  const text = rfc3164 && tag !== null ? `${tag}[${process.pid}]: ${message}` : message;
  // Passed on every call: elsewhere the client ignores 0 as facility or severity, and it modifies the object.
  const options = { facility, severity, rfc3164, appName: tag ?? '-', syslogHostname: headerHostname() };
  client.log(text, options, () => undefined);
  return line.subarray(0, -1); // the client adds a line feed
}

/** Host name in printable ASCII, at most 255 characters (RFC 5424, 6.2.4); anything else would corrupt the header. */
function headerHostname(): string {
  const name = hostname();
  return /^[!-~]{1,255}$/.test(name) ? name : '-';
}
