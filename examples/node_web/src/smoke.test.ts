import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Tracker } from 'cxjourney';
import type { FastifyInstance } from 'fastify';

import { application } from './application.js';
import { tellStory } from './story.js';

const secret = 'only-for-this-test';
let tracker: Tracker;
let app: FastifyInstance;
let address: string;

before(async () => {
  tracker = await Tracker.open('', { inMemory: true });
  await tellStory(tracker, new Date());
  app = application(tracker, secret);
  address = await app.listen({ port: 0, host: '127.0.0.1' });
});

after(async () => {
  await app.close();
  await tracker.close();
});

function hook(body: unknown, by = secret): Promise<Response> {
  return fetch(`${address}/hooks/touchpoints`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-hook-secret': by },
  });
}

async function caller(value: string, namespace = 'phone'): Promise<[number, string]> {
  const body = new URLSearchParams({ namespace, value });
  const answer = await fetch(`${address}/arayan`, { method: 'POST', body });
  return [answer.status, await answer.text()];
}

function contextOf(value: string, namespace: string): Promise<Response> {
  return fetch(`${address}/api/context`, {
    method: 'POST', body: JSON.stringify({ namespace, value }),
    headers: { 'content-type': 'application/json' },
  });
}

test('the screen knows the caller through every channel', async () => {
  for (const [value, namespace] of [['0532 111 22 33', 'phone'],
    ['ZEYNEP.KAYA@example.com', 'email'], ['K-1042', 'customer_id']] as const) {
    const [status, page] = await caller(value, namespace);
    assert.equal(status, 200);
    for (const text of ['zeynep.kaya@example.com', '+905321112233', 'sipariş/kargo',
      'Söz tutulmadı', 'Kadıköy, İstanbul', 'kızgın', 'Çağrı', '1.249,90']) {
      assert.ok(page.includes(text), text);
    }
  }
});

test('a web hook records, once, and the screen shows it', async () => {
  const touchpoint = {
    source: 'whatsapp', id: 'w-1', channel: 'WHATSAPP', purpose: 'QUESTION',
    eventTime: new Date().toISOString(), agent: '<b>İpek</b>',
    identifiers: [{ namespace: 'phone', value: '532 111 22 33' }], topics: ['iade/süreç'],
  };
  const first = await hook(touchpoint);
  assert.equal(first.status, 201);
  const receipt = await first.json() as { customer: string; verdicts: { repeatOf: unknown }[] };
  assert.match(receipt.customer, /^[0-9a-f]{16}$/);
  assert.deepEqual(receipt.verdicts[0]!.repeatOf, { source: 'complaints', id: 'mail-1' });
  assert.equal((await hook(touchpoint)).status, 200);
  const [, page] = await caller('0532 111 22 33');
  assert.ok(page.includes('iade/süreç'));
  assert.ok(page.includes('&lt;b&gt;İpek&lt;/b&gt;'), 'the agent is escaped');
  assert.ok(!page.includes('<b>İpek'));
});

test('what is wrong is said', async () => {
  assert.equal((await hook({ source: 'x', id: '1', channel: 'PHONE' }, 'guess')).status, 401);
  assert.equal((await hook({ source: 'x' })).status, 400);
  assert.equal((await hook({ source: 'x', id: '1', channel: 'TELEPHONE' })).status, 400);
  const future = { source: 'x', id: '1', channel: 'PHONE', eventTime: '2999-01-01T00:00:00Z' };
  const refused = await hook(future);
  assert.equal(refused.status, 422);
  const { remarks } = await refused.json() as { remarks: { reason: string }[] };
  assert.equal(remarks[0]!.reason, 'TIME_IN_FUTURE');
  assert.equal((await caller('0555 000 00 00'))[0], 404);
  assert.equal((await contextOf('1', 'phone')).status, 404);
  assert.equal((await caller('1', 'shoe'))[0], 400);
  assert.equal((await fetch(`${address}/arayan?namespace=phone&value=1`)).status, 404,
    'no telephone number in an address');
});

test('the context is JSON, too', async () => {
  const answer = await contextOf('zeynep.kaya@example.com', 'email');
  const context = await answer.json() as { contacts: number; openEpisodes: unknown[] };
  assert.ok(context.contacts >= 3);
  assert.ok(context.openEpisodes.length > 0);
});

test('many hooks at once are all recorded', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => hook({
    source: 'load', id: `l-${i}`, channel: 'PHONE', purpose: 'REQUEST',
    identifiers: [{ namespace: 'customer_id', value: `L-${i}` }],
    eventTime: '2024-03-01T10:00:00Z',
  })));
  assert.ok(answers.every(({ status }) => status === 201));
});
