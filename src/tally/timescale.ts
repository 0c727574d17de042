import { TIMELINE_STEPS } from '../model.ts';

/** The collector's reports are five minutes apart, so this is the finest a flow's shape can be told. */
const SLOT_SECONDS = 300;
/** Divides a window (Unix seconds, both included) in two ways: into slots of the clock, and into steps of equal length. */
export class Timescale {
  /** More than the number of any cell. */
  readonly cells: number;
  private readonly firstSlot: number;
  private readonly stepsPerSecond: number;

  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    this.firstSlot = Math.floor(from / SLOT_SECONDS);
    this.stepsPerSecond = TIMELINE_STEPS / Math.max(1, to - from);
    this.cells = this.slot(to) + TIMELINE_STEPS;
  }

  /** Counts the slots from the window's start on; the first and the last may be cut short by the window. */
  slot(epoch: number): number {
    return Math.floor(epoch / SLOT_SECONDS) - this.firstSlot;
  }

  /** Unix seconds at which the slot of this time is over. */
  slotEnd(epoch: number): number {
    return (Math.floor(epoch / SLOT_SECONDS) + 1) * SLOT_SECONDS;
  }

  /** The step of the timeline, from 0; the window's last second belongs to the last one. */
  step(epoch: number): number {
    return Math.min(TIMELINE_STEPS - 1, Math.floor((epoch - this.from) * this.stepsPerSecond));
  }

  /** Numbers the cells into which slots and steps divide the window together: both only rise, so their sum tells two apart. */
  cell(epoch: number): number {
    return this.slot(epoch) + this.step(epoch);
  }
}
