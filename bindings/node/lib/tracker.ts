import * as calls from './generated/calls.js';
import { writeOptions } from './generated/wire.js';
import type {
  Assertion, AssertionReceipt, Context, Customer, Format, FunnelQuery, FunnelReport, HistoryQuery,
  Identifier, IdentityRules, Key, OpenReport, Options, Policy, Receipt, RecordOptions, RepeatCheck,
  RepeatQuery, RepeatReport, Stats, TouchpointInput, TransitionQuery, TransitionReport, Verdict,
  VerifyReport, Why,
} from './generated/types.js';
import { readArrow, type ArrowTable } from './arrow.js';
import { Clock } from './clock.js';
import { Cursor } from './cursor.js';
import { FailedPreconditionError } from './errors.js';
import { Journey } from './journey.js';
import { parsePolicy } from './library.js';
import {
  addon, answer, callAsync, callSync, keptAnswer, room, start, writer, type Handle,
} from './native.js';
import type { TimeInput } from './timestamp.js';
import type { AssertionId, CustomerId, Reader, Writer } from './wire.js';
import { receiptsOf, recordHere, recordOneHere, Writes } from './writes.js';

/** Options of cxj_open; policies may be texts for parsePolicy. */
export type OpenOptions = Options & { readonly clock?: Clock | undefined };

type Call<Arguments extends unknown[], Result> = {
  readonly number: number;
  write(w: Writer, ...args: Arguments): void;
  readonly read?: (r: Reader) => Result;
};

/** What is wrong with the arguments rejects the promise, too; they are read before it returns. */
function promised<Result>(begin: () => Promise<Result>): Promise<Result> {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error);
  }
}

function withPolicies(options: OpenOptions): OpenOptions {
  return options.policies ? { ...options, policies: options.policies.map(policyOf) } : options;
}

function policyOf(policy: Policy | string): Policy {
  return typeof policy === 'string' ? parsePolicy(policy) : policy;
}

function withPolicy(query: RepeatQuery): RepeatQuery {
  return typeof query.policy === 'string' ? { ...query, policy: parsePolicy(query.policy) } : query;
}

/**
 * A store of customer journeys. Every method that can block exists twice: one returns a promise and
 * works on a thread of libuv's pool; the one with `Sync` works on this thread, at the speed of the
 * library, and is what to use with stores in memory and with durability 'OS'. A method that
 * promises reads its arguments before it returns. Writes that promise are carried out in the order
 * in which they were called; a `Sync` one does not wait for them.
 *
 * Look-ups that find nothing throw NotFoundError. A closed tracker throws FailedPreconditionError.
 */
export class Tracker {
  readonly #handle: Handle;
  readonly #writes: Writes;
  #closed = false;
  #underWay = 0;
  #idle: (() => void) | undefined;

  private constructor(handle: Handle) {
    this.#handle = handle;
    this.#writes = new Writes(handle);
  }

  /** Opens the store in the folder, creates it if missing, and derives its state anew. */
  static open(path: string, options: OpenOptions = {}): Promise<Tracker> {
    return new Promise((resolve, reject) => {
      const size = Tracker.#openArguments(path, options);
      addon.open(Clock.handle(options.clock), size, (error, handle) =>
        error ? reject(error) : resolve(new Tracker(handle)));
    });
  }

  static openSync(path: string, options: OpenOptions = {}): Tracker {
    const size = Tracker.#openArguments(path, options);
    return new Tracker(addon.open(Clock.handle(options.clock), size));
  }

