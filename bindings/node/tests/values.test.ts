import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  checkIdentityRules, Clock, defaultIdentityRules, InvalidArgumentError, parsePolicy,
  policyPresets, reasonName, Timestamp, version, type HistoryQuery, type TouchpointInput,
} from 'cxjourney';
import { call, email, memory, phone } from './support.js';

/** Every field of a touchpoint but duration_ms, the other way to say endTime; none its default. */
const full: TouchpointInput = {
  revision: 3, source: 'crm', id: 'call-1',
  identifiers: [{ ...phone, role: 'CUSTOMER' }, { namespace: 'email', value: 'a@b.example',
    role: 'AGENT' }],
  eventTime: '2024-03-01T10:00:00.123456Z', endTime: '2024-03-01T10:07:00.000001Z',
  sentTime: '2024-03-01T10:08:00.000007Z', channel: 'CUSTOM', visibility: 'PUBLIC',
  customChannel: 'fax', channelDetail: 'line 2', reach: 1840, direction: 'OUT',
  initiation: 'CALLBACK', purpose: 'COMPLAINT', outcome: 'PENDING_COMPANY',
  topics: ['sipariş/gecikme', 'iade'], followUpDue: '2024-03-04T12:00:00Z', handledBy: 'BOT',
  relation: 'TRANSFER', conversationId: 'conversation-1', parentId: 'call-0', agent: 'çağrı',
  queue: 'orders', team: 'İstanbul', queueMs: 0, talkMs: 1, holdMs: 2, wrapMs: 3,
  firstResponseMs: 4294967295, utcOffsetMin: -180,
  scores: [{ kind: 'CSAT', value: 0, max: 5, aboutId: 'call-0' }],
  value: { amountMinor: -12345678901234567n, currency: 'TRY', kind: 'REFUND' },
  refs: [{ type: 'ORDER', id: 'A-1001' }],
  attributes: [
    { key: 'text', type: 'STRING', text: 'değer', fact: true },
    { key: 'empty', type: 'STRING', text: '' },
    { key: 'whole', type: 'INTEGER', integer: 9223372036854775807n },
    { key: 'zero', type: 'INTEGER', integer: 0 },
    { key: 'number', type: 'NUMBER', number: -0.5 },
    { key: 'yes', type: 'BOOLEAN', integer: 1 },
    { key: 'bytes', type: 'BYTES', text: new Uint8Array([0, 255, 128]), personal: true },
  ],
  emotion: 'angry', textDigest: new Uint8Array([1, 0, 255]), text: 'Kargom nerede?',
  sentiment: -0.3, automated: true, canned: true, consent: 'GRANTED', retentionClass: 'LONG',
};

test('a touchpoint comes back as it went in, and can be recorded again', (t) => {
  const clock = new Clock('2024-03-01T10:08:00.000007Z');
  const tracker = memory(t, { keepText: true, clock });
  const receipt = tracker.recordSync(full);
  assert.equal(receipt.outcome, 'RECORDED', JSON.stringify(receipt));
  const back = tracker.historySync(phone).at(0)!;
  const plain = JSON.parse(JSON.stringify(back, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value)) as Record<string, unknown>;
  assert.equal(plain.eventTime, '2024-03-01T10:00:00.123456Z');
  assert.equal(plain.endTime, '2024-03-01T10:07:00.000001Z');
  assert.equal(plain.receivedTime, '2024-03-01T10:08:00.000007Z');
  const names = Object.keys(full) as (keyof TouchpointInput)[];
  const times = ['eventTime', 'endTime', 'sentTime', 'followUpDue'];
  for (const name of names.filter((other) => !times.includes(other))) {
    if (name === 'identifiers' || name === 'attributes') continue;
    assert.deepEqual(back[name], full[name], name);
  }
  const identifiers = new Map(back.identifiers.map((one) => [one.namespace, one]));
  assert.deepEqual(identifiers.get('phone'),
    { namespace: 'phone', value: '+905321112233', role: 'CUSTOMER' });
  assert.equal(identifiers.get('email')!.role, 'AGENT');
  const attributes = new Map(back.attributes.map((attribute) => [attribute.key, attribute]));
  for (const given of full.attributes!) assert.deepEqual(attributes.get(given.key), given);
  assert.equal(tracker.recordSync(back).outcome, 'DUPLICATE');
});

