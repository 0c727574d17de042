/** What to do about errors of the network. Codes: errno names, Node.js DNS and TLS errors, OpenSSL verification errors. */

/** The advice that depends on who is at the other end. */
interface PeerAdvice {
  readonly refused: string;
  readonly closed: string;
  readonly otherHost: string;
  readonly untrusted: string;
}

type NetworkAdvice = Readonly<Record<string, string>>;

/** @returns advice by the code of an error */
export function networkAdvice({ refused, closed, otherHost, untrusted }: PeerAdvice): NetworkAdvice {
  const notTrusted = `its certificate is not from a trusted CA; ${untrusted}`;
  return {
    ECONNREFUSED: `connection refused; ${refused}`,
    ECONNRESET: closed,
    EPIPE: closed,
    ENOTFOUND: 'the host name is not known; check it',
    EAI_AGAIN: 'the host name cannot be looked up; check the name and the DNS',
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
