import { inspect } from 'node:util';

import { Reader, type Slab } from './wire.js';

/**
 * An answer that is decoded when it is first touched. Until then it keeps the memory that it lies
 * in, which it shares with the answers around it; afterwards it keeps its value only.
 */
export abstract class View<Value> {
  #slab: Slab | undefined;
  #at: number;
  #value!: Value;

  constructor(slab: Slab, at: number) {
    this.#slab = slab;
    this.#at = at;
  }

  protected abstract decode(r: Reader): Value;

  protected value(): Value {
    if (this.#slab !== undefined) {
      this.#value = this.decode(new Reader(this.#slab, this.#at));
      this.#slab = undefined;
    }
    return this.#value;
  }

  /** All fields as a plain object. */
  toJSON(): Value {
    return this.value();
  }

  [inspect.custom](): Value {
    return this.value();
  }
}
