import { readTouchpoint } from './generated/wire.js';
import type { Touchpoint } from './generated/types.js';
import { FailedPreconditionError } from './errors.js';
import { addon, answer, type Handle } from './native.js';
import type { CustomerId, Reader } from './wire.js';

/** A touchpoint of a cursor, and whose it is. */
export interface Found {
  readonly touchpoint: Touchpoint;
  /** Undefined: it belongs to nobody. */
  readonly customer: CustomerId | undefined;
}

const batchSize = 64;
const nobody = '0000000000000000';

/**
 * Walks through touchpoints page by page:
 *
 *     for await (const { touchpoint, customer } of tracker.scan()) ...
 *
 * A `for await` reads on threads of the pool, a `for` on this one. Leaving the loop closes the
 * cursor; one that is never walked is closed with the tracker, by `close`, or by the collector.
 */
export class Cursor implements AsyncIterable<Found>, Iterable<Found> {
  readonly #open: () => Handle;
  readonly #openAsync: () => Promise<Handle>;
  #handle: Handle | undefined;
  #closed = false;
  #reading = false;
  #batch: Found[] = [];
  #taken = 0;

  constructor(open: () => Handle, openAsync: () => Promise<Handle>) {
    this.#open = open;
    this.#openAsync = openAsync;
  }

  /** The next touchpoint; undefined: there are no more. One call at a time. */
  async next(): Promise<Found | undefined> {
    if (this.#taken === this.#batch.length) {
      this.#begin();
      try {
        this.#handle ??= await this.#openAsync();
        const handle = this.#handle;
        await new Promise<void>((resolve, reject) => {
          addon.read(handle, batchSize, (error, size) => {
            if (error) return reject(error);
            this.#fill(answer(size));
            resolve();
          });
        });
      } finally {
        this.#reading = false;
      }
    }
    return this.#batch[this.#taken++];
  }

  nextSync(): Found | undefined {
    if (this.#taken === this.#batch.length) {
      this.#begin();
      try {
        this.#handle ??= this.#open();
        this.#fill(answer(addon.read(this.#handle, batchSize)));
      } finally {
        this.#reading = false;
      }
    }
    return this.#batch[this.#taken++];
  }

  #begin(): void {
    if (this.#closed) throw new FailedPreconditionError('the cursor is closed');
    if (this.#reading) throw new FailedPreconditionError('calls are still under way');
    this.#reading = true;
  }

  #fill(r: Reader): void {
    const count = r.word();
    this.#batch = [];
    this.#taken = 0;
    for (let i = 0; i < count; ++i) {
      const customer = r.customer();
      const touchpoint = readTouchpoint(r);
      this.#batch.push({ touchpoint, customer: customer === nobody ? undefined : customer });
    }
  }

  /** FailedPreconditionError: it is closed already, or `next` has not come back yet. */
  close(): void {
    if (this.#closed) throw new FailedPreconditionError('the cursor is closed');
    if (this.#reading) throw new FailedPreconditionError('calls are still under way');
    this.#closed = true;
    this.#batch = [];
    this.#taken = 0;
    if (this.#handle) addon.freeCursor(this.#handle);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Found, void, undefined> {
    try {
      for (let found = await this.next(); found; found = await this.next()) yield found;
    } finally {
      if (!this.#closed) this.close();
    }
  }

  *[Symbol.iterator](): Generator<Found, void, undefined> {
    try {
      for (let found = this.nextSync(); found; found = this.nextSync()) yield found;
    } finally {
      if (!this.#closed) this.close();
    }
  }
}
