// Plays the texts of tests/scenarios (README.md there) through the binding.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  Clock, CxjError, defaultIdentityRules, Tracker, type Assertion, type HistoryQuery,
  type Identifier, type IdentityRules, type Key, type NamespaceRule, type OpenOptions,
  type RepeatQuery, type TouchpointInput,
} from 'cxjourney';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Fields = { [name: string]: Json };

/** Durations: seconds in the texts, milliseconds in the binding. */
const durations = new Set(['window', 'fold_gap', 'short_abandon', 'forwarded_within', 'ttl',
  'open_episode_max_age', 'gap']);
/** What a zero enumeration is called. */
const zeros = new Set<unknown>([0, false, '', 'UNSPECIFIED', 'NONE', 'DEFAULT', 'STRING', null]);

function camel(name: string): string {
  const text = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return durations.has(name) ? `${text}Ms` : text;
}

function identifierOf(text: string): Identifier {
  const colon = text.indexOf(':');
  return { namespace: text.slice(0, colon), value: text.slice(colon + 1) };
}

function attributeOf(value: Json): object {
  if (typeof value === 'string') return { type: 'STRING', text: value };
  if (typeof value === 'boolean') return { type: 'BOOLEAN', integer: value ? 1 : 0 };
  return Number.isInteger(value) ? { type: 'INTEGER', integer: value }
    : { type: 'NUMBER', number: value };
}

/** How each method is called: both ways must tell the same story. */
export type Way = 'sync' | 'promised';

export class Player {
  readonly #names = new Map<string, Json>();
  readonly #clock = new Clock('2026-01-01T00:00:00Z');
  #folder: string | undefined;
  #options: OpenOptions = {};
  #tracker: Tracker | undefined;
  #answer: unknown;
  #error: CxjError | undefined;

  constructor(readonly way: Way) {}

