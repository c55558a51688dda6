import { addon, writer, type Handle } from './native.js';
import type { TimeInput } from './timestamp.js';

/** A clock that stands until it is set: for tests and replays. */
export class Clock {
  readonly #handle: Handle;

  constructor(now: TimeInput) {
    writer.fill((w) => w.time(now, 'now'));
    this.#handle = addon.newClock();
  }

  set(now: TimeInput): void {
    writer.fill((w) => w.time(now, 'now'));
    addon.setClock(this.#handle);
  }

  /** FailedPreconditionError: a tracker still uses it. Without `close` a collector frees it. */
  close(): void {
    addon.freeClock(this.#handle);
  }

  /** The addon's handle; only Tracker.open asks for it. */
  static handle(clock: Clock | undefined): Handle | undefined {
    return clock === undefined ? undefined : clock.#handle;
  }
}
