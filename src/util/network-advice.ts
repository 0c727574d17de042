/** Advice on network errors. Codes: errno names, Node.js DNS and TLS errors, OpenSSL verification errors. */

import { tlsAdvice } from './tls-advice.ts';

export const NO_ANSWER = 'no answer in time; check host, port and firewall';

/** Parts of the advice that depend on the peer. */
export interface PeerAdvice {
  readonly refused: string;
  readonly closed: string;
  readonly otherHost: string;
  readonly untrusted: string;
  /** How to do without encryption. */
  readonly unencrypted: string;
  /** Names of the parameters for the client certificate and its key. */
  readonly certificate: string;
}

/** @returns advice by error code */
export function networkAdvice(peer: PeerAdvice): Readonly<Record<string, string>> {
  return {
    ECONNREFUSED: `connection refused; ${peer.refused}`,
    ECONNRESET: peer.closed,
    EPIPE: peer.closed,
    ENOTFOUND: 'unknown host name; check the spelling',
    EAI_AGAIN: 'the host name cannot be resolved; check the name and the DNS server',
    ETIMEDOUT: NO_ANSWER,
    EHOSTUNREACH: 'the host cannot be reached; check the network',
    ENETUNREACH: 'the network cannot be reached; check the network',
    ...tlsAdvice(peer),
  };
}

/**
 * Returns the code to find advice by: for errors of OpenSSL their reason as Node.js writes it, since drivers replace its
 * code, and from version 3.2 on OpenSSL says `ssl/tls` where it said `sslv3`.
 */
export function networkCode(error: unknown): string {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const reason = /:error:[0-9A-F]{8}:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
  return reason ? `ERR_SSL_${reason.replace('ssl/tls', 'sslv3').replaceAll(' ', '_').toUpperCase()}` : code;
}

/** Creates an error like those of the network. */
export function networkError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
