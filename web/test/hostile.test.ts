// Values and environments that are out to do harm: nothing throws on the hot path, every drop counts.
//
// Deliberately absent: what is asked once, and may throw.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry } from '@codomyrmex/telemetry';

import { drops } from './kit.js';

const NO_NUMBERS = [NaN, undefined, null, '1', 1n, {}, [], [2], true, Symbol('s'), { valueOf: () => 3 }] as any[];

test('what is no number is counted and never becomes one', () => {
  const telemetry = new Telemetry();
  const { metrics, slo } = telemetry;
  const counter = metrics.counter('calls_total').with();
  const jobs = metrics.upDownCounter('jobs').with();
  const level = metrics.gauge('level').with();
  const sizes = metrics.histogram('sizes', { bounds: [1] }).with();
  const latency = slo.create({ id: 'latency', target: '99%', indicator: { threshold: { comparison: 'at-most', value: 250 } } });
  let expected = 0;
  for (const value of NO_NUMBERS) {
    const outcomes = [counter.add(value), jobs.add(value), sizes.observe(value), latency.recordValue(value), latency.recordEvent(true, value ?? NaN)];
    if (!Number.isNaN(value)) outcomes.push(level.set(value)); // a gauge may be NaN
    assert.ok(outcomes.every((outcome) => outcome === 'invalid-value'), `${String(value)}: ${outcomes}`);
    expected += outcomes.length;
  }
  for (const value of [-1, Infinity, -Infinity]) assert.equal(counter.add(value), 'invalid-value');
  for (const count of [-1, 0.5, Infinity, 2 ** 53]) assert.equal(latency.good(count), 'invalid-value');
  assert.equal(latency.recordEvent('yes' as any), 'invalid-value');
  assert.equal(drops(telemetry, 'invalid-value'), expected + 8);
  assert.equal(latency.getStatus().state, 'no-data');
  assert.match(telemetry.prometheus(), /^calls_total 0$/m);
});

test('labels, times and spans that throw are counted, or left out', () => {
  const telemetry = new Telemetry();
  const { metrics } = telemetry;
  const fail = (): never => {
    throw new Error('mine');
  };
  const calls = metrics.counter('calls_total', { labels: ['tool'] });
  const light = metrics.stateSet('light', { states: ['red', 'green'], labels: ['tool'] });
  const labels = [
    Object.defineProperty({}, 'tool', { get: fail, enumerable: true }),
    new Proxy({ tool: 'a' }, { ownKeys: fail }),
    new Proxy({ tool: 'a' }, { get: fail }),
    new Proxy({ tool: 'a' }, { getOwnPropertyDescriptor: fail }),
  ] as any[];
  calls.inc({ tool: 'a' }); // so that there is a way to follow
  for (const each of labels) {
    assert.equal(calls.inc(each), 'invalid-value');
    assert.equal(light.set('red', each), 'invalid-value');
  }
  assert.equal(drops(telemetry, 'invalid-value'), 2 * labels.length);

  const times = [{ getTime: fail }, Object.defineProperty({}, 'getTime', { get: fail }), { getTime: () => 1n }, Symbol('now'), null] as any[];
  for (const at of times) {
    assert.equal(calls.inc({ tool: 'a' }, 1, at), 'invalid-time');
    assert.equal(metrics.gauge('level').set(1, undefined, at), 'invalid-time');
    assert.equal(telemetry.tracer.startSpan('work', { at }).isRecorded, false);
  }
  assert.equal(drops(telemetry, 'invalid-time'), 3 * times.length);

  const seconds = metrics.histogram('seconds');
  const spans = [null, undefined, 7, 'span', {}, { handleIn: 7 }, { handleIn: fail }, { handleIn: () => 1n }, { handleIn: () => Symbol('s') }, Object.defineProperty({}, 'handleIn', { get: fail })] as any[];
  for (const span of spans) {
    assert.equal(seconds.observeIn(span, 1), 'recorded');
    assert.equal(calls.addIn(span, 1, { tool: 'b' }), 'recorded');
  }
  assert.equal(seconds.with().value(), spans.length);
  assert.equal(calls.with(['b']).value(), spans.length);
  assert.doesNotMatch(telemetry.openmetrics(), /trace_id/);
});

test('a value for an objective without a threshold is of the wrong kind', () => {
  const telemetry = new Telemetry();
  assert.equal(telemetry.slo.create({ id: 'answers', target: '1/2' }).recordValue(1), 'wrong-kind');
  assert.deepEqual(telemetry.dropped(), [{ reason: 'wrong-kind', count: 1 }]);
});

test('spans beyond the limit are counted and do not throw', () => {
  const telemetry = new Telemetry();
  for (let open = 0; open < 4_100; open += 1) telemetry.tracer.startSpan('leak');
  assert.equal(drops(telemetry, 'over-limit'), 4);
  for (let name = 0; name < 1_100; name += 1) telemetry.tracer.startSpan(`name ${name}`);
  assert.equal(telemetry.abandon('leak'), 4_096);
});

test('counts at their end stay there', () => {
  const slo = new Telemetry().slo.create({ id: 'answers', target: '1/2' });
  for (let i = 0; i < 4_096; i += 1) slo.good(Number.MAX_SAFE_INTEGER, 0);
  assert.equal(slo.getStatus().total, 2 ** 65 / 2);
  assert.equal(slo.getStatus().state, 'met');
});

test('texts of any shape go in', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls_total', { labels: ['tool'] });
  for (const tool of ['', '\ud800', '\0', '"\\\n', '\u202e', '😀'.repeat(64)]) assert.equal(calls.inc({ tool }), 'recorded');
  assert.match(telemetry.prometheus(), /^calls_total\{tool="\\"\\\\\\n"\} 1$/m);
});

test('a clock that calls in again finds the ledger free', () => {
  const telemetry = new Telemetry();
  const counter = telemetry.metrics.counter('looks_total').with();
  const slo = telemetry.slo.create({ id: 'answers', target: '1/2' });
  const { now } = Date;
  Date.now = () => {
    counter.inc();
    return now();
  };
  try {
    assert.equal(slo.good(), 'recorded');
    assert.equal(telemetry.tracer.startSpan('work').end(), 'recorded');
  } finally {
    Date.now = now;
  }
  assert.match(telemetry.prometheus(), /^looks_total 3$/m);
});

test('a clock that gives no time, or throws, is a counted drop', () => {
  const slo = new Telemetry().slo.create({ id: 'answers', target: '1/2' });
  const { now } = Date;
  const broken = [
    () => NaN,
    () => {
      throw new Error('stopped');
    },
  ];
  try {
    for (const clock of broken) {
      Date.now = clock;
      assert.equal(slo.good(), 'invalid-time');
    }
  } finally {
    Date.now = now;
  }
});

test('random numbers that fail later cost the span and not the program', () => {
  const telemetry = new Telemetry();
  const { getRandomValues } = crypto;
  crypto.getRandomValues = () => {
    throw new Error('no entropy');
  };
  try {
    const recorded = Array.from({ length: 100 }, () => telemetry.tracer.startSpan('work')).filter((span) => span.isRecorded).length;
    assert.equal(drops(telemetry, 'over-limit'), 100 - recorded);
    assert.ok(recorded < 100);
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
  assert.equal(telemetry.tracer.startSpan('work').isRecorded, true);
});
