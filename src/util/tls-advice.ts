import type { PeerAdvice } from './network-advice.ts';

/** @returns advice on failed TLS handshakes, by the codes of Node.js and OpenSSL */
export function tlsAdvice({ otherHost, untrusted, unencrypted, certificate }: PeerAdvice) {
  const notTrusted = `its certificate is not from a trusted CA; ${untrusted}`;
  const certificateRejected = `it does not accept our certificate; check that it is from a CA that the server trusts, and has not expired (${certificate})`;
  const noTls = `it does not speak TLS on this port; check host and port, or ${unencrypted}`;
  const oldVersion = `it offers only TLS 1.0 or 1.1, which are not safe; enable TLS 1.2 or 1.3 there, or ${unencrypted}`;
  const noCipher = `it has no TLS cipher in common with this program; update the server, or ${unencrypted}`;
  const weak = `its certificate or key is too weak to be safe; renew it with a longer key, or ${unencrypted}`;
  return {
    ERR_TLS_CERT_ALTNAME_INVALID: `its certificate is for another host; ${otherHost}`,
    DEPTH_ZERO_SELF_SIGNED_CERT: notTrusted,
    SELF_SIGNED_CERT_IN_CHAIN: notTrusted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted,
    CERT_HAS_EXPIRED: "its certificate has expired; renew it, and check this machine's clock",
    CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clocks of the server and of this machine',
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: `it wants a client certificate; set ${certificate} in the URL`,
    // How older versions of TLS say so, among other things.
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: `it refused the TLS handshake; if it wants a client certificate, set ${certificate} in the URL; if it is old, update it, or ${unencrypted}`,
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: certificateRejected,
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: certificateRejected,
    ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: certificateRejected,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: certificateRejected,
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: oldVersion,
    ERR_SSL_UNSUPPORTED_PROTOCOL: oldVersion,
    ERR_SSL_VERSION_TOO_LOW: oldVersion,
    ERR_SSL_NO_CIPHERS_AVAILABLE: noCipher,
    ERR_SSL_NO_SHARED_CIPHER: noCipher,
    ERR_SSL_WRONG_VERSION_NUMBER: noTls,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
    ERR_SSL_EE_KEY_TOO_SMALL: weak,
    ERR_SSL_CA_KEY_TOO_SMALL: weak,
    ERR_SSL_CA_MD_TOO_WEAK: weak,
    ERR_SSL_DH_KEY_TOO_SMALL: weak,
  };
}