  static #openArguments(path: string, options: OpenOptions): number {
    const parsed = withPolicies(options);
    return writer.fill((w) => {
      w.str(path, 'path');
      writeOptions(w, parsed);
    });
  }

  /** Waits for what is under way, syncs, and gives the folder free. */
  async close(): Promise<void> {
    this.#open();
    this.#closed = true;
    if (this.#underWay > 0) await new Promise<void>((resolve) => { this.#idle = resolve; });
    await new Promise<void>((resolve, reject) => {
      addon.close(this.#handle, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** FailedPreconditionError: calls that promised are still under way. */
  closeSync(): void {
    this.#open();
    if (this.#underWay > 0) throw new FailedPreconditionError('calls are still under way');
    this.#closed = true;
    addon.close(this.#handle);
  }

  get closed(): boolean {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.closeSync();
  }

  // What was opened -------------------------------------------------------------------------------

  /** What opening found and did. */
  get openReport(): OpenReport {
    return this.#sync(calls.trackerOpenReport);
  }

  get identityRules(): IdentityRules {
    return this.#sync(calls.trackerIdentityRules);
  }

  /** The registered ones; the first is the default. */
  get policies(): Policy[] {
    this.#open();
    const policies: Policy[] = [];
    for (;;) {
      writer.fill((w) => calls.trackerPolicy.write(w, policies.length));
      const size = addon.call(calls.trackerPolicy.number, this.#handle, room()) as number;
      if (size === 0) return policies;
      policies.push(calls.trackerPolicy.read(answer(size)));
    }
  }

  // Recording -------------------------------------------------------------------------------------

  /**
   * Stores one touchpoint. A refused one does not throw: its receipt says 'REFUSED' and why.
   * Touchpoints that wait for the write before them share its successor's commit and sync.
   */
  record(touchpoint: TouchpointInput, options?: RecordOptions): Promise<Receipt> {
    return this.#watch(() => this.#writes.record(touchpoint, options));
  }

  recordSync(touchpoint: TouchpointInput, options?: RecordOptions): Receipt {
    if (this.#closed) this.#open();
    return recordOneHere(this.#handle, touchpoint, options);
  }

  /** Stores touchpoints (at most 10,000), in order, in one atomic commit. */
  recordAll(touchpoints: readonly TouchpointInput[], options?: RecordOptions): Promise<Receipt[]> {
    return this.#write(calls.record, (size) => receiptsOf(size), touchpoints, options);
  }

  recordAllSync(touchpoints: readonly TouchpointInput[], options?: RecordOptions): Receipt[] {
    this.#open();
    return recordHere(this.#handle, touchpoints, options);
  }

  /** Touchpoints as protobuf or JSON Lines in, as many receipts in the same format out. */
  recordEncoded(format: Format, batch: Uint8Array | string,
                options?: RecordOptions): Promise<Uint8Array> {
    return this.#write(calls.recordEncoded, (size) =>
      calls.recordEncoded.read(answer(size)).bytes, format, batch as Uint8Array, options);
  }

  recordEncodedSync(format: Format, batch: Uint8Array | string,
                    options?: RecordOptions): Uint8Array {
    return this.#sync(calls.recordEncoded, format, batch as Uint8Array, options).bytes;
  }

  /** Makes everything acknowledged so far durable, whatever it was recorded with. */
  sync(): Promise<void> {
    return this.#write(calls.sync, () => undefined);
  }

  syncSync(): void {
    this.#sync(calls.sync);
  }

  /** Rewrites the sealed files so that the store takes as little room as it can: reads and writes
   * every sealed byte once. Writers wait meanwhile; answers stay the same. */
  compact(): Promise<void> {
    return this.#write(calls.compact, () => undefined);
  }

  compactSync(): void {
    this.#sync(calls.compact);
  }

  // Identity --------------------------------------------------------------------------------------

  /** The customer that holds the identifier. */
  resolve(identifier: Identifier): Promise<CustomerId> {
    return this.#async(calls.resolve, identifier);
  }

  resolveSync(identifier: Identifier): CustomerId {
    return this.#sync(calls.resolve, identifier);
  }

  /** The customer that holds this id now, also where it is an older alias. */
  customer(id: CustomerId): Promise<Customer> {
    return this.#async(calls.customerOf, id);
  }

  customerSync(id: CustomerId): Customer {
    return this.#sync(calls.customerOf, id);
  }

  /** The primary ids of all customers, ascending. */
  async *customers(): AsyncGenerator<CustomerId, void, undefined> {
    let after: CustomerId = '0000000000000000';
    for (;;) {
      const ids = await this.#async(calls.listCustomers, after, 1000);
      if (ids.length === 0) return;
      yield* ids;
      after = ids[ids.length - 1]!;
    }
  }

  *customersSync(): Generator<CustomerId, void, undefined> {
    let after: CustomerId = '0000000000000000';
    for (;;) {
      const ids = this.#sync(calls.listCustomers, after, 1000);
      if (ids.length === 0) return;
      yield* ids;
      after = ids[ids.length - 1]!;
    }
  }

  /** Asserts that all of these (two or more) are one customer. */
  mustLink(identifiers: readonly Identifier[], assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.mustLink, identifiers, assertion);
  }

  mustLinkSync(identifiers: readonly Identifier[], assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.mustLink, identifiers, assertion);
  }

  /** Asserts that the two are never one customer. Beats must-links. */
  unlink(a: Identifier, b: Identifier, assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.unlink, a, b, assertion);
  }

  unlinkSync(a: Identifier, b: Identifier, assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.unlink, a, b, assertion);
  }

  /** The identifier stops being evidence: it links nothing and belongs to nobody. */
  block(identifier: Identifier, assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.block, identifier, assertion);
  }

  blockSync(identifier: Identifier, assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.block, identifier, assertion);
  }

  unblock(identifier: Identifier, assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.unblock, identifier, assertion);
  }

  unblockSync(identifier: Identifier, assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.unblock, identifier, assertion);
  }

  /** As if the assertion had never been made. Retracting a retraction restores. */
  retractAssertion(id: AssertionId, assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.retractAssertion, id, assertion);
  }

  retractAssertionSync(id: AssertionId, assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.retractAssertion, id, assertion);
  }

  /** As if no revision of the touchpoint had ever been recorded. */
  retractTouchpoint(key: Key, assertion?: Assertion): Promise<AssertionReceipt> {
    return this.#assert(calls.retractTouchpoint, key, assertion);
  }

  retractTouchpointSync(key: Key, assertion?: Assertion): AssertionReceipt {
    return this.#sync(calls.retractTouchpoint, key, assertion);
  }

  /** Why two identifiers are one customer, or are not. */
  why(a: Identifier, b: Identifier): Promise<Why> {
    return this.#async(calls.whyOf, a, b);
  }

  whySync(a: Identifier, b: Identifier): Why {
    return this.#sync(calls.whyOf, a, b);
  }

  // History ---------------------------------------------------------------------------------------

  /** The newest touchpoints of the customer that holds the identifier. */
  history(identifier: Identifier, query?: HistoryQuery): Promise<Journey> {
    return this.#journey(calls.visitHistory, identifier, query);
  }

  historySync(identifier: Identifier, query?: HistoryQuery): Journey {
    if (this.#closed) this.#open();
    writer.begin();
    try {
      calls.visitHistory.write(writer, identifier, query);
    } finally {
      writer.end();
    }
    const r = keptAnswer(addon.call(calls.visitHistory.number, this.#handle, room()) as number);
    return new Journey(r.slab, r.at);
  }

  customerHistory(customer: CustomerId, query?: HistoryQuery): Promise<Journey> {
    return this.#journey(calls.visitCustomerHistory, customer, query);
  }

  customerHistorySync(customer: CustomerId, query?: HistoryQuery): Journey {
    this.#open();
    writer.fill((w) => calls.visitCustomerHistory.write(w, customer, query));
    const { number } = calls.visitCustomerHistory;
    const r = keptAnswer(addon.call(number, this.#handle, room()) as number);
    return new Journey(r.slab, r.at);
  }

  /** A whole history, newest first. */
  walk(identifier: Identifier, query?: HistoryQuery): Cursor {
    return this.#cursor(calls.historyCursor, identifier, query);
  }

  walkCustomer(customer: CustomerId, query?: HistoryQuery): Cursor {
    return this.#cursor(calls.customerHistoryCursor, customer, query);
  }

  /** Every touchpoint that counts, in the order of first recording. */
  scan(query?: HistoryQuery): Cursor {
    return this.#cursor(calls.scanCursor, query);
  }

  /** What an agent must see when a contact starts. */
  context(identifier: Identifier, now?: TimeInput): Promise<Context> {
    return this.#async(calls.contextOf, identifier, now);
  }

  contextSync(identifier: Identifier, now?: TimeInput): Context {
    return this.#sync(calls.contextOf, identifier, now);
  }

  /** Whether a contact that starts like this is a repeat, and of what; records nothing. */
  checkRepeat(identifier: Identifier, check?: RepeatCheck): Promise<Verdict> {
    return this.#async(calls.checkRepeat, identifier, check);
  }

  checkRepeatSync(identifier: Identifier, check?: RepeatCheck): Verdict {
    return this.#sync(calls.checkRepeat, identifier, check);
  }

  // The whole store -------------------------------------------------------------------------------

  /** Contacts, repeats and measures over the whole store. */
  repeats(query: RepeatQuery = {}): Promise<RepeatReport> {
    return promised(() => this.#async(calls.repeats, withPolicy(query)));
  }

  repeatsSync(query: RepeatQuery = {}): RepeatReport {
    return this.#sync(calls.repeats, withPolicy(query));
  }

  /** Which channel follows which, over all journeys. */
  transitions(query?: TransitionQuery): Promise<TransitionReport> {
    return this.#async(calls.transitions, query);
  }

  transitionsSync(query?: TransitionQuery): TransitionReport {
    return this.#sync(calls.transitions, query);
  }

  /** How far customers come through the steps, over all journeys. */
  funnel(query: FunnelQuery): Promise<FunnelReport> {
    return this.#async(calls.funnel, query);
  }

  funnelSync(query: FunnelQuery): FunnelReport {
    return this.#sync(calls.funnel, query);
  }

  /** The columns of each of these are in docs/C_API.md. */
  historyArrow(identifier: Identifier, query?: HistoryQuery): Promise<ArrowTable> {
    return this.#arrow(calls.historyArrow, identifier, query);
  }

  scanArrow(query?: HistoryQuery): Promise<ArrowTable> {
    return this.#arrow(calls.scanArrow, query);
  }

  contactsArrow(query: RepeatQuery = {}): Promise<ArrowTable> {
    return promised(() => this.#arrow(calls.contactsArrow, withPolicy(query)));
  }

  episodesArrow(query: RepeatQuery = {}): Promise<ArrowTable> {
    return promised(() => this.#arrow(calls.episodesArrow, withPolicy(query)));
  }

  stats(): Promise<Stats> {
    return this.#async(calls.statsOf);
  }

  statsSync(): Stats {
    return this.#sync(calls.statsOf);
  }

  /** Derives everything from the stored evidence again and compares. Writers wait meanwhile. */
  verify(): Promise<VerifyReport> {
    return this.#async(calls.verify);
  }

  verifySync(): VerifyReport {
    return this.#sync(calls.verify);
  }

  // Calling ---------------------------------------------------------------------------------------

  #open(): void {
    if (this.#closed) throw new FailedPreconditionError('the tracker is closed');
  }

  /** Begins a call that promises; `close` waits for it. */
  #watch<Result>(begin: () => Promise<Result>): Promise<Result> {
    return promised(() => {
      this.#open();
      const promise = begin();
      ++this.#underWay;
      const over = () => {
        if (--this.#underWay === 0) this.#idle?.();
      };
      promise.then(over, over);
      return promise;
    });
  }

  #sync<Arguments extends unknown[], Result>(
    call: Call<Arguments, Result>, ...args: Arguments): Result {
    this.#open();
    return callSync(call, this.#handle, ...args);
  }

  #async<Arguments extends unknown[], Result>(
    call: Call<Arguments, Result>, ...args: Arguments): Promise<Result> {
    return this.#watch(() => callAsync(call, this.#handle, ...args));
  }

  /** A write: its arguments are read now, its turn comes behind the writes before it. */
  #write<Arguments extends unknown[], Result>(
    call: Call<Arguments, unknown>, finish: (size: number) => Result,
    ...args: Arguments): Promise<Result> {
    return this.#watch(() => {
      const size = writer.fill((w) => call.write(w, ...args));
      const bytes = new Uint8Array(writer.bytes.subarray(0, size));
      return this.#writes.run(() => {
        writer.fill((w) => w.raw(bytes));
        return start(call.number, this.#handle, size, (result) => finish(result as number));
      });
    });
  }

  #assert<Arguments extends unknown[]>(
    call: Call<Arguments, AssertionReceipt>, ...args: Arguments): Promise<AssertionReceipt> {
    return this.#write(call, (size) => call.read!(answer(size)), ...args);
  }

  #journey<Arguments extends unknown[]>(
    call: Call<Arguments, unknown>, ...args: Arguments): Promise<Journey> {
    return this.#watch(() => {
      const size = writer.fill((w) => call.write(w, ...args));
      return start(call.number, this.#handle, size, (result) => {
        const r = keptAnswer(result as number);
        return new Journey(r.slab, r.at);
      });
    });
  }

  #arrow<Arguments extends unknown[]>(
    call: Call<Arguments, unknown>, ...args: Arguments): Promise<ArrowTable> {
    return this.#watch(() => {
      const size = writer.fill((w) => call.write(w, ...args));
      return start(call.number, this.#handle, size,
        (result) => readArrow(answer(result as number)));
    });
  }

  #cursor<Arguments extends unknown[]>(
    call: Call<Arguments, unknown>, ...args: Arguments): Cursor {
    this.#open();
    const size = writer.fill((w) => call.write(w, ...args));
    const bytes = new Uint8Array(writer.bytes.subarray(0, size));
    const refill = () => {
      this.#open();
      writer.fill((w) => w.raw(bytes));
    };
    const open = () => {
      refill();
      return addon.call(call.number, this.#handle, room()) as Handle;
    };
    const openAsync = () => this.#watch(() => {
      refill();
      return start(call.number, this.#handle, size, (handle) => handle as Handle);
    });
    return new Cursor(open, openAsync);
  }
}
