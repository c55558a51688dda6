// The JavaScript half of native/wire.h: writers fill the buffer that the addon reads arguments
// from, readers take answers apart. The structs are in generated/wire.ts.
import { FailedPreconditionError, InvalidArgumentError } from './errors.js';
import { Timestamp, type TimeInput } from './timestamp.js';

/** 16 hexadecimal digits, as the program `cxj` prints them: its 64 bits do not fit a number. */
export type CustomerId = string;
/** A decimal number as text. */
export type AssertionId = string;

const HIGH = 4294967296;
/** Further from 1970 than this, microseconds do not fit a number and go the long way. */
const MILLISECONDS_EXACT = 9e12;

function wrong(where: string, what: string): never {
  throw new InvalidArgumentError(`${where} must be ${what}`);
}

export function numbersOf<Name extends string>(
  names: ReadonlyMap<number, Name>): Readonly<Record<string, number>> {
  const numbers: Record<string, number> = Object.create(null);
  for (const [number, name] of names) numbers[name] = number;
  return numbers;
}

export class Writer {
  /** The buffer in use; told to `moved` whenever a larger one takes its place. */
  bytes: Buffer;
  at = 0;
  private open = false;
  private view: DataView;

  constructor(size: number, private readonly moved: (bytes: Buffer) => void) {
    this.bytes = Buffer.from(new ArrayBuffer(size));
    this.view = new DataView(this.bytes.buffer);
    moved(this.bytes);
  }

  /** Writes arguments and says how many bytes they are. */
  fill(write: (w: Writer) => void): number {
    this.begin();
    try {
      write(this);
    } finally {
      this.end();
    }
    return this.at;
  }

  /** A getter of a caller's object may not call the library while the object is written. */
  begin(): void {
    if (this.open) {
      throw new FailedPreconditionError('a call was made while the arguments of another are read');
    }
    this.open = true;
    this.at = 0;
  }

  end(): void {
    this.open = false;
  }

