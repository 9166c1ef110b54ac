// Spans: parents, ids, contexts, what withSpan does, and which type a number becomes.
//
// Two ledgers that hold the same have equal digests, and that is how content is compared. Deliberately
// absent: limits of spans, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type AttributeValue, Telemetry, float } from '@codomyrmex/telemetry';

import { drops } from './kit.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ID = 'b7ad6b7169203331';

function digestWith(value: AttributeValue): string {
  const telemetry = new Telemetry();
  const span = telemetry.tracer.startSpan('work', { parent: { traceId: TRACE }, id: ID, at: 1 });
  assert.equal(span.setAttribute('key', value), 'recorded');
  span.end(2);
  return telemetry.digest();
}

test('whole numbers are integers, others floats, and float() says otherwise', () => {
  assert.equal(digestWith(1), digestWith(1n));
  assert.notEqual(digestWith(1), digestWith(float(1)));
  assert.equal(digestWith(1.5), digestWith(float(1.5)));
  assert.equal(digestWith(2 ** 53), digestWith(float(2 ** 53)));
  assert.notEqual(digestWith(2 ** 53), digestWith(2n ** 53n));
  assert.equal(digestWith(-0), digestWith(float(-0)));
  assert.notEqual(digestWith(-0), digestWith(0));
  assert.equal(digestWith([1, 2]), digestWith([1n, 2n]));
  assert.equal(digestWith([1, 2.5]), digestWith(float([1, 2.5])));
  assert.notEqual(digestWith([1, 2]), digestWith(float([1, 2])));
  for (const value of [-(2n ** 63n), NaN, -Infinity, 'text', true, ['a', 'b'], [true], []]) digestWith(value);
});

test('keys past those that get a number are attributes like any other', () => {
  const written = (count: number): string => {
    const telemetry = new Telemetry();
    for (let place = 0; place < count; place += 64) {
      const span = telemetry.tracer.startSpan('s', { id: (place + 1).toString(16).padStart(16, '0'), parent: { traceId: '0'.repeat(31) + '1' }, at: 0 });
      const values = [true, place, 0.5, 'text'] as const;
      for (let key = place; key < place + 64; key++) assert.equal(span.setAttribute(`key ${key}`, values[key % 4] ?? 0), 'recorded');
      span.end(0);
    }
    assert.deepEqual(telemetry.dropped(), []);
    return telemetry.otlpTracesJson();
  };
  const text = written(2_048); // the last thousand keys cross as texts
  for (const [key, value] of [[2_044, '{"boolValue":true}'], [2_045, '{"intValue":"1984"}'], [2_046, '{"doubleValue":0.5}'], [2_047, '{"stringValue":"text"}']]) {
    assert.ok(text.includes(`{"key":"key ${key}","value":${value}}`), `key ${key}`);
  }
  assert.equal(text.split('"key":"key ').length - 1, 2_048);
});

test('what is of no type is a counted drop', () => {
  const telemetry = new Telemetry();
  const span = telemetry.tracer.startSpan('work') as any;
  for (const value of [2n ** 63n, null, undefined, {}, [1, 'a'], [2n ** 64n], [null], Symbol('s'), () => 1, float('1' as any), new Date()]) {
    assert.equal(span.setAttribute('key', value), 'invalid-value');
  }
  assert.equal(span.setAttribute(7, 'value'), 'invalid-value');
  assert.equal(drops(telemetry, 'invalid-value'), 12);
});

test('a span knows its context until it ends', () => {
  const telemetry = new Telemetry();
  const span = telemetry.tracer.startSpan('work', { parent: { traceId: TRACE }, id: ID });
  assert.deepEqual(span.context(), { traceId: TRACE, spanId: ID, traceFlags: 1, traceState: '' });
  const child = telemetry.tracer.startSpan('part', { parent: span });
  assert.equal(child.context()?.traceId, TRACE);
  assert.notEqual(child.context()?.spanId, ID);
  assert.equal(child.end(), 'recorded');
  assert.equal(span.end(), 'recorded');
  assert.equal(span.end(), 'unknown-id');
  assert.equal(span.context(), undefined);
  assert.equal(span.setAttribute('late', true), 'unknown-id');
});

test('a parent may be in another program or another ledger', () => {
  const here = new Telemetry();
  const there = new Telemetry();
  const parent = there.tracer.startSpan('call', { parent: { traceId: TRACE }, id: ID, at: 1 });
  const context = parent.context()!;
  const ends = [parent, context].map((given) => {
    const telemetry = new Telemetry();
    telemetry.tracer.startSpan('answer', { parent: given, id: ID, at: 2 }).end(3);
    assert.deepEqual(telemetry.dropped(), []);
    assert.equal(telemetry.abandon('done'), 0, 'the context does not stay open');
    return telemetry.digest();
  });
  assert.equal(ends[0], ends[1]);
  assert.equal(here.tracer.startSpan('answer', { parent: context }).context()?.traceId, TRACE);
});

