import { TIMELINE_STEPS } from '../model.ts';

/** The collector reports every five minutes, so nothing finer is known of a flow. */
const SLOT_SECONDS = 300;

/** Divides a window into five-minute slots of the clock, and into steps of equal length. Times are Unix seconds. */
export class Timescale {
  private readonly firstSlot: number;

  /** Both ends belong to the window. */
  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    this.firstSlot = Math.floor(from / SLOT_SECONDS);
  }

  /** The slot's number from the window's start; the window may cut the first and the last slot short. */
  slot(epoch: number): number {
    return Math.floor(epoch / SLOT_SECONDS) - this.firstSlot;
  }

  /** When the slot of this time is over. */
  slotEnd(epoch: number): number {
    return (Math.floor(epoch / SLOT_SECONDS) + 1) * SLOT_SECONDS;
  }

  /** The step of the timeline, from 0; the window's last second belongs to the last one. */
  step(epoch: number): number {
    // The product is an integer, so that the quotient is never rounded to a whole step that is not reached.
    const step = Math.floor(((epoch - this.from) * TIMELINE_STEPS) / Math.max(1, this.to - this.from));
    return Math.min(TIMELINE_STEPS - 1, step);
  }

  /** The cell's number, where a cell ends with a slot or a step. As time goes on neither number falls, so their sum is unique. */
  cell(epoch: number): number {
    return this.slot(epoch) + this.step(epoch);
  }
}
