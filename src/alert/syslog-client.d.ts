// Types for the parts of syslog-client 1.1.1 in use, which has none of its own.
declare module 'syslog-client' {
  export interface LogOptions {
    facility: number;
    severity: number;
    rfc3164: boolean;
    appName: string;
    syslogHostname: string;
  }
  export interface Client {
    /** Private in the package: the socket that log() writes to when it is set. */
    transport_: { write(record: Buffer): void };
    log(message: string, options: LogOptions, callback: (error?: Error) => void): void;
  }
  export const Transport: { Tcp: 1 };
  export function createClient(target: string, options: { port: number; transport: 1 }): Client;
}
