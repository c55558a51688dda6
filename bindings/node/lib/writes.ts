import { record } from './generated/calls.js';
import {
  ReceiptView, readReceipts, writeRecordOptions, writeTouchpoint,
} from './generated/wire.js';
import type { Receipt, RecordOptions, TouchpointInput } from './generated/types.js';
import { addon, keptAnswer, room, roomBytes, start, writer, type Handle } from './native.js';

/** What cxj_record takes in one call. */
const batchMax = 10000;
const batchBytes = 16 * 1024 * 1024;
/** What a receipt takes, mostly. Answers that are longer are copied once more. */
const receiptBytes = 160;

export function receiptsOf(size: number): Receipt[] {
  const r = keptAnswer(size);
  return readReceipts(r).receipts.map((at) => new ReceiptView(r.slab, at));
}

export function recordHere(handle: Handle, touchpoints: readonly TouchpointInput[],
                           options: RecordOptions | undefined): Receipt[] {
  writer.fill((w) => record.write(w, touchpoints, options));
  const size = roomBytes + Math.min(touchpoints.length, batchMax) * receiptBytes;
  return receiptsOf(addon.call(record.number, handle, room(size)) as number);
}

/** recordHere of one, without a list on the way. */
export function recordOneHere(handle: Handle, touchpoint: TouchpointInput,
                              options: RecordOptions | undefined): Receipt {
  writer.begin();
  try {
    writer.word(1);
    writeTouchpoint(writer, touchpoint);
    if (writer.given(options)) writeRecordOptions(writer, options);
  } finally {
    writer.end();
  }
  const r = keptAnswer(addon.call(record.number, handle, room()) as number);
  // A mask, the number of receipts, the length of the first: the receipt.
  return new ReceiptView(r.slab, r.at + 12);
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly options: string;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

type Write = { run(): Promise<unknown> } | Waiting;

/**
 * The writes of one tracker, one after the other, in the order in which they were called. Single
 * touchpoints that wait for the write before them go together in one commit, so many callers
 * share one sync.
 */
export class Writes {
  readonly #handle: Handle;
  #waiting: Write[] = [];
  #running = false;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** The arguments are read now; nothing that is done to them later matters. */
  record(touchpoint: TouchpointInput, options: RecordOptions | undefined): Promise<Receipt> {
    const size = writer.fill((w) => writeTouchpoint(w, touchpoint));
    const bytes = new Uint8Array(writer.bytes.subarray(0, size));
    return new Promise((resolve, reject) => {
      const key = options ? JSON.stringify(options) : '';
      this.#add({ bytes, options: key, resolve, reject });
    });
  }

  /** Another write, whose arguments are read already. */
  run<Result>(write: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#add({ run: () => write().then(resolve, reject) });
    });
  }

  #add(write: Write): void {
    this.#waiting.push(write);
    if (!this.#running) void this.#work();
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      if ('run' in first) {
        this.#waiting.shift();
        await first.run();
      } else {
        await this.#commit(this.#take(first.options));
      }
    }
    this.#running = false;
  }

  /** The touchpoints at the front that may share a commit. */
  #take(options: string): Waiting[] {
    const taken: Waiting[] = [];
    let bytes = 0;
    for (const write of this.#waiting) {
      if ('run' in write || write.options !== options) break;
      bytes += write.bytes.length;
      if (taken.length === batchMax || (taken.length > 0 && bytes > batchBytes)) break;
      taken.push(write);
    }
    this.#waiting.splice(0, taken.length);
    return taken;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const text = batch[0]!.options;
    try {
      const size = writer.fill((w) => {
        w.word(batch.length);
        for (const { bytes } of batch) w.raw(bytes);
        const options = text ? (JSON.parse(text) as RecordOptions) : undefined;
        if (w.given(options)) writeRecordOptions(w, options);
      });
      const receipts = await start(record.number, this.#handle, size,
        (result) => receiptsOf(result as number));
      batch.forEach(({ resolve }, index) => resolve(receipts[index]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
