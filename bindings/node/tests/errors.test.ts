import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  CxjError, DataLossError, FailedPreconditionError, InvalidArgumentError, NotFoundError, Tracker,
  UnavailableError, parsePolicy, type TouchpointInput,
} from 'cxjourney';
import { call, email, folder, memory, phone } from './support.js';

test('each code has a class, a name and a message', (t) => {
  const tracker = memory(t);
  assert.throws(() => tracker.resolveSync(email), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.ok(error instanceof CxjError);
    assert.ok(error instanceof Error);
    assert.equal(error.code, 'NOT_FOUND');
    assert.equal(error.name, 'NotFoundError');
    assert.match(error.message, /no customer has email/);
    assert.doesNotMatch(error.message, /ayse@example/);
    return true;
  });
});

test('a promise fails with the same error', async (t) => {
  const tracker = memory(t);
  await assert.rejects(tracker.context(phone), NotFoundError);
  await assert.rejects(tracker.history(phone), NotFoundError);
  await assert.rejects(tracker.retractTouchpoint({ source: 'crm', id: 'none' }), NotFoundError);
  await assert.rejects(tracker.unlink(phone, phone), InvalidArgumentError);
});

test('a policy that is not understood names the key', () => {
  assert.throws(() => parsePolicy('next_contact_7d,colour=red'), (error) =>
    error instanceof InvalidArgumentError && /colour/.test(error.message));
});

test('a folder that another handle has open is unavailable', async (t) => {
  const path = join(folder(t), 'store');
  await using tracker = await Tracker.open(path);
  assert.equal(tracker.openReport.created, true);
  await assert.rejects(Tracker.open(path, { lockWaitMs: 0 }),
    (error) => error instanceof UnavailableError || error instanceof FailedPreconditionError);
});

test('a folder without a store is not found when it must exist', (t) => {
  const path = join(folder(t), 'none');
  assert.throws(() => Tracker.openSync(path, { mustExist: true }), NotFoundError);
});

test('a damaged byte is data loss', async (t) => {
  const path = join(folder(t), 'store');
  const tracker = await Tracker.open(path, { segmentBytes: 16384 });
  for (let i = 0; i < 20; ++i) await tracker.record(call(`call-${i}`));
  await tracker.close();
  const name = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((file) => join(path, file))
    .filter((file) => statSync(file).isFile() && statSync(file).size >= 16384)
    .sort()[0]!;
  const file = openSync(name, 'r+');
  const byte = readFileSync(name)[2000]!;
  writeSync(file, Buffer.from([byte ^ 0xff]), 0, 1, 2000);
  closeSync(file);
  await assert.rejects(Tracker.open(path), DataLossError);
});

test('what is not of the type that is asked for is an invalid argument', async (t) => {
  const tracker = memory(t);
  const wrong: [unknown, RegExp][] = [
    [{ id: '1' }, /Touchpoint\.source must be given/],
    [{ source: 5 }, /Touchpoint\.source must be a string/],
    [{ source: 'crm', channel: 'TELEPHONE' }, /Touchpoint\.channel must be one of .*PHONE/],
    [{ source: 'crm', channel: 'toString' }, /Touchpoint\.channel/],
    [{ source: 'crm', eventTime: 'yesterday' }, /ISO 8601/],
    [{ source: 'crm', eventTime: 1709287200000 }, /Touchpoint\.eventTime must be a Date/],
    [{ source: 'crm', eventTime: new Date(NaN) }, /Touchpoint\.eventTime must be a valid time/],
    [{ source: 'crm', identifiers: 'phone' }, /Touchpoint\.identifiers must be an array/],
    [{ source: 'crm', identifiers: [undefined] }, /Identifier must be an object/],
    [{ source: 'crm', identifiers: [{ namespace: 'phone' }] }, /Identifier\.value must be given/],
    [{ source: 'crm', queueMs: -1 }, /Touchpoint\.queueMs/],
    [{ source: 'crm', queueMs: 1.5 }, /Touchpoint\.queueMs/],
    [{ source: 'crm', utcOffsetMin: 2 ** 40 }, /Touchpoint\.utcOffsetMin/],
    [{ source: 'crm', durationMs: 2 ** 60 }, /Touchpoint\.durationMs/],
    [{ source: 'crm', voided: 'no' }, /Touchpoint\.voided must be a boolean/],
    [{ source: 'crm', sentiment: 'good' }, /Touchpoint\.sentiment must be a number/],
    [{ source: 'crm', value: { amountMinor: 2n ** 63n, currency: 'TRY' } }, /Money\.amountMinor/],
    [null, /Touchpoint must be an object/],
  ];
  for (const [touchpoint, message] of wrong) {
    const given = touchpoint as TouchpointInput;
    const expected = (error: unknown) =>
      error instanceof InvalidArgumentError && message.test(error.message);
    assert.throws(() => tracker.recordSync(given), expected, JSON.stringify(touchpoint, String));
    await assert.rejects(tracker.record(given), expected);
    assert.throws(() => tracker.recordAllSync([call('1'), given]), expected);
  }
  assert.equal(tracker.statsSync().touchpoints, 0);
});

test('a refusal is no error: the receipt says why', async (t) => {
  const tracker = memory(t);
  const receipt = await tracker.record({ source: 'crm', channel: 'PHONE' });
  assert.equal(receipt.outcome, 'REFUSED');
  assert.equal(receipt.code, 'INVALID_ARGUMENT');
  assert.deepEqual(receipt.remarks.map(({ reason }) => reason), ['NO_ID_NOR_TIME']);
  assert.equal(receipt.customer, undefined);
});

test('a getter that calls the library while arguments are read is refused', (t) => {
  const tracker = memory(t);
  const trap = {
    get source(): string {
      tracker.statsSync();
      return 'crm';
    },
    id: '1',
  };
  assert.throws(() => tracker.recordSync(trap), FailedPreconditionError);
  assert.equal(tracker.recordSync(call('1')).outcome, 'RECORDED');
});

test('an array that grows while it is read is read as long as it was', (t) => {
  const tracker = memory(t);
  const identifiers = [phone, email];
  const growing = {
    get namespace(): string {
      identifiers.push(email);
      return 'customer_id';
    },
    value: 'K-1',
  };
  identifiers.unshift(growing);
  const receipt = tracker.recordSync(call('1', { identifiers }));
  assert.equal(receipt.outcome, 'RECORDED');
  assert.equal(tracker.historySync(phone).at(0)!.identifiers.length, 3);
});
