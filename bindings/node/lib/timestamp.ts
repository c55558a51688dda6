import { InvalidArgumentError } from './errors.js';

const isoTime = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/;

/**
 * A time with microseconds. It is a Date, so it works wherever a Date does; `micros` is what a Date
 * cannot hold. Handed back to the library, as a bound of a query or in a touchpoint, it loses
 * nothing. `toISOString` and JSON show the microseconds when there are any.
 */
export class Timestamp extends Date {
  /** 0 to 999, behind the milliseconds of the Date. */
  readonly micros: number;

  constructor(milliseconds: number, micros = 0) {
    super(milliseconds);
    this.micros = micros;
  }

  /** ISO 8601 with a zone, up to six digits of fraction: "2026-03-01T10:00:00.123456+03:00". */
  static from(text: string): Timestamp {
    const match = isoTime.exec(text);
    const whole = match ? Date.parse(`${match[1]!.replace(' ', 'T')}${match[3]}`) : NaN;
    if (Number.isNaN(whole)) {
      throw new InvalidArgumentError(
        'a time as text is ISO 8601 with a zone: 2026-03-01T10:00:00.123456Z');
    }
    const micros = Number((match![2] ?? '').padEnd(6, '0'));
    return new Timestamp(whole + Math.floor(micros / 1000), micros % 1000);
  }

  static fromEpochMicros(micros: bigint | number): Timestamp {
    if (typeof micros === 'bigint') {
      const below = ((micros % 1000n) + 1000n) % 1000n;
      return new Timestamp(Number((micros - below) / 1000n), Number(below));
    }
    const milliseconds = Math.floor(micros / 1000);
    return new Timestamp(milliseconds, micros - milliseconds * 1000);
  }

  /** Microseconds since 1970-01-01T00:00:00Z. */
  get epochMicros(): bigint {
    return BigInt(this.getTime()) * 1000n + BigInt(this.micros);
  }

  override toISOString(): string {
    const text = super.toISOString();
    if (this.micros === 0) return text;
    return `${text.slice(0, -1)}${String(this.micros).padStart(3, '0')}Z`;
  }

  override toJSON(): string {
    return this.toISOString();
  }
}

/** A time as a caller may give it. Text is read by Timestamp.from. */
export type TimeInput = Date | Timestamp | string;
