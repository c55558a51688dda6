// The addon, and the one way to call it: arguments go into its input buffer, answers come out of a
// slab of memory that many answers share.
import { createRequire } from 'node:module';

import { abiVersion, codeNames } from './generated/wire.js';
import { CxjError, errorOf } from './errors.js';
import { newSlab, Reader, Writer } from './wire.js';

/** Handles of the addon: opaque here. */
export type Handle = { readonly __handle: unique symbol };
type Done<Result> = (error: CxjError | undefined, result: Result) => void;

interface Addon {
  readonly abiVersion: number;
  setup(makeError: (code: number, message: string) => CxjError): void;
  setInput(buffer: Buffer): void;
  setOutput(buffer: Buffer): void;
  call(number: number, tracker: Handle | undefined, offset: number): number | Handle;
  callAsync(number: number, tracker: Handle | undefined, size: number,
            done: Done<number | Handle>): void;
  take(offset: number): void;
  open(clock: Handle | undefined, size: number, done?: Done<Handle>): Handle;
  close(tracker: Handle, done?: Done<undefined>): void;
  read(cursor: Handle, limit: number, done?: Done<number>): number;
  freeCursor(cursor: Handle): void;
  newClock(): Handle;
  setClock(clock: Handle): void;
  freeClock(clock: Handle): void;
}

export const addon = createRequire(import.meta.url)('../build/cxjourney.node') as Addon;
if (addon.abiVersion !== abiVersion) {
  throw new Error(`cxjourney: the library has ABI version ${addon.abiVersion}, this package is ` +
    `made for ${abiVersion}`);
}
addon.setup((code, message) =>
  errorOf(codeNames.get(code) ?? 'INTERNAL', message || `failed with ${codeNames.get(code)}`));

export const writer = new Writer(65536, (bytes) => addon.setInput(bytes));

const slabBytes = 65536;
/** A call finds at least this much room, so most answers are written where they stay. */
export const roomBytes = 8192;
let slab = newSlab(slabBytes);
let used = 0;
addon.setOutput(slab.bytes);

function renew(size: number): void {
  slab = newSlab(Math.max(slabBytes, size));
  used = 0;
  addon.setOutput(slab.bytes);
}

/** Where the next answer may be written, one of some `size` bytes if that is known. */
export function room(size = roomBytes): number {
  if (slab.bytes.length - used < size) renew(size);
  return used;
}

/** The answer of `size` bytes, which the addon wrote (positive) or still has (negative). */
export function answer(size: number): Reader {
  if (size < 0) {
    if (used - size > slab.bytes.length) renew(-size);
    addon.take(used);
  }
  return new Reader(slab, used);
}

/** Like `answer`, of one that is read later: its memory is not used again. */
export function keptAnswer(size: number): Reader {
  const reader = answer(size);
  used += Math.abs(size);
  return reader;
}

/** One of generated/calls.ts. */
interface Call<Arguments extends unknown[], Result> {
  readonly number: number;
  write(w: Writer, ...args: Arguments): void;
  readonly read?: (r: Reader) => Result;
}

export function callSync<Arguments extends unknown[], Result>(
  call: Call<Arguments, Result>, tracker: Handle | undefined, ...args: Arguments): Result {
  writer.fill((w) => call.write(w, ...args));
  const size = addon.call(call.number, tracker, room()) as number;
  return call.read ? call.read(answer(size)) : (undefined as Result);
}

/** Runs a call on a thread of the pool; `finish` makes the result of the size of its answer. */
export function start<Result>(number: number, tracker: Handle | undefined, size: number,
                              finish: (result: number | Handle) => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    addon.callAsync(number, tracker, size, (error, result) => {
      if (error) reject(error);
      else resolve(finish(result));
    });
  });
}

/** No `async` function: what is wrong with the arguments is found, and reading them over, now. */
export function callAsync<Arguments extends unknown[], Result>(
  call: Call<Arguments, Result>, tracker: Handle | undefined,
  ...args: Arguments): Promise<Result> {
  const size = writer.fill((w) => call.write(w, ...args));
  return start(call.number, tracker, size,
    (result) => (call.read ? call.read(answer(result as number)) : (undefined as Result)));
}