  async play(path: string): Promise<void> {
    const lines = readFileSync(path, 'utf8').split('\n');
    try {
      for (const [index, line] of lines.entries()) {
        if (line === '' || line.startsWith('#')) continue;
        try {
          await this.#line(line);
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          throw new Error(`${path}:${index + 1}: ${text}`, { cause: error });
        }
      }
      assert.equal(this.#error, undefined, 'the last call failed');
      const report = this.way === 'sync' ? (await this.#open()).verifySync()
        : await (await this.#open()).verify();
      assert.deepEqual(report.problems, []);
    } finally {
      if (this.#tracker && !this.#tracker.closed) await this.#tracker.close();
      this.#clock.close();
      if (this.#folder) rmSync(this.#folder, { recursive: true });
    }
  }

  async #line(line: string): Promise<void> {
    const space = line.indexOf(' ');
    const verb = line.slice(0, space);
    const text = line.slice(space + 1).trim();
    if (verb === 'at') return this.#clock.set(text);
    if (verb === 'error') {
      assert.equal(this.#error?.code, text);
      this.#error = undefined;
      return;
    }
    assert.equal(this.#error, undefined, `the call before failed: ${this.#error?.message}`);
    const argument = JSON.parse(text) as Json;
    if (verb === 'expect') return this.#match(argument, this.#answer, 'answer');
    if (verb === 'open') return this.#prepare(argument as Fields);
    const tracker = await this.#open();
    if (verb === 'reopen') {
      await tracker.close();
      this.#tracker = undefined;
      return;
    }
    try {
      this.#answer = await this.#call(tracker, verb, this.#given(argument) as Record<string, any>);
    } catch (error) {
      if (!(error instanceof CxjError)) throw error;
      this.#error = error;
    }
  }

  #prepare(argument: Fields): void {
    const { identity_rules: rules, ...rest } = argument;
    this.#options = this.#given(rest) as OpenOptions;
    if (rules) this.#options = { ...this.#options, identityRules: this.#rules(rules as Fields) };
    if (argument.in_memory === false) this.#folder = mkdtempSync(join(tmpdir(), 'cxj-scenario-'));
  }

  #rules(fields: Fields): IdentityRules {
    const { namespaces, ...rest } = fields;
    const rules = { ...defaultIdentityRules(), ...(this.#given(rest) as IdentityRules) };
    const list = [...(rules.namespaces ?? [])];
    for (const change of (namespaces ?? []) as Fields[]) {
      const given = this.#given(change) as NamespaceRule;
      const at = list.findIndex(({ name }) => name === given.name);
      if (at < 0) list.push(given);
      else list[at] = { ...list[at]!, ...given };
    }
    return { ...rules, namespaces: list };
  }

  async #open(): Promise<Tracker> {
    if (this.#tracker) return this.#tracker;
    const options: OpenOptions = {
      inMemory: this.#folder === undefined, storeKey: new Uint8Array(32).fill(1),
      ...this.#options, clock: this.#clock,
    };
    const path = this.#folder ? join(this.#folder, 'store') : '';
    this.#tracker = this.way === 'sync' ? Tracker.openSync(path, options)
      : await Tracker.open(path, options);
    return this.#tracker;
  }

  /** An argument as the binding takes it. */
  #given(value: Json, name = ''): unknown {
    if (typeof value === 'string') {
      if (value.startsWith('$')) return this.#names.get(value);
      return ['identifier', 'identifiers', 'a', 'b'].includes(name) ? identifierOf(value) : value;
    }
    if (Array.isArray(value)) return value.map((item) => this.#given(item, name));
    if (value === null || typeof value !== 'object') return value;
    const fields: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (name === 'attributes' && key === 'value') Object.assign(fields, attributeOf(item));
      else if (durations.has(key)) fields[camel(key)] = Number(item) * 1000;
      else fields[camel(key)] = this.#given(item, key);
    }
    return fields;
  }

  #call(tracker: Tracker, verb: string, fields: Record<string, any>): unknown {
    const sync = this.way === 'sync';
    const { identifier, identifiers, a, b, actor, reason, customer, now, ...rest } = fields;
    const assertion: Assertion | undefined =
      actor === undefined && reason === undefined ? undefined : { actor, reason };
    switch (verb) {
      case 'record': {
        const touchpoint = fields as TouchpointInput;
        return sync ? tracker.recordSync(touchpoint) : tracker.record(touchpoint);
      }
      case 'record_all': return this.#recordAll(tracker, fields);
      case 'resolve': return this.#resolve(tracker, identifier);
      case 'customer': return sync ? tracker.customerSync(fields.id) : tracker.customer(fields.id);
      case 'history': {
        const query = rest as HistoryQuery;
        if (identifier) {
          return sync ? tracker.historySync(identifier, query) : tracker.history(identifier, query);
        }
        return sync ? tracker.customerHistorySync(customer, query)
          : tracker.customerHistory(customer, query);
      }
      case 'scan': return this.#scan(tracker, rest as HistoryQuery);
      case 'context':
        return sync ? tracker.contextSync(identifier, now) : tracker.context(identifier, now);
      case 'why': return sync ? tracker.whySync(a, b) : tracker.why(a, b);
      case 'link':
        return sync ? tracker.mustLinkSync(identifiers, assertion)
          : tracker.mustLink(identifiers, assertion);
      case 'unlink':
        return sync ? tracker.unlinkSync(a, b, assertion) : tracker.unlink(a, b, assertion);
      case 'block':
        return sync ? tracker.blockSync(identifier, assertion)
          : tracker.block(identifier, assertion);
      case 'unblock':
        return sync ? tracker.unblockSync(identifier, assertion)
          : tracker.unblock(identifier, assertion);
      case 'retract': return this.#retract(tracker, fields, assertion);
      case 'repeats': {
        const query = rest as RepeatQuery;
        return sync ? tracker.repeatsSync(query) : tracker.repeats(query);
      }
      case 'stats': return sync ? tracker.statsSync() : tracker.stats();
      case 'verify': return sync ? tracker.verifySync() : tracker.verify();
      default: throw new Error(`no directive ${verb}`);
    }
  }

  async #recordAll(tracker: Tracker, fields: Record<string, any>): Promise<unknown> {
    const { touchpoints, ...options } = fields;
    const receipts = this.way === 'sync' ? tracker.recordAllSync(touchpoints, options)
      : await tracker.recordAll(touchpoints, options);
    return { receipts };
  }

  async #resolve(tracker: Tracker, identifier: Identifier): Promise<unknown> {
    const customer = this.way === 'sync' ? tracker.resolveSync(identifier)
      : await tracker.resolve(identifier);
    return { customer };
  }

  async #scan(tracker: Tracker, query: HistoryQuery): Promise<unknown> {
    const touchpoints = [];
    if (this.way === 'sync') {
      for (const { touchpoint } of tracker.scan(query)) touchpoints.push(touchpoint);
    } else {
      for await (const { touchpoint } of tracker.scan(query)) touchpoints.push(touchpoint);
    }
    return { touchpoints };
  }

  #retract(tracker: Tracker, fields: Record<string, any>,
           by: Assertion | undefined): unknown {
    const sync = this.way === 'sync';
    if (fields.key) {
      const key = fields.key as Key;
      return sync ? tracker.retractTouchpointSync(key, by) : tracker.retractTouchpoint(key, by);
    }
    const id = String(fields.assertion);
    return sync ? tracker.retractAssertionSync(id, by) : tracker.retractAssertion(id, by);
  }

