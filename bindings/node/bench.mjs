// The cost of the door: the work of bindings/bench/baseline.cc through this package, beside that
// program, in one run. CPU microseconds (all threads, the collector's too), the best of several
// rounds in which the sides take turns: on a machine that others use as well, the best is what the
// work costs and the rest is what the others cost.
//
// "Door alone" is the same work with a library that answers at once (bindings/bench/nothing.c): the
// cost of the binding by itself. "Threaded" is that program with a second thread, which does nothing:
// what the library itself loses in a process that has several, as Node's has.
//
//   node bench.mjs BASELINE NOTHING    the built bindings/bench/baseline.cc and nothing.c
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { Tracker } from './dist/index.js';

const touchpoints = 20000;
const customers = 5000;
const historyCustomers = 100;
const histories = 10000;
const batchSize = 1000;
const rounds = 15;
const start = Date.UTC(2024, 0, 1);

const phoneOf = (customer) => `+90532${String(1000000 + customer).padStart(7, '0')}`;

function work(count) {
  return Array.from({ length: touchpoints }, (_, i) => ({
    source: 'crm',
    id: `call-${i}`,
    identifiers: [
      { namespace: 'phone', value: phoneOf(i % count) },
      { namespace: 'email', value: `customer${i % count}@example.com` },
    ],
    eventTime: new Date(start + i * 60000),
    channel: 'PHONE',
    purpose: 'REQUEST',
    outcome: 'RESOLVED',
    topics: ['order/late'],
    conversationId: `conversation-${i}`,
    agent: `agent-${i % 50}`,
    queue: 'orders',
  }));
}

const open = () => Tracker.openSync('', { inMemory: true, durability: 'OS' });

function cpu(run, count) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function recordOne(items, touch) {
  const tracker = open();
  const spent = cpu(() => {
    for (const item of items) touch(tracker.recordSync(item));
  }, touchpoints);
  tracker.closeSync();
  return spent;
}

function recordBatches(items, touch) {
  const tracker = open();
  const spent = cpu(() => {
    for (let i = 0; i < touchpoints; i += batchSize) {
      for (const receipt of tracker.recordAllSync(items.slice(i, i + batchSize))) touch(receipt);
    }
  }, touchpoints);
  tracker.closeSync();
  return spent;
}

function readHistories(tracker, touch) {
  const phones = Array.from({ length: historyCustomers }, (_, i) => phoneOf(i));
  return cpu(() => {
    for (let i = 0; i < histories; ++i) {
      const value = phones[i % historyCustomers];
      touch(tracker.historySync({ namespace: 'phone', value }, { limit: 50 }));
    }
  }, histories);
}

const nothing = () => {};
const items = work(customers);
const filled = open();
const old = work(historyCustomers);
filled.recordAllSync(old.slice(0, touchpoints / 2));
filled.recordAllSync(old.slice(touchpoints / 2));

let sum = 0;
const rows = [
  ['record, one call each', 'record_us', () => recordOne(items, nothing)],
  ['  and its receipt read', 'record_us', () => recordOne(items, (r) => { sum += r.sequence; })],
  ['record, calls of 1,000, per touchpoint', 'batch_us', () => recordBatches(items, nothing)],
  ['  and the receipts read', 'batch_us',
    () => recordBatches(items, (r) => { sum += r.sequence; })],
  ['newest 50 of a history', 'history_us', () => readHistories(filled, nothing)],
  ['  beside cxj_visit_history', 'visit_us', () => readHistories(filled, nothing)],
  ['  and one touchpoint read', 'history_us',
    () => readHistories(filled, (j) => { sum += j.at(-1).id.length; })],
  ['  and all 50 read', 'history_us',
    () => readHistories(filled, (j) => { sum += j.touchpoints.length; })],
];
const [baseline, without] = process.argv.slice(2);

// No forced collection before a row: it throws compiled code away. What is collected meanwhile is
// part of the cost.
const measure = () => rows.map(([, , run]) => run());

/** The best of each row, of this program run with a library that does nothing. */
function alone() {
  return JSON.parse(execFileSync(process.execPath,
    [fileURLToPath(import.meta.url), '--alone'],
    { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: without } }));
}

const least = (all) => all[0].map((_, index) => Math.min(...all.map((one) => one[index])));

if (baseline === '--alone') {
  const all = Array.from({ length: rounds }, measure);
  console.log(JSON.stringify(least(all)));
} else {
  const all = { base: [], threaded: [], node: [], alone: [] };
  // As many and as long samples of each side: the best of more or shorter ones would be better.
  const baselineOnce = (...words) => {
    const answer = JSON.parse(execFileSync(baseline, ['1', ...words], { encoding: 'utf8' }));
    return rows.map(([, key]) => answer[`${key}_min`]);
  };
  for (let round = 0; round < rounds; ++round) {
    all.base.push(baselineOnce());
    all.threaded.push(baselineOnce('threaded'));
    all.node.push(measure());
    if (round % 3 === 0) all.alone.push(alone());
  }
  const [base, threaded, node, door] =
    [all.base, all.threaded, all.node, all.alone].map(least);
  console.log(`CPU microseconds, best of ${rounds} rounds; load ${loadavg()[0].toFixed(1)}; ` +
    `Node ${process.version}; ${sum > 0 ? 'read' : 'not read'}`);
  console.log('| work | over c.h | threaded | Node | over c.h, more | over threaded, more | ' +
    'door alone |\n|---|---:|---:|---:|---:|---:|---:|');
  const show = (...numbers) => numbers.map((number) => number.toFixed(2)).join(' | ');
  rows.forEach(([name], i) => console.log(`| ${name} | ${show(base[i], threaded[i], node[i],
    node[i] - base[i], node[i] - threaded[i], door[i])} |`));
}
filled.closeSync();
