import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { Tracker, type Identifier, type OpenOptions, type TouchpointInput } from 'cxjourney';

/** A folder that goes when the test is over. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'cxj-node-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A store in memory, closed when the test is over. */
export function memory(t: TestContext, options: OpenOptions = {}): Tracker {
  const tracker = Tracker.openSync('', { inMemory: true, ...options });
  t.after(() => tracker[Symbol.dispose]());
  return tracker;
}

export const phone: Identifier = { namespace: 'phone', value: '0532 111 22 33' };
export const email: Identifier = { namespace: 'email', value: 'ayse@example.com' };

export function call(id: string, more: Partial<TouchpointInput> = {}): TouchpointInput {
  return {
    source: 'crm', id, identifiers: [phone], eventTime: '2024-03-01T10:00:00Z', channel: 'PHONE',
    purpose: 'REQUEST', ...more,
  };
}

export function collect(): void {
  if (!global.gc) throw new Error('run the tests with --expose-gc');
  global.gc();
}

/** A turn of the event loop, in which finalizers run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