  #match(expected: Json, actual: unknown, where: string): void {
    if (typeof expected === 'string' && expected.startsWith('$')) {
      return this.#name(expected, actual, where);
    }
    if (Array.isArray(expected)) {
      const items = (actual ?? []) as unknown[];
      assert.equal(items.length, expected.length, `${where} has ${items.length} items`);
      expected.forEach((item, index) => this.#match(item, items[index], `${where}[${index}]`));
    } else if (expected !== null && typeof expected === 'object') {
      assert.ok(actual !== undefined && actual !== null, `${where} is absent`);
      for (const [name, item] of Object.entries(expected)) {
        const value = (actual as Record<string, unknown>)[camel(name)];
        const seconds = durations.has(name) && typeof value === 'number' ? value / 1000 : value;
        this.#match(item, seconds, `${where}.${name}`);
      }
    } else if (actual === undefined) {
      // "No limit" is left out by the binding, as everything is that is zero.
      assert.ok(zeros.has(expected) || expected === 'min' || expected === 'max',
        `${where} is absent, not ${JSON.stringify(expected)}`);
    } else {
      this.#matchScalar(expected, actual, where);
    }
  }

  #matchScalar(expected: Json, actual: unknown, where: string): void {
    if (actual instanceof Date) {
      assert.equal(actual.toISOString().replace(/\.000Z$/, 'Z').replace(/(\.\d{3})Z$/, '$1000Z'),
        expected, where);
    } else if (typeof expected === 'number' && typeof actual === 'number') {
      assert.ok(Math.abs(actual - expected) <= 1e-6, `${where} is ${actual}, not ${expected}`);
    } else if (typeof expected === 'number') {
      assert.equal(String(actual), String(expected), where);
    } else {
      assert.deepEqual(actual, expected, where);
    }
  }

  #name(name: string, actual: unknown, where: string): void {
    assert.ok(!zeros.has(actual) && actual !== undefined, `${where} is nothing to name ${name}`);
    if (!this.#names.has(name)) {
      for (const [other, value] of this.#names) {
        assert.notEqual(actual, value, `${where} is ${other}, not a new ${name}`);
      }
      this.#names.set(name, actual as Json);
    }
    assert.equal(actual, this.#names.get(name), `${where} is not ${name}`);
  }
}
