import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { Clock, FailedPreconditionError, Tracker } from 'cxjourney';
import { call, collect, email, folder, memory, phone, turn } from './support.js';

const key = { source: 'crm', id: '1' };
const someone = '0123456789abcdef';
/** Every method that a closed tracker must refuse, with arguments that it would take. */
const uses: Record<string, (tracker: Tracker) => unknown> = {
  record: (t) => t.record(call('1')), recordSync: (t) => t.recordSync(call('1')),
  recordAll: (t) => t.recordAll([call('1')]), recordAllSync: (t) => t.recordAllSync([call('1')]),
  recordEncoded: (t) => t.recordEncoded('JSON_LINES', ''),
  recordEncodedSync: (t) => t.recordEncodedSync('JSON_LINES', ''),
  sync: (t) => t.sync(), syncSync: (t) => t.syncSync(),
  compact: (t) => t.compact(), compactSync: (t) => t.compactSync(),
  resolve: (t) => t.resolve(phone), resolveSync: (t) => t.resolveSync(phone),
  customer: (t) => t.customer(someone), customerSync: (t) => t.customerSync(someone),
  customers: (t) => t.customers().next(), customersSync: (t) => t.customersSync().next(),
  mustLink: (t) => t.mustLink([phone, email]), mustLinkSync: (t) => t.mustLinkSync([phone, email]),
  unlink: (t) => t.unlink(phone, email), unlinkSync: (t) => t.unlinkSync(phone, email),
  block: (t) => t.block(phone), blockSync: (t) => t.blockSync(phone),
  unblock: (t) => t.unblock(phone), unblockSync: (t) => t.unblockSync(phone),
  retractAssertion: (t) => t.retractAssertion('1'),
  retractAssertionSync: (t) => t.retractAssertionSync('1'),
  retractTouchpoint: (t) => t.retractTouchpoint(key),
  retractTouchpointSync: (t) => t.retractTouchpointSync(key),
  why: (t) => t.why(phone, email), whySync: (t) => t.whySync(phone, email),
  history: (t) => t.history(phone), historySync: (t) => t.historySync(phone),
  customerHistory: (t) => t.customerHistory(someone),
  customerHistorySync: (t) => t.customerHistorySync(someone),
  walk: (t) => t.walk(phone), walkCustomer: (t) => t.walkCustomer(someone), scan: (t) => t.scan(),
  context: (t) => t.context(phone), contextSync: (t) => t.contextSync(phone),
  checkRepeat: (t) => t.checkRepeat(phone), checkRepeatSync: (t) => t.checkRepeatSync(phone),
  transitions: (t) => t.transitions(), transitionsSync: (t) => t.transitionsSync(),
  funnel: (t) => t.funnel({ steps: [{}] }), funnelSync: (t) => t.funnelSync({ steps: [{}] }),
  repeats: (t) => t.repeats(), repeatsSync: (t) => t.repeatsSync(),
  historyArrow: (t) => t.historyArrow(phone), scanArrow: (t) => t.scanArrow(),
  contactsArrow: (t) => t.contactsArrow(), episodesArrow: (t) => t.episodesArrow(),
  stats: (t) => t.stats(), statsSync: (t) => t.statsSync(),
  verify: (t) => t.verify(), verifySync: (t) => t.verifySync(),
  openReport: (t) => t.openReport, identityRules: (t) => t.identityRules,
  policies: (t) => t.policies, close: (t) => t.close(), closeSync: (t) => t.closeSync(),
};

test('every method is in the list of the next test', () => {
  const names = Object.getOwnPropertyNames(Tracker.prototype)
    .filter((name) => !['constructor', 'closed'].includes(name));
  assert.deepEqual(names.filter((name) => !(name in uses)), []);
});

test('a closed tracker refuses every call', async () => {
  const tracker = Tracker.openSync('', { inMemory: true });
  tracker.closeSync();
  assert.equal(tracker.closed, true);
  for (const [name, use] of Object.entries(uses)) {
    await assert.rejects(async () => { await use(tracker); }, FailedPreconditionError, name);
  }
  tracker[Symbol.dispose]();  // Of what is closed already: nothing.
  await tracker[Symbol.asyncDispose]();
});

test('close waits for what is under way, and takes nothing more', async () => {
  const tracker = Tracker.openSync('', { inMemory: true });
  const receipts = Array.from({ length: 50 }, (_, i) => tracker.record(call(`call-${i}`)));
  const stats = tracker.stats();
  const closed = tracker.close();
  await assert.rejects(tracker.record(call('late')), FailedPreconditionError);
  assert.throws(() => tracker.recordSync(call('late')), FailedPreconditionError);
  await closed;
  for (const receipt of receipts) assert.equal((await receipt).outcome, 'RECORDED');
  assert.ok((await stats).touchpoints <= 50);
});