test('customer ids are 16 digits, taken as text or bigint', async (t) => {
  const tracker = memory(t, { storeKey: new Uint8Array(32).fill(1) });
  for (let i = 0; i < 200; ++i) {
    const identifiers = [{ namespace: 'customer_id', value: `K-${i}` }];
    const { customer } = tracker.recordSync(call(`call-${i}`, { identifiers }));
    assert.match(customer!, /^[0-9a-f]{16}$/);
    assert.equal(tracker.customerSync(customer!).id, customer);
    assert.equal(tracker.customerSync(customer!.toUpperCase()).id, customer);
    const number = BigInt(`0x${customer}`) as unknown as string;
    assert.equal((await tracker.customer(number)).id, customer);
    assert.equal(tracker.customerHistorySync(customer!).customer, customer);
  }
  const ids = [...tracker.customersSync()];
  assert.equal(ids.length, 200);
  assert.deepEqual([...ids].sort(), ids);
  const promised = [];
  for await (const id of tracker.customers()) promised.push(id);
  assert.deepEqual(promised, ids);
  for (const wrong of ['1', '', 'x123456789abcdef', 12]) {
    assert.throws(() => tracker.customerSync(wrong as string), InvalidArgumentError);
  }
});

test('assertion ids are text, and retract what they name', (t) => {
  const tracker = memory(t);
  tracker.recordSync(call('1'));
  const { id } = tracker.blockSync(phone, { actor: 'test', reason: 'shared line' });
  assert.match(id!, /^\d+$/);
  tracker.retractAssertionSync(id!);
  assert.equal(tracker.historySync(phone).length, 1);
  assert.throws(() => tracker.retractAssertionSync('one'), InvalidArgumentError);
});

test('times keep their microseconds, whatever gives them', (t) => {
  const exact = '2024-03-01T10:00:00.123456Z';
  const stamp = Timestamp.from('2024-03-01T13:00:00.123456+03:00');
  assert.equal(stamp.toISOString(), exact);
  assert.equal(stamp.epochMicros, 1709287200123456n);
  assert.equal(Timestamp.fromEpochMicros(stamp.epochMicros).toISOString(), exact);
  assert.equal(Timestamp.fromEpochMicros(-1).toISOString(), '1969-12-31T23:59:59.999999Z');
  assert.equal(Timestamp.fromEpochMicros(-1n).toISOString(), '1969-12-31T23:59:59.999999Z');
  const tracker = memory(t);
  const given = [exact, stamp, Timestamp.from(exact), new Date('2024-03-01T10:00:00.123Z'),
    '1900-01-01T00:00:00.000001Z', '0001-01-01T00:00:00Z'];
  given.forEach((eventTime, index) =>
    assert.equal(tracker.recordSync(call(`call-${index}`, { eventTime })).outcome, 'RECORDED'));
  const back = new Map(tracker.historySync(phone).touchpoints.map(
    (touchpoint) => [touchpoint.id, touchpoint.eventTime.toISOString()]));
  assert.deepEqual([...back].sort(), [
    ['call-0', exact], ['call-1', exact], ['call-2', exact],
    ['call-3', '2024-03-01T10:00:00.123Z'], ['call-4', '1900-01-01T00:00:00.000001Z'],
    ['call-5', '0001-01-01T00:00:00.000Z'],
  ]);
  const query = { from: exact, until: Timestamp.fromEpochMicros(stamp.epochMicros + 1n) };
  assert.equal(tracker.historySync(phone, query).length, 3);
  assert.equal(tracker.historySync(phone, { until: exact }).length, 3);
  for (const wrong of ['2024-03-01', '2024-03-01T10:00:00', '2024-13-01T10:00:00Z', 'now']) {
    assert.throws(() => Timestamp.from(wrong), InvalidArgumentError, wrong);
  }
});

test('times behind the year 2255 do not fit a number, and are exact all the same', (t) => {
  const clock = new Clock('9999-12-31T00:00:00Z');
  const tracker = memory(t, { clock });
  tracker.recordSync(call('1', { eventTime: '9998-12-31T23:59:59.999999Z' }));
  assert.equal(tracker.historySync(phone).at(0)!.eventTime.toISOString(),
    '9998-12-31T23:59:59.999999Z');
});

test('texts of any letters and length', (t) => {
  const tracker = memory(t);
  const texts = ['İIıi', 'ğ'.repeat(60), 'x'.repeat(63), 'x'.repeat(64), 'ş'.repeat(120), '日本語',
    'a😀b', '\u0000 nul', 'é'.repeat(31) + '€'];
  texts.forEach((agent, index) => {
    const receipt = tracker.recordSync(call(`call-${index}`, { agent }));
    assert.equal(receipt.outcome, 'RECORDED', receipt.message);
  });
  const back = new Map(tracker.historySync(phone).touchpoints.map(({ id, agent }) => [id, agent]));
  texts.forEach((agent, index) => assert.equal(back.get(`call-${index}`), agent));
  // Half of a pair is no text: it becomes the replacement character, as everywhere in Node.
  tracker.recordSync(call('half', { agent: '\ud83d' }));
  const half = tracker.historySync(phone).touchpoints.find(({ id }) => id === 'half');
  assert.equal(half!.agent, '\ufffd');
});