test('what cannot begin is not recorded, is counted, and throws nothing', () => {
  const telemetry = new Telemetry();
  const tracer = telemetry.tracer as any;
  const bad = [
    () => tracer.startSpan(''),
    () => tracer.startSpan(Symbol('name')),
    () => tracer.startSpan('work', null),
    () => tracer.startSpan('work', { kind: 'master' }),
    () => tracer.startSpan('work', { id: 'short' }),
    () => tracer.startSpan('work', { id: '0'.repeat(16) }),
    () => tracer.startSpan('work', { id: 7 }),
    () => tracer.startSpan('work', { parent: null }),
    () => tracer.startSpan('work', { parent: {} }),
    () => tracer.startSpan('work', { parent: { traceId: '0'.repeat(32) } }),
    () => tracer.startSpan('work', { parent: { traceId: TRACE, spanId: 'x' } }),
  ];
  for (const start of bad) {
    const span = start();
    assert.equal(span.isRecorded, false);
    assert.equal(tracer.startSpan('part', { parent: span }).isRecorded, false);
    assert.equal(span.end(), 'recorded', 'its drop was counted when it began');
  }
  // What hangs under a span that is not recorded is not recorded either, and is counted too.
  assert.deepEqual(telemetry.dropped(), [
    { reason: 'invalid-value', count: bad.length },
    { reason: 'unknown-id', count: bad.length },
  ]);
});

test('withSpan ends with what it runs, and says what went wrong', async () => {
  const telemetry = new Telemetry();
  const { tracer } = telemetry;
  const sum = tracer.withSpan('sync', (span) => {
    assert.deepEqual(tracer.current().context(), span.context());
    return 3;
  });
  assert.equal(sum, 3);
  assert.equal(tracer.current().isRecorded, false);
  assert.equal(await tracer.withSpan('async', { kind: 'client' }, async () => 4), 4);
  const failure = new Error('no seats');
  assert.throws(() => tracer.withSpan('sync', () => { throw failure; }), failure); // prettier-ignore
  await assert.rejects(
    tracer.withSpan('async', async () => {
      await null;
      throw failure;
    }),
    failure,
  );
  assert.equal(telemetry.abandon('late'), 0, 'all have ended');
  assert.equal(Buffer.from(telemetry.snapshot()).toString('latin1').split('no seats').length, 3);
  assert.deepEqual(telemetry.dropped(), []);
});

test('a span recorded whole is the span that was written step by step', () => {
  const whole = new Telemetry();
  const steps = new Telemetry();
  const link = { traceId: TRACE, spanId: '1'.repeat(16), traceFlags: 0, traceState: 'a=b' };
  whole.tracer.complete({
    context: { traceId: TRACE, spanId: ID, traceFlags: 1, traceState: '' },
    name: 'work',
    kind: 'producer',
    started: 1,
    ended: 5n * 1_000_000n,
    attributes: { size: 3, share: 0.5 },
    events: [{ name: 'half', at: 2.5, attributes: { left: [1, 2] } }],
    links: [{ context: link, attributes: { why: 'batch' } }],
    status: 'error',
    description: 'lost',
  });
  const span = steps.tracer.startSpan('work', { kind: 'producer', parent: { traceId: TRACE }, id: ID, at: 1, attributes: { size: 3 } });
  span.setAttribute('share', 0.5);
  span.addEvent('half', { left: [1, 2] }, 2.5);
  span.addLink(link, { why: 'batch' });
  span.setStatus('error', 'lost');
  span.end(5);
  assert.equal(whole.digest(), steps.digest());
});

test('spans that nobody ends are ended by abandon', () => {
  const telemetry = new Telemetry();
  const { tracer } = telemetry;
  tracer.startSpan('one');
  tracer.startSpan('two');
  assert.equal(telemetry.abandon('the tab was closed'), 2);
  assert.match(Buffer.from(telemetry.snapshot()).toString('latin1'), /the tab was closed/);
});

test('derived ids are the same everywhere', () => {
  const { tracer } = new Telemetry();
  assert.match(tracer.deriveTraceId('airline-00-0'), /^[0-9a-f]{32}$/);
  assert.equal(tracer.deriveSpanId('airline-00-0/1'), new Telemetry().tracer.deriveSpanId('airline-00-0/1'));
});