test('closeSync is refused while a promise is open', async () => {
  const tracker = Tracker.openSync('', { inMemory: true });
  const receipt = tracker.record(call('1'));
  assert.throws(() => tracker.closeSync(), FailedPreconditionError);
  await receipt;
  tracker.closeSync();
});

test('answers outlive their tracker', () => {
  const tracker = Tracker.openSync('', { inMemory: true });
  const receipt = tracker.recordSync(call('1'));
  const journey = tracker.historySync(phone);
  tracker.closeSync();
  collect();
  assert.equal(receipt.key.id, '1');
  assert.equal(journey.at(0)!.id, '1');
});

test('cursors end with their tracker', async () => {
  const tracker = Tracker.openSync('', { inMemory: true });
  tracker.recordAllSync(Array.from({ length: 200 }, (_, i) => call(`call-${i}`)));
  const [begun, fresh] = [tracker.scan(), tracker.scan()];
  assert.equal(begun.nextSync()!.touchpoint.id, 'call-0');
  await tracker.close();
  assert.throws(() => fresh.nextSync(), FailedPreconditionError);
  await assert.rejects(fresh.next(), FailedPreconditionError);
  assert.throws(() => { while (begun.nextSync()); }, FailedPreconditionError);
});

test('a cursor is closed once, and not while it reads', async (t) => {
  const tracker = memory(t);
  tracker.recordSync(call('1'));
  const cursor = tracker.scan();
  const next = cursor.next();
  assert.throws(() => cursor.close(), FailedPreconditionError);
  await assert.rejects(cursor.next(), FailedPreconditionError);
  assert.equal((await next)!.touchpoint.id, '1');
  cursor.close();
  assert.throws(() => cursor.close(), FailedPreconditionError);
  assert.throws(() => cursor.nextSync(), FailedPreconditionError);
});

test('leaving a loop closes the cursor', async (t) => {
  const tracker = memory(t);
  tracker.recordAllSync([call('1'), call('2')]);
  const [one, two] = [tracker.scan(), tracker.scan()];
  for (const found of one) if (found) break;
  for await (const found of two) if (found) break;
  assert.throws(() => one.nextSync(), FailedPreconditionError);
  assert.throws(() => two.nextSync(), FailedPreconditionError);
});

test('a clock is freed after the trackers that use it', async () => {
  const clock = new Clock('2024-03-01T10:00:00Z');
  const tracker = Tracker.openSync('', { inMemory: true, clock });
  assert.throws(() => clock.close(), FailedPreconditionError);
  await tracker.close();
  clock.close();
  assert.throws(() => clock.close(), FailedPreconditionError);
  assert.throws(() => clock.set('2024-03-01T10:00:00Z'), FailedPreconditionError);
  assert.throws(() => Tracker.openSync('', { inMemory: true, clock }), FailedPreconditionError);
});

test('a tracker that nobody holds any more gives its folder free', async (t) => {
  const path = join(folder(t), 'store');
  await (async () => {
    const tracker = await Tracker.open(path);
    await tracker.record(call('1'));
    assert.equal(tracker.scan().nextSync()!.touchpoint.id, '1');
  })();
  let again: Tracker | undefined;
  for (let tries = 0; tries < 50 && !again; ++tries) {
    collect();
    await turn();
    again = await Tracker.open(path, { lockWaitMs: 0 }).catch(() => undefined);
  }
  assert.ok(again, 'the folder is still taken');
  assert.equal(again.openReport.sealed, true);
  assert.equal(again.historySync(phone).length, 1);
  await again.close();
});

test('workers have trackers of their own, and may end without closing them', async (t) => {
  const path = folder(t);
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { Tracker } = await import(workerData.module);
    const memory = Tracker.openSync('', { inMemory: true });
    const disk = await Tracker.open(workerData.path);
    const touchpoint = { source: 'crm', id: '1', identifiers: [{ namespace: 'phone',
      value: '05321112233' }], eventTime: '2024-03-01T10:00:00Z', channel: 'PHONE' };
    memory.recordSync(touchpoint);
    const cursor = memory.scan();
    cursor.nextSync();
    const receipt = await disk.record(touchpoint);
    for (let i = 0; i < 20; ++i) void disk.record({ ...touchpoint, id: 'more-' + i });
    parentPort.postMessage(receipt.toJSON().outcome);
    if (workerData.exit) process.exit(0);`;
  const module = import.meta.resolve('cxjourney');
  const run = (name: string, exit: boolean) => new Promise<string>((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`),
      { workerData: { module, path: join(path, name), exit } });
    let outcome = '';
    worker.on('message', (message: string) => { outcome = message; });
    worker.on('error', reject);
    worker.on('exit', () => resolve(outcome));
  });
  const outcomes = await Promise.all([run('one', false), run('two', true), run('three', false)]);
  assert.deepEqual(outcomes, ['RECORDED', 'RECORDED', 'RECORDED']);
  const tracker = await Tracker.open(join(path, 'one'));
  assert.equal((await tracker.stats()).touchpoints, 21);
  await tracker.close();
});
