/** What to do about errors of the network, whatever the server. Codes: errno names, Node.js DNS and TLS errors. */
export const NETWORK_ADVICE = {
  ECONNREFUSED: 'connection refused; is the server running, and are host and port right?',
  ENOTFOUND: 'the host name is not known; check it',
  EAI_AGAIN: 'the host name cannot be looked up; check the name and the DNS',
  ETIMEDOUT: 'no answer in time; check host, port and firewall',
  EHOSTUNREACH: 'the host cannot be reached; check the network',
  ENETUNREACH: 'the network cannot be reached; check the network',
  ENOENT: 'there is no such socket; check the socket parameter of the URL',
  EACCES: 'the socket may not be used; check its permissions',
  ECONNRESET: 'the server closed the connection; was it stopped or the session killed?',
  EPIPE: 'the server closed the connection; was it stopped or the session killed?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host; check the host name in the URL',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not from a trusted CA; name the CA file in the URL',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not from a trusted CA; name the CA file in the URL',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not from a trusted CA; name the CA file in the URL',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not from a trusted CA; name the CA file in the URL',
  CERT_HAS_EXPIRED: 'its certificate has expired',
} as const;
