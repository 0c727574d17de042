import { networkAdvice } from '../util/network-advice.ts';

export const CONNECTION_LOST = 'the server closed the connection; was it stopped or the session killed?';

/** Advice on errors in the connection to a database server, by error code. */
export const SERVER_ADVICE: Readonly<Record<string, string>> = {
  ...networkAdvice({
    refused: 'is the server running, and are host and port right?',
    closed: CONNECTION_LOST,
    otherHost: 'check the host name in the URL',
    untrusted: 'name the CA file in the URL',
  }),
  ENOENT: 'there is no such socket; check the socket parameter in the URL',
  EACCES: 'no access to the socket; check its permissions',
};
