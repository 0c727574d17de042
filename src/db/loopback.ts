import type { Socket } from 'node:net';

/** Tells whether nobody but this machine sees what goes over a connection; by its peer, since names may lie. */
export function isLoopback({ remoteAddress = '' }: Socket): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(remoteAddress);
}
