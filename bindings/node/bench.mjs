// The cost of the door: the work of bindings/bench/baseline.cc through this package, beside that
// program, in one run. CPU microseconds (all threads, the collector's too), medians of rounds, the
// first of which only warm up.
//
//   node bench.mjs BASELINE        the compiled bindings/bench/baseline.cc
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';

import { Tracker } from './dist/index.js';

const touchpoints = 20000;
const customers = 5000;
const historyCustomers = 100;
const histories = 2000;
const batchSize = 1000;
const warmUps = 2;
const rounds = 5;
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
  ['  and one touchpoint read', 'history_us',
    () => readHistories(filled, (j) => { sum += j.at(-1).id.length; })],
  ['  and all 50 read', 'history_us',
    () => readHistories(filled, (j) => { sum += j.touchpoints.length; })],
];

// The two sides take turns, so that what else the machine does falls on both.
const seen = new Map(rows.map((row) => [row, []]));
const base = { record_us: [], batch_us: [], history_us: [] };
for (let round = 0; round < warmUps + rounds; ++round) {
  const answer = JSON.parse(execFileSync(process.argv[2], { encoding: 'utf8' }));
  for (const [name, values] of Object.entries(base)) values.push(answer[name]);
  for (const row of rows) {
    globalThis.gc?.();
    seen.get(row).push(row[2]());
  }
}
filled.closeSync();

const median = (values) => {
  const sorted = values.slice(warmUps).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};
console.log(`CPU microseconds, median of ${rounds} rounds; load ${loadavg()[0].toFixed(1)}; ` +
  `Node ${process.version}; ${sum > 0 ? 'read' : 'not read'}`);
console.log('| work | over c.h | Node | overhead |\n|---|---:|---:|---:|');
for (const [row, values] of seen) {
  const [name, key] = row;
  const [c, node] = [median(base[key]), median(values)];
  console.log(`| ${name} | ${c.toFixed(2)} | ${node.toFixed(2)} | ${(node - c).toFixed(2)} |`);
}
