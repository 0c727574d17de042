import { lookup } from 'node:dns/promises';
import type { TcpNetConnectOpts } from 'node:net';
import { networkError } from './network-advice.ts';

/**
 * Resolves a host and divides the time for connecting among its addresses. Node.js gives each address 250 ms whatever
 * the timeout is, and would leave a slow one for a dead one.
 *
 * @throws the resolver's error, or ETIMEDOUT
 */
export async function connectOptions(host: string, port: number, timeoutSeconds: number): Promise<TcpNetConnectOpts> {
  const addresses = await withTimeout(timeoutSeconds, lookup(host, { all: true }));
  return {
    host,
    port,
    lookup: (_host, _options, done) => done(null, addresses),
    autoSelectFamily: true,
    // Node.js refuses 0.
    autoSelectFamilyAttemptTimeout: Math.max(1, Math.ceil((timeoutSeconds * 1000) / addresses.length)),
  };
}

/** @throws ETIMEDOUT when the work is not done withTimeout this time */
export function withTimeout<T>(seconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(networkError('ETIMEDOUT')), seconds * 1000);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
