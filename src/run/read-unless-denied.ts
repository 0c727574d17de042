import { DatabaseError } from '../errors.ts';

/** Returns null without access to the state, so that accounts that may only read events can still preview runs. */
export async function readUnlessDenied<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'denied') return null;
    throw error;
  }
}
