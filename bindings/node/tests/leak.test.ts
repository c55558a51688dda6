// Memory must not grow with the number of calls: CXJ_LEAK_CALLS of them (100,000 without) of every
// kind, over a store that does not grow, after a warm-up.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Clock, CxjError, parsePolicy, Tracker } from 'cxjourney';
import { call, collect, email, phone, turn } from './support.js';

const calls = Number(process.env.CXJ_LEAK_CALLS ?? 100000);
/** What heaps breathe by. Beyond a quarter of a million calls: 32 bytes a call, the smallest block. */
const growthMax = (count: number) => Math.max(8 * 1024 * 1024, 32 * count);

/** Memory of the process once everything is let go that can be. */
async function settled(): Promise<number> {
  for (let i = 0; i < 5; ++i) {
    collect();
    await turn();
  }
  return process.memoryUsage.rss();
}

async function growth(count: number, run: (index: number) => unknown): Promise<number> {
  const part = Math.ceil(count / 10);
  let before = 0;
  for (let round = 0; round < 11; ++round) {
    if (round === 3) before = await settled();
    for (let i = 0; i < part; ++i) {
      const result = run(i);
      if (result instanceof Promise) await result;
      if (i % 1000 === 0) await turn();
    }
  }
  return (await settled()) - before;
}

function fails(run: () => unknown): void {
  assert.throws(run, CxjError);
}

const touchpoints = Array.from({ length: 10 }, (_, i) => call(`call-${i}`, {
  identifiers: [phone, email], topics: ['order/late'], agent: 'Çağrı', text: 'x'.repeat(200),
  attributes: [{ key: 'k', type: 'STRING', text: 'v', fact: true }],
}));
const nobody = { namespace: 'email', value: 'nobody@example.com' };

/** Each kind of call, and how many of `calls` it may have: dear ones less. */
const kinds: [string, number, (tracker: Tracker, index: number) => unknown][] = [
  ['recordSync', 1, (t, i) => t.recordSync(touchpoints[i % 10]!)],
  ['recordSync, read', 1, (t, i) => t.recordSync(touchpoints[i % 10]!).sequence],
  ['record', 0.2, (t, i) => t.record(touchpoints[i % 10]!)],
  ['recordAllSync', 0.05, (t) => t.recordAllSync(touchpoints)],
  ['historySync', 0.5, (t) => t.historySync(phone, { limit: 5 }).touchpoints],
  ['history', 0.1, (t) => t.history(phone)],
  ['contextSync', 0.2, (t) => t.contextSync(phone)],
  ['whySync', 0.2, (t) => t.whySync(phone, email)],
  ['errors', 0.5, (t) => fails(() => t.resolveSync(nobody))],
  ['wrong arguments', 0.5, (t) => fails(() => t.recordSync({ source: 5 as unknown as string }))],
  ['rejections', 0.1, (t) => t.resolve(nobody).catch(() => undefined)],
  ['cursors', 0.1, (t) => { for (const found of t.scan()) if (found) break; }],
  ['cursors left alone', 0.05, (t) => t.scan().nextSync()],
  ['promised cursors', 0.02, async (t) => {
    for await (const found of t.scan()) if (found) break;
  }],
  ['columns', 0.02, (t) => t.scanArrow()],
  ['repeatsSync', 0.1, (t) => t.repeatsSync({ listContacts: true, listEpisodes: true })],
  ['checkRepeatSync', 0.5, (t) => t.checkRepeatSync(phone, { topics: ['a/b'] })],
  ['flowsSync', 0.1, (t) => [t.transitionsSync(), t.funnelSync({ steps: [{}] })]],
  ['statsSync and rules', 0.1, (t) => [t.statsSync(), t.identityRules, t.policies]],
  ['policies', 0.3, () => parsePolicy('next_contact_7d,window=3d')],
  ['trackers and clocks', 0.01, () => {
    const clock = new Clock('2024-03-01T10:00:00Z');
    const tracker = Tracker.openSync('', { inMemory: true, clock });
    tracker.recordSync(touchpoints[0]!);
    tracker.closeSync();
    clock.close();
  }],
  ['trackers left alone', 0.005, (_, i) => {
    const tracker = Tracker.openSync('', { inMemory: true });
    tracker.recordSync(touchpoints[0]!);
    if (i % 10 !== 0) return undefined;
    // They are small to the collector, so it would let hundreds gather, and the heap of the library,
    // full of holes after them, would grow for longer than the warm-up.
    collect();
    return turn();
  }],
];

for (const [name, share, run] of kinds) {
  const count = Math.max(500, Math.round(calls * share));
  test(`${count} times ${name}`, async (t) => {
    const tracker = Tracker.openSync('', { inMemory: true, durability: 'OS', keepText: true });
    tracker.recordAllSync(touchpoints);
    const grown = await growth(count, (index) => run(tracker, index));
    await tracker.close();
    const said = `grew by ${Math.round(grown / 1024)} KiB`;
    t.diagnostic(said);
    assert.ok(grown < growthMax(count), said);
  });
}
