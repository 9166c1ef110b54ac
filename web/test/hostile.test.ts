// Values and environments that are out to do harm: nothing throws on the hot path, every drop counts.
//
// Deliberately absent: getters and proxies that throw; what they throw is their owner's.

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
