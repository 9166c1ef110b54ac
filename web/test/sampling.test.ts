// What is sampled, kept, limited and measured of spans, and who runs.
//
// Deliberately absent: which traces are in a share, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Sampler, type SamplingRule, Telemetry, alwaysOff, alwaysOn, parentBased, rateLimit, traceIdRatio } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

/** How many of 400 traces are sampled. */
function sampled(sampler: Sampler | SamplingRule, parent: { traceFlags: number } | undefined = undefined): number {
  const { tracer } = new Telemetry({ sampler });
  let count = 0;
  for (let place = 0; place < 400; place += 1) {
    const traceId = tracer.deriveTraceId(`trace ${place}`);
    const above = parent === undefined ? { traceId } : { traceId, spanId: '1'.repeat(16), traceState: '', ...parent };
    const span = tracer.startSpan('work', { parent: above, at: place });
    count += (span.context()?.traceFlags ?? 0) & 1;
    span.end(place + 1);
  }
  return count;
}

test('samplers decide which traces are sampled', () => {
  assert.deepEqual([sampled(alwaysOn), sampled(alwaysOff), sampled(rateLimit(5, 100))], [400, 0, 20]);
  const share = sampled(traceIdRatio(1 / 4));
  assert.ok(share > 60 && share < 140, String(share));
  for (const same of ['25%', '1/4', { numerator: 1, denominator: 4 }]) assert.equal(sampled(traceIdRatio(same)), share);
  assert.deepEqual([sampled(parentBased({ root: alwaysOff }), { traceFlags: 1 }), sampled(parentBased(), { traceFlags: 0 })], [400, 0]);
  assert.equal(sampled(parentBased({ remoteNotSampled: alwaysOn }), { traceFlags: 0 }), 400);
});

test('what is not sampled is measured all the same', () => {
  const telemetry = new Telemetry({ sampler: alwaysOff, measureSpans: ['tool'], resource: { 'service.name': 'shop' } });
  telemetry.tracer.startSpan('call', { at: 1, attributes: { tool: 'search' } }).end(3);
  const line = telemetry.prometheus().split('\n').find((text) => text.startsWith('traces_span_metrics_calls')) ?? ''; // prettier-ignore
  assert.match(line, /span_name="call".*tool="search".* 1$/);
  assert.doesNotMatch(Buffer.from(telemetry.snapshot()).toString('latin1'), /shop/);
});

test('what failed or was slow is kept', () => {
  const telemetry = new Telemetry({ keeping: { slow: 100, others: 0 } });
  telemetry.tracer.startSpan('quick one', { at: 1 }).end(2);
  telemetry.tracer.startSpan('slow one', { at: 1 }).end(101);
  const failed = telemetry.tracer.startSpan('failed one', { at: 1 });
  failed.setStatus('error');
  failed.end(2);
  const text = (): string => Buffer.from(telemetry.snapshot()).toString('latin1');
  assert.deepEqual(['quick one', 'slow one', 'failed one'].map((name) => text().includes(name)), [false, true, true]); // prettier-ignore
  telemetry.setKeeping(null);
  telemetry.tracer.startSpan('quick two', { at: 1 }).end(2);
  assert.ok(text().includes('quick two'));
});

test('resource, scope and limits are in what is recorded', () => {
  const telemetry = new Telemetry({ resource: { 'service.name': 'shop' }, spanLimits: { attributes: 1, attributeValueLength: 3 } });
  const tracer = telemetry.getTracer('parser', { version: '1.2', schemaUrl: 'schema', attributes: { part: 'scope' } });
  const span = tracer.startSpan('parse', { attributes: { a: 'abcdef', b: 'lost' } });
  span.end();
  const text = Buffer.from(telemetry.snapshot()).toString('latin1');
  for (const there of ['shop', 'parser', '1.2', 'schema', 'scope', 'abc']) assert.ok(text.includes(there), there);
  for (const gone of ['abcd', 'lost']) assert.ok(!text.includes(gone), gone);
});

test('a span recorded whole is of its tracer', () => {
  const [whole, steps] = [new Telemetry(), new Telemetry()];
  const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, traceState: '' };
  whole.getTracer('parser').complete({ context, name: 'parse', started: 1, ended: 2 });
  steps.getTracer('parser').startSpan('parse', { parent: { traceId: context.traceId }, id: context.spanId, at: 1 }).end(2); // prettier-ignore
  assert.equal(whole.digest(), steps.digest());
});

test('an exception is an event, whatever was thrown', () => {
  const telemetry = new Telemetry();
  const span = telemetry.tracer.startSpan('work');
  const hostile = Object.defineProperty(new Error('x'), 'stack', { get: () => { throw new Error('no'); } }); // prettier-ignore
  for (const thrown of [new RangeError('too far'), 'a text', null, undefined, Symbol('s'), hostile, Object.assign(new Error('y'), { name: 7 })]) {
    assert.equal(span.recordException(thrown), 'recorded');
  }
  span.end();
  const text = Buffer.from(telemetry.snapshot()).toString('latin1');
  for (const there of ['exception.type', 'RangeError', 'too far', 'exception.stacktrace', 'a text']) assert.ok(text.includes(there), there);
});

test('spans take as long as they took, also when the clock is set', async () => {
  const telemetry = new Telemetry({ measureSpans: [] });
  const wall = Date.now;
  const span = telemetry.tracer.startSpan('work');
  try {
    Date.now = () => wall() - 3_600_000;
    const from = performance.now();
    while (performance.now() - from < 20);
    telemetry.tracer.startSpan('part', { parent: span }).end();
    span.end();
  } finally {
    Date.now = wall;
  }
  const sum = telemetry.openmetrics().match(/traces_span_metrics_duration[^\n]*_sum\{[^\n]*span_name="work"[^\n]*\} (\S+)/)?.[1];
  assert.ok(Number(sum) >= 0.02 && Number(sum) < 5, String(sum));
});

test('options that are none are refused', () => {
  const options: any[] = [
    { sampler: 'sometimes' }, { sampler: null }, { sampler: {} }, { sampler: traceIdRatio(2) }, { sampler: traceIdRatio(NaN) }, { sampler: rateLimit(1, 0) },
    { sampler: rateLimit(-1, 5) }, { sampler: rateLimit(1, '5' as any) }, { sampler: { root: 7 } }, { keeping: 7 }, { keeping: { others: '200%' } },
    { keeping: { slow: 'x', others: 0 } }, { spanLimits: { events: -1 } }, { spanLimits: 3 }, { measureSpans: 'tool' }, { measureSpans: [7] }, { resource: null },
  ]; // prettier-ignore
  for (const wrong of options) refused('invalid-argument', () => new Telemetry(wrong));
  const telemetry = new Telemetry() as any;
  for (const name of [null, 7]) refused('invalid-argument', () => telemetry.getTracer(name));
  refused('invalid-argument', () => telemetry.getTracer('a', { version: 1 }));
});
