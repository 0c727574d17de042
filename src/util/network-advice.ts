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
  };
}
