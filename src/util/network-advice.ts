/** Advice on network errors. Codes: errno names, Node.js DNS and TLS errors, OpenSSL verification errors. */

/** Advice that depends on the peer. */
interface PeerAdvice {
  readonly refused: string;
  readonly closed: string;
  readonly otherHost: string;
  readonly untrusted: string;
}

type NetworkAdvice = Readonly<Record<string, string>>;

/** @returns advice by error code */
export function networkAdvice({ refused, closed, otherHost, untrusted }: PeerAdvice): NetworkAdvice {
  const notTrusted = `its certificate is not from a trusted CA; ${untrusted}`;
  const certificateRejected = 'it does not accept our certificate; is that from a CA it trusts, and not expired?';
  const noTls = 'it does not speak TLS on this port; check the port';
  const version = 'it speaks another version of TLS; enable TLS 1.2 or 1.3 there';
  return {
    ECONNREFUSED: `connection refused; ${refused}`,
    ECONNRESET: closed,
    EPIPE: closed,
    ENOTFOUND: 'unknown host name; check the spelling',
    EAI_AGAIN: 'the host name cannot be resolved; check the name and the DNS server',
    ETIMEDOUT: 'no answer in time; check host, port and firewall',
    EHOSTUNREACH: 'the host cannot be reached; check the network',
    ENETUNREACH: 'the network cannot be reached; check the network',
    ERR_TLS_CERT_ALTNAME_INVALID: `its certificate is for another host; ${otherHost}`,
    DEPTH_ZERO_SELF_SIGNED_CERT: notTrusted,
    SELF_SIGNED_CERT_IN_CHAIN: notTrusted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted,
    CERT_HAS_EXPIRED: 'its certificate has expired',
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate; name it and its key in the URL',
    // How older versions of TLS say so, among other things.
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
      'it refused the TLS handshake; if it wants a client certificate, name it and its key in the URL',
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: certificateRejected,
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: certificateRejected,
    ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: certificateRejected,
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: version,
    ERR_SSL_UNSUPPORTED_PROTOCOL: version,
    ERR_SSL_WRONG_VERSION_NUMBER: noTls,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
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