test('Turkish input finds its customer however it is typed', (t) => {
  const tracker = memory(t);
  const { customer } = tracker.recordSync(call('1', { identifiers: [phone, email] }));
  for (const value of ['+905321112233', '0 (532) 111 22 33', '05321112233', '532 111 22 33']) {
    assert.equal(tracker.resolveSync({ namespace: 'phone', value }), customer, value);
  }
  for (const value of ['AYSE@EXAMPLE.COM', ' ayse@example.com ']) {
    assert.equal(tracker.resolveSync({ namespace: 'email', value }), customer, value);
  }
});

test('a journey is a page: its length, its ends, its way back', (t) => {
  const tracker = memory(t);
  tracker.recordAllSync(Array.from({ length: 25 }, (_, i) => call(`call-${i}`,
    { eventTime: new Date(Date.UTC(2024, 0, 1, 0, i)) })));
  const page = tracker.historySync(phone, { limit: 10 });
  assert.equal(page.length, 10);
  assert.equal(page.at(0)!.id, 'call-15');
  assert.equal(page.at(-1)!.id, 'call-24');
  assert.equal(page.at(10), undefined);
  assert.equal(page.at(-11), undefined);
  assert.equal(page.at(0), page.touchpoints[0]);
  assert.deepEqual([...page].map(({ id }) => id), page.touchpoints.map(({ id }) => id));
  const older = tracker.historySync(phone, { limit: 10, before: page.next });
  assert.equal(older.at(-1)!.id, 'call-14');
  const oldest = tracker.historySync(phone, { limit: 10, before: older.next });
  assert.equal(oldest.length, 5);
  assert.equal(oldest.next, undefined);
  assert.equal(JSON.parse(JSON.stringify(page)).touchpoints.length, 10);
});

test('a journey may be long, or empty, or of nobody, whatever way it is asked for', async (t) => {
  const tracker = memory(t);
  const ids = Array.from({ length: 600 }, (_, i) => `call-${1000 + i}`);
  tracker.recordAllSync(ids.map((id, i) => call(id, {
    eventTime: new Date(Date.UTC(2024, 0, 1, 0, i)), agent: 'agent '.repeat(i % 7),
    topics: i % 3 === 0 ? ['order/late'] : [], textDigest: new Uint8Array(i % 30),
  })));
  const customer = tracker.resolveSync(phone);
  const ways = async (query?: HistoryQuery) => [
    tracker.historySync(phone, query), await tracker.history(phone, query),
    tracker.customerHistorySync(customer, query), await tracker.customerHistory(customer, query),
  ];
  for (const journey of await ways()) {
    assert.equal(journey.customer, customer);
    assert.deepEqual(journey.touchpoints.map(({ id }) => id), ids);
    assert.equal(journey.at(599)!.agent, 'agent '.repeat(599 % 7));
    assert.deepEqual(journey.at(3)!.topics, ['order/late']);
  }
  for (const journey of await ways({ until: '1990-01-01T00:00:00Z' })) {
    assert.equal(journey.customer, customer);
    assert.deepEqual([journey.length, journey.touchpoints, journey.next], [0, [], undefined]);
  }
  tracker.blockSync(phone);
  for (const journey of [tracker.historySync(phone), await tracker.history(phone)]) {
    assert.equal(journey.customer, undefined);
    assert.equal(journey.length, 600);
  }
});

