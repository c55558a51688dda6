import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Tracker, UnavailableError, type TouchpointInput } from 'cxjourney';
import { call, folder, memory, phone } from './support.js';

/** Runs `work` and counts the turns of the event loop meanwhile. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const count = () => {
    ++turns;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await work();
  running = false;
  return turns;
}

/** Touchpoints of as many customers. */
function many(count: number, name: string): TouchpointInput[] {
  return Array.from({ length: count }, (_, i) => call(`${name}-${i}`,
    { identifiers: [{ namespace: 'customer_id', value: `${name}-${i}` }] }));
}

test('the event loop turns while calls are under way', async (t) => {
  const tracker = await Tracker.open(join(folder(t), 'store'));
  const batch = many(5000, 'call');
  assert.ok(await turnsOf(() => tracker.recordAll(batch)) > 20);
  assert.ok(await turnsOf(() => tracker.verify()) > 5);
  const more = many(5000, 'more');
  assert.ok(await turnsOf(async () => { tracker.recordAllSync(more); }) < 5);
  await tracker.close();
});

test('the event loop turns while a durable record waits for its sync', async (t) => {
  const tracker = await Tracker.open(join(folder(t), 'store'));
  let turns = 0;
  for (let i = 0; i < 50; ++i) turns += await turnsOf(() => tracker.record(call(`call-${i}`)));
  assert.ok(turns >= 50, `${turns} turns`);
  await tracker.close();
});

test('records that wait share a commit, in the order of their calls', async (t) => {
  const path = join(folder(t), 'store');
  const tracker = await Tracker.open(path);
  const receipts = await Promise.all(many(2000, 'call').map((given) => tracker.record(given)));
  receipts.forEach((receipt, index) => {
    assert.equal(receipt.key.id, `call-${index}`);
    if (index > 0) assert.ok(receipt.sequence > receipts[index - 1]!.sequence);
  });
  await tracker.close();
  const again = await Tracker.open(path);
  assert.ok(again.openReport.batches < 20, `${again.openReport.batches} commits`);
  assert.equal((await again.stats()).touchpoints, 2000);
  await again.close();
});

test('records of other options, batches and assertions keep their place', async (t) => {
  const tracker = memory(t);
  const done: string[] = [];
  const note = (name: string) => () => { done.push(name); };
  const before = [
    tracker.record(call('1')).then(note('first')),
    tracker.record(call('2'), { durability: 'OS' }).then(note('other options')),
    tracker.recordAll([call('3'), { source: 'crm' }], { allOrNothing: true })
      .then((receipts) => done.push(receipts[0]!.outcome)),
    tracker.block(phone),
  ];
  const link = tracker.record(call('4')).then((receipt) => done.push(String(receipt.customer)));
  await Promise.all(before);
  await tracker.sync();
  await link;
  // The last one finds its identifier blocked: it belongs to nobody.
  assert.deepEqual(done, ['first', 'other options', 'REFUSED', 'undefined']);
});

test('a refused touchpoint of a shared commit harms no other', async (t) => {
  const tracker = memory(t);
  const outcomes = await Promise.all([
    tracker.record(call('1')), tracker.record({ source: 'crm' }), tracker.record(call('2')),
    tracker.record(call('2')),
  ].map(async (receipt) => (await receipt).outcome));
  assert.deepEqual(outcomes, ['RECORDED', 'REFUSED', 'RECORDED', 'DUPLICATE']);
});

test('arguments are read before the call returns', async (t) => {
  const tracker = memory(t);
  const first = tracker.record(call('0'));
  const touchpoint: { -readonly [Name in keyof TouchpointInput]: TouchpointInput[Name] } =
    { ...call('before') };
  const query = { limit: 1 };
  const receipt = tracker.record(touchpoint);
  touchpoint.id = 'after';
  const batch = [call('batch')];
  const receipts = tracker.recordAll(batch);
  batch.length = 0;
  await Promise.all([first, receipt, receipts]);
  const journey = tracker.history(phone, query);
  query.limit = 100;
  assert.equal((await journey).length, 1);
  assert.equal((await receipt).key.id, 'before');
  assert.equal((await receipts)[0]!.key.id, 'batch');
});

test('many readers and writers at once', async (t) => {
  const tracker = await Tracker.open(join(folder(t), 'store'), { durability: 'OS' });
  await tracker.record(call('first'));
  const work: Promise<unknown>[] = [];
  for (let i = 0; i < 200; ++i) {
    work.push(tracker.record(call(`call-${i}`)), tracker.history(phone, { limit: 5 }),
      tracker.context(phone), tracker.stats());
    if (i % 20 === 0) {
      work.push(tracker.repeats(), (async () => {
        let found = 0;
        for await (const { touchpoint } of tracker.scan({ limit: 7 })) {
          found += touchpoint.id.length;
        }
        return found;
      })());
    }
  }
  await Promise.all(work);
  assert.equal(tracker.historySync(phone).length, 201);
  assert.deepEqual((await tracker.verify()).problems, []);
  await tracker.close();
});

test('a cursor sees every touchpoint, over many pages, both ways', async (t) => {
  const tracker = memory(t);
  const { customer } = tracker.recordSync(call('call-0'));
  tracker.recordAllSync(Array.from({ length: 499 }, (_, i) => call(`call-${i + 1}`)));
  tracker.recordSync({ source: 'crm', id: 'nobody', channel: 'PHONE' });
  const sync = [...tracker.scan({ limit: 100 })];
  assert.equal(sync.length, 501);
  assert.equal(sync[0]!.customer, customer);
  assert.equal(sync[500]!.customer, undefined);
  const promised = [];
  for await (const found of tracker.scan({ limit: 100 })) promised.push(found);
  assert.deepEqual(promised, sync);
  assert.equal([...tracker.walk(phone, { limit: 33 })].length, 500);
  assert.equal([...tracker.walkCustomer(customer!)].length, 500);
});

test('a promise of opening that fails leaves nothing behind', async (t) => {
  const path = join(folder(t), 'store');
  const tracker = await Tracker.open(path);
  for (let i = 0; i < 20; ++i) {
    await assert.rejects(Tracker.open(path, { lockWaitMs: 0 }), UnavailableError);
  }
  await tracker.close();
  await (await Tracker.open(path)).close();
});
