import type { DueLook, Replay } from './replay.ts';

/**
 * Makes another alert due for a leak that was alerted before, new bytes or not; what is due anyway stays as it is.
 *
 * @param now Unix seconds of the last look
 */
export function resend(replay: Replay, now: number): Replay {
  const { episodes, decision, total } = replay;
  // With an alert that is due, a group has that alert's status.
  if (decision !== 'known') return replay;
  const due: DueLook = { status: 'repeat', at: now, bytes: total.bytes, covers: { at: now, newest: total.lastSeen } };
  const open = episodes.at(-1)?.closedAt === null ? episodes.at(-1) : undefined;
  const earlier = open ? episodes.slice(0, -1) : episodes;
  // A known leak without an open episode has only bytes that an earlier one was alerted with.
  const episode = open ?? { stored: null, openedAt: now, closedAt: null };
  return { episodes: [...earlier, { ...episode, due }], decision: 'repeat', total };
}
