import { DatabaseError } from '../errors.ts';

/** An account that may only look at events can still ask what-if questions: the state is null to it. */
export async function readUnlessDenied<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'denied') return null;
    throw error;
  }
}