  private need(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = Buffer.from(new ArrayBuffer((this.at + size) * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
    this.moved(larger);
  }

  object(value: unknown, where: string): void {
    if (typeof value !== 'object' || value === null) wrong(where, 'an object');
  }

  missing(where: string): never {
    wrong(where, 'given');
  }

  /** Room for the mask of a struct. */
  mask(words: number): number {
    this.need(4 * words);
    const place = this.at;
    this.at += 4 * words;
    return place;
  }

  patch(place: number, value: number): void {
    this.view.setUint32(place, value >>> 0, true);
  }

  word(value: number): void {
    this.need(4);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** Whether an optional argument follows. */
  given<T>(value: T | undefined | null): value is T {
    const given = value !== undefined && value !== null;
    this.word(given ? 1 : 0);
    return given;
  }

  /** The number of items that must follow, whatever happens to the array meanwhile. */
  list(items: unknown, where: string): number {
    if (!Array.isArray(items)) wrong(where, 'an array');
    const size = items.length;
    this.word(size);
    return size;
  }

  flag(value: unknown, where: string): boolean {
    if (value !== undefined && value !== null && typeof value !== 'boolean') {
      wrong(where, 'a boolean');
    }
    return value === true;
  }

  enumeration(value: unknown, numbers: Readonly<Record<string, number>>, where: string): void {
    const number = numbers[value as string];
    if (number !== undefined) {
      this.word(number);
      return;
    }
    // The number of a constant that a newer library added.
    if (typeof value !== 'string' || !/^\d+$/.test(value)) {
      wrong(where, `one of ${Object.keys(numbers).join(', ')}`);
    }
    this.word(Number(value));
  }

  str(value: unknown, where: string): void {
    if (typeof value !== 'string') {
      this.bytesOrWrong(value, where, 'a string');
      return;
    }
    const length = value.length;
    this.need(4 + 3 * length);
    const bytes = this.bytes;
    const start = this.at + 4;
    let end = start;
    // Short texts of one or two bytes a letter are copied faster here than by a call into C++.
    if (length < 64) {
      let i = 0;
      for (; i + 4 <= length; i += 4) {
        const a = value.charCodeAt(i);
        const b = value.charCodeAt(i + 1);
        const c = value.charCodeAt(i + 2);
        const d = value.charCodeAt(i + 3);
        if ((a | b | c | d) >= 0x80) break;
        this.view.setUint32(start + i, a | (b << 8) | (c << 16) | (d << 24), true);
      }
      for (; i < length; ++i) {
        const unit = value.charCodeAt(i);
        if (unit >= 0x80) break;
        bytes[start + i] = unit;
      }
      end += i;
      for (; i < length; ++i) {
        const unit = value.charCodeAt(i);
        if (unit >= 0x800) break;
        if (unit >= 0x80) bytes[end++] = 0xc0 | (unit >> 6);
        bytes[end++] = unit < 0x80 ? unit : 0x80 | (unit & 0x3f);
      }
      if (i < length) end = start + bytes.write(value, start, 'utf8');
    } else {
      end += bytes.write(value, start, 'utf8');
    }
    this.view.setUint32(this.at, end - start, true);
    this.at = end;
  }

  private bytesOrWrong(value: unknown, where: string, what: string): void {
    if (!(value instanceof Uint8Array)) wrong(where, what);
    this.need(4 + value.length);
    this.view.setUint32(this.at, value.length, true);
    this.bytes.set(value, this.at + 4);
    this.at += 4 + value.length;
  }

  raw(value: Uint8Array): void {
    this.need(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** A string is its UTF-8. */
  octets(value: unknown, where: string): void {
    if (typeof value === 'string') this.str(value, where);
    else this.bytesOrWrong(value, where, 'a Uint8Array or a string');
  }

  u32(value: unknown, where: string): void {
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= HIGH) {
      wrong(where, 'a whole number from 0 to 4294967295');
    }
    this.word(value as number);
  }

  i32(value: unknown, where: string): void {
    if (!Number.isInteger(value) || (value as number) !== ((value as number) | 0)) {
      wrong(where, 'a whole number of 32 bits');
    }
    this.word((value as number) >>> 0);
  }

  f32(value: unknown, where: string): void {
    if (typeof value !== 'number') wrong(where, 'a number');
    this.need(4);
    this.view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  f64(value: unknown, where: string): void {
    if (typeof value !== 'number') wrong(where, 'a number');
    this.need(8);
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  private whole(value: number): void {
    this.need(8);
    const high = Math.floor(value / HIGH);
    this.view.setUint32(this.at, value - high * HIGH, true);
    this.view.setInt32(this.at + 4, high, true);
    this.at += 8;
  }

  private big(value: bigint, where: string, signed: boolean): void {
    if (signed ? BigInt.asIntN(64, value) !== value : BigInt.asUintN(64, value) !== value) {
      wrong(where, 'a whole number of 64 bits');
    }
    this.need(8);
    this.view.setBigInt64(this.at, BigInt.asIntN(64, value), true);
    this.at += 8;
  }

  i64(value: unknown, where: string): void {
    if (!Number.isSafeInteger(value)) wrong(where, 'a whole number that is safe');
    this.whole(value as number);
  }

  u64(value: unknown, where: string): void {
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      wrong(where, 'a whole number that is safe and not negative');
    }
    this.whole(value as number);
  }

  exact(value: unknown, where: string): void {
    if (typeof value === 'bigint') this.big(value, where, true);
    else if (Number.isSafeInteger(value)) this.whole(value as number);
    else wrong(where, 'a bigint, or a whole number that is safe');
  }

  time(value: TimeInput, where: string): void {
    if (typeof value === 'string') value = Timestamp.from(value);
    if (!(value instanceof Date)) wrong(where, 'a Date, a Timestamp or ISO text');
    const milliseconds = value.getTime();
    const micros = value instanceof Timestamp ? value.micros : 0;
    if (Number.isNaN(milliseconds)) wrong(where, 'a valid time');
    if (Math.abs(milliseconds) < MILLISECONDS_EXACT) this.whole(milliseconds * 1000 + micros);
    else this.big(BigInt(milliseconds) * 1000n + BigInt(micros), where, true);
  }

  /** Milliseconds in, microseconds out. */
  duration(value: unknown, where: string): void {
    if (typeof value !== 'number' || !Number.isSafeInteger(Math.round(value * 1000))) {
      wrong(where, 'a number of milliseconds');
    }
    this.whole(Math.round(value * 1000));
  }

  customer(value: unknown, where: string): void {
    if (typeof value === 'bigint') {
      this.big(value, where, false);
      return;
    }
    if (typeof value !== 'string' || !/^[0-9a-f]{16}$/i.test(value)) {
      wrong(where, 'a customer id: 16 hexadecimal digits, or a bigint');
    }
    this.need(8);
    this.view.setUint32(this.at + 4, parseInt(value.slice(0, 8), 16), true);
    this.view.setUint32(this.at, parseInt(value.slice(8), 16), true);
    this.at += 8;
  }

  assertion(value: unknown, where: string): void {
    if (typeof value === 'bigint') this.big(value, where, false);
    else if (typeof value === 'string' && /^\d{1,20}$/.test(value)) {
      this.big(BigInt(value), where, false);
    } else wrong(where, 'an assertion id: a decimal number as text, or a bigint');
  }
}

/** Memory that answers lie in, one behind the other. */
export interface Slab {
  /** utf8Slice is what toString calls in the end; five times as fast for short texts. */
  readonly bytes: Buffer & { utf8Slice(start: number, end: number): string };
  readonly view: DataView;
}

export function newSlab(size: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(size) as Slab['bytes'];
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Takes an answer apart. */
export class Reader {
  private readonly view: DataView;

  constructor(readonly slab: Slab, public at: number) {
    this.view = slab.view;
  }

  word(): number {
    const value = this.view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  u32(): number {
    return this.word();
  }

  i32(): number {
    return this.word() | 0;
  }

  f32(): number {
    const value = this.view.getFloat32(this.at, true);
    this.at += 4;
    // The shortest number that stands for the float: 0.1, not 0.10000000149011612.
    for (let digits = 7; digits < 9; ++digits) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  }

  f64(): number {
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  i64(): number {
    const low = this.view.getUint32(this.at, true);
    const high = this.view.getInt32(this.at + 4, true);
    this.at += 8;
    return high * HIGH + low;
  }

  u64(): number {
    const low = this.view.getUint32(this.at, true);
    const high = this.view.getUint32(this.at + 4, true);
    this.at += 8;
    return high * HIGH + low;
  }

  exact(): number | bigint {
    const number = this.i64();
    return Number.isSafeInteger(number) ? number : this.view.getBigInt64(this.at - 8, true);
  }

  time(): Timestamp {
    const micros = this.i64();
    return Timestamp.fromEpochMicros(
      Number.isSafeInteger(micros) ? micros : this.view.getBigInt64(this.at - 8, true));
  }

  /** A time that may be "no limit". */
  limit(): Timestamp | undefined {
    const micros = this.i64();
    if (Math.abs(micros) >= 2 ** 63) return undefined;
    this.at -= 8;
    return this.time();
  }

  duration(): number {
    return this.i64() / 1000;
  }

  customer(): CustomerId {
    const low = this.view.getUint32(this.at, true);
    const high = this.view.getUint32(this.at + 4, true);
    this.at += 8;
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }

  assertion(): AssertionId {
    const value = this.view.getBigUint64(this.at, true);
    this.at += 8;
    return value.toString();
  }

  str(): string {
    const size = this.word();
    const start = this.at;
    this.at += size;
    return this.slab.bytes.utf8Slice(start, this.at);
  }

  bytes(): Uint8Array {
    const size = this.word();
    this.at += size;
    return new Uint8Array(this.slab.bytes.subarray(this.at - size, this.at));
  }

  enumeration<Name extends string>(names: ReadonlyMap<number, Name>): Name {
    const number = this.word();
    return names.get(number) ?? (String(number) as Name);
  }

  list<Item>(read: () => Item): Item[] {
    const items = new Array<Item>(this.word());
    for (let i = 0; i < items.length; ++i) items[i] = read();
    return items;
  }

  /** Where each element of a lazy list begins; the reader stands behind the list then. */
  places(): number[] {
    const places = new Array<number>(this.word());
    for (let i = 0; i < places.length; ++i) {
      const size = this.word();
      places[i] = this.at;
      this.at += size;
    }
    return places;
  }
}
