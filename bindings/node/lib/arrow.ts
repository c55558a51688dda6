import type { Reader } from './wire.js';

/** A column's type, as the Arrow C data interface writes it: "u" text, "l" int64, "tsu:UTC" ... */
export interface ArrowField {
  readonly name: string;
  readonly format: string;
  readonly nullable: boolean;
  readonly children: readonly ArrowField[];
  readonly dictionary: ArrowField | undefined;
}

/** The memory of a column, laid out as the Arrow columnar format says. */
export interface ArrowData {
  readonly length: number;
  /** Rows to leave out at the start of the buffers. */
  readonly offset: number;
  readonly nullCount: number;
  /** One bit a row, 1: not null; empty: none is null. */
  readonly validity: Uint8Array;
  /** What the format has behind the validity: [values], or [offsets, values], or [offsets]. */
  readonly buffers: readonly Uint8Array[];
  readonly children: readonly ArrowData[];
  readonly dictionary: ArrowData | undefined;
}

/** Columns, batch by batch: `batches[i].children[j]` belongs to `fields[j]`. */
export interface ArrowTable {
  readonly fields: readonly ArrowField[];
  readonly batches: readonly ArrowData[];
}

const nullable = 2;

function readField(r: Reader): ArrowField {
  const name = r.str();
  const format = r.str();
  const flags = r.word();
  const children = r.list(() => readField(r));
  const dictionary = r.word() === 1 ? readField(r) : undefined;
  return { name, format, nullable: (flags & nullable) !== 0, children, dictionary };
}

function buffersOf(format: string): number {
  if (format === '+s') return 0;
  return /^[uzUZ]$/.test(format) ? 2 : 1;
}

function readData(r: Reader, field: ArrowField): ArrowData {
  const length = r.word();
  const offset = r.word();
  const nullCount = r.i32();
  const validity = r.bytes();
  const buffers = Array.from({ length: buffersOf(field.format) }, () => r.bytes());
  const children = field.children.map((child) => readData(r, child));
  const dictionary = field.dictionary && readData(r, field.dictionary);
  return { length, offset, nullCount, validity, buffers, children, dictionary };
}

export function readArrow(r: Reader): ArrowTable {
  const root = readField(r);
  const batches: ArrowData[] = [];
  while (r.word() === 1) batches.push(readData(r, root));
  return { fields: root.children, batches };
}
