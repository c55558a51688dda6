import { readJourney, readTouchpoint } from './generated/wire.js';
import type { Position, Touchpoint } from './generated/types.js';
import { View } from './view.js';
import { Reader, type CustomerId, type Slab } from './wire.js';

interface Parts {
  readonly customer: CustomerId | undefined;
  readonly next: Position | undefined;
  readonly touchpoints: readonly (Touchpoint | undefined)[];
}

/**
 * A page of a customer's history, oldest first. A touchpoint is decoded when it is touched:
 * `journey.at(-1)` costs one, `journey.touchpoints` all of them.
 */
export class Journey extends View<Parts> {
  readonly #slab: Slab;
  #places: number[] = [];
  #decoded: (Touchpoint | undefined)[] = [];
  #all: Touchpoint[] | undefined;

  constructor(slab: Slab, at: number) {
    super(slab, at);
    this.#slab = slab;
  }

  protected decode(r: Reader): Parts {
    this.#places = r.places();
    this.#decoded = new Array(this.#places.length);
    const { customer, next } = readJourney(r);
    return { customer, next, touchpoints: this.#decoded };
  }

  /** Whose history it is; undefined: the touchpoints belong to nobody. */
  get customer(): CustomerId | undefined {
    return this.value().customer;
  }

  /** Where the page before this one goes on (`before` of a query); undefined: nothing is older. */
  get next(): Position | undefined {
    return this.value().next;
  }

  /** How many touchpoints there are. */
  get length(): number {
    return this.value().touchpoints.length;
  }

  /** One touchpoint; counted from the newest if the index is negative. */
  at(index: number): Touchpoint | undefined {
    const { length } = this;
    const place = index < 0 ? length + index : index;
    if (!(place >= 0 && place < length)) return undefined;
    return (this.#decoded[place] ??= readTouchpoint(new Reader(this.#slab, this.#places[place]!)));
  }

  /** All of them. */
  get touchpoints(): Touchpoint[] {
    return (this.#all ??= Array.from({ length: this.length }, (_, index) => this.at(index)!));
  }

  *[Symbol.iterator](): IterableIterator<Touchpoint> {
    for (let index = 0; index < this.length; ++index) yield this.at(index)!;
  }

  override toJSON(): Parts {
    return { customer: this.customer, next: this.next, touchpoints: this.touchpoints };
  }
}