test('whether a contact is a repeat, and how customers move', async (t) => {
  const tracker = memory(t);
  tracker.recordSync(call('1', { eventTime: '2026-03-01T10:00:00Z', topics: ['order/late'] }));
  tracker.recordSync(call('2', { eventTime: '2026-03-02T10:00:00Z', channel: 'EMAIL' }));
  const check = { topics: ['order/late'], start: '2026-03-03T10:00:00Z' };
  const verdict = tracker.checkRepeatSync(phone, check);
  assert.equal(verdict.repeatOf?.id, '2');
  assert.equal(verdict.contactsInEpisode, 3);
  assert.deepEqual(await tracker.checkRepeat(phone, check), verdict);
  assert.equal(tracker.checkRepeatSync(phone, { start: '2026-02-01T00:00:00Z' }).repeatOf, undefined);
  const moves = tracker.transitionsSync();
  assert.equal(moves.journeys, 1);
  assert.deepEqual(
    moves.transitions.map((move) => [move.source, move.target, move.count]).sort(),
    [[undefined, 'PHONE', 1], ['EMAIL', undefined, 1], ['PHONE', 'EMAIL', 1]]);
  assert.deepEqual(await tracker.transitions(), moves);
  const steps = [{ channels: ['PHONE' as const] }, { channels: ['EMAIL' as const] }];
  assert.deepEqual([...(await tracker.funnel({ steps })).reached], [1, 1]);
  assert.deepEqual([...tracker.funnelSync({ steps: [...steps].reverse() }).reached], [1, 0]);
  assert.throws(() => tracker.funnelSync({}), InvalidArgumentError);
});

test('the library and its rules', (t) => {
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.ok(policyPresets().includes('next_contact_7d'));
  assert.equal(parsePolicy('next_contact_7d,window=3d').windowMs, 3 * 86400000);
  assert.equal(reasonName('REVISION_CONFLICT'), 'revision_conflict');
  const rules = defaultIdentityRules();
  checkIdentityRules(rules);
  const twice = { ...rules, namespaces: [...rules.namespaces!, rules.namespaces![0]!] };
  assert.throws(() => checkIdentityRules(twice), InvalidArgumentError);
  const policies = ['next_contact_7d,name=a', { ...parsePolicy('same_topic_7d'), name: 'b' }];
  const tracker = memory(t, { policies });
  assert.deepEqual(tracker.policies.map(({ name }) => name), ['a', 'b']);
  assert.equal(tracker.identityRules.namespaces!.length, rules.namespaces!.length);
  assert.equal(tracker.openReport.created, true);
});

test('encoded touchpoints in, encoded receipts out', async (t) => {
  const tracker = memory(t);
  const line = (id: string) => JSON.stringify({ source: 'crm', id, channel: 'CHANNEL_PHONE' });
  const out = await tracker.recordEncoded('JSON_LINES', `${line('1')}\n${line('2')}\n`);
  const receipts = Buffer.from(out).toString().trim().split('\n').map((text) => JSON.parse(text));
  assert.equal(receipts.length, 2);
  assert.equal(tracker.recordEncodedSync('JSON_LINES', Buffer.from(`${line('3')}\n`)).length > 0,
    true);
  assert.equal(tracker.statsSync().touchpoints, 3);
});

test('columns are Arrow', async (t) => {
  const tracker = memory(t);
  tracker.recordAllSync(Array.from({ length: 100 }, (_, i) => call(`call-${i}`,
    { eventTime: new Date(Date.UTC(2024, 0, 1, i)), talkMs: i % 2 ? i : undefined })));
  const table = await tracker.scanArrow({ limit: 30 });
  assert.equal(table.batches.length, 4);
  const column = (name: string) => table.fields.findIndex((field) => field.name === name);
  const seen: string[] = [];
  for (const batch of table.batches) {
    const ids = batch.children[column('id')]!;
    const [offsets, bytes] = ids.buffers as [Uint8Array, Uint8Array];
    const ends = new BigInt64Array(offsets.slice().buffer);
    assert.equal(table.fields[column('id')]!.format, 'U');
    for (let row = 0; row < batch.length; ++row) {
      seen.push(Buffer.from(bytes.subarray(Number(ends[row]), Number(ends[row + 1]))).toString());
    }
  }
  assert.deepEqual(seen, Array.from({ length: 100 }, (_, i) => `call-${i}`));
  const talks = table.batches[0]!.children[column('talk_ms')]!;
  assert.equal(talks.nullCount, 15);
  assert.equal(talks.validity[0], 0b10101010);
  assert.equal((await tracker.historyArrow(phone)).batches.length, 1);
  assert.equal((await tracker.contactsArrow({ policy: 'same_topic_7d' })).batches[0]!.length, 100);
  assert.ok((await tracker.episodesArrow()).fields.length > 0);
  await assert.rejects(tracker.contactsArrow({ policy: 'nonsense' }), InvalidArgumentError);
});

test('a store may keep no display values', (t) => {
  const tracker = memory(t, { noDisplayValues: true });
  tracker.recordSync(full);
  const back = tracker.historySync(phone).at(0)!;
  assert.deepEqual(back.identifiers.map((identifier) => identifier.value), ['', '']);
});
