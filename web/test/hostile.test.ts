// Values and environments that are out to do harm: nothing throws on the hot path, every drop counts.
//
// Deliberately absent: what is asked once, and may throw, but for questions about objectives.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry } from '@codomyrmex/telemetry';

import { drops, refused } from './kit.js';

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

test('what events were like is strings by the names of the dimensions, or a counted drop', () => {
  const telemetry = new Telemetry();
  const latency = { id: 'latency', target: '50%', indicator: { threshold: { comparison: 'below', value: 5 } }, dimensions: ['tool', '__proto__', 'constructor'] } as const;
  const slo = telemetry.slo.create(latency) as any;
  const fail = (): never => {
    throw new Error('mine');
  };
  const attributes = [
    null,
    7,
    'a',
    true,
    Symbol('s'),
    () => 'a',
    ['a'],
    { other: 'a' },
    { tool: 'a', other: 'b' },
    { tool: 7 },
    { tool: null },
    { tool: NaN },
    { tool: ['a'] },
    { tool: Object('a') },
    { tool: { toString: () => 'a' } },
    { tool: Symbol('s') },
    { tool: 'x'.repeat(257) },
    JSON.parse('{ "__proto__": 7 }'),
    Object.defineProperty({}, 'tool', { get: fail, enumerable: true }),
    new Proxy({ tool: 'a' }, { get: fail }),
    new Proxy({ tool: 'a' }, { ownKeys: fail }),
    new Proxy({ tool: 'a' }, { getOwnPropertyDescriptor: fail }),
  ];
  let turnedAway = 0;
  for (const each of attributes) {
    assert.equal(slo.recordEventWith(false, { attributes: each, at: 0 }), 'invalid-value', typeof each);
    assert.equal(slo.recordValueWith(1, { attributes: each, at: 0 }), 'invalid-value', typeof each);
    turnedAway += 2;
  }
  for (const happened of [undefined, null, 7, 'x', Symbol('s'), () => 1, Object.defineProperty({}, 'at', { get: fail }), new Proxy({}, { get: fail })] as any[]) {
    assert.equal(slo.recordEventWith(true, happened), 'invalid-value');
    assert.equal(slo.recordValueWith(1, happened), 'invalid-value');
    turnedAway += 2;
  }
  for (const count of [...NO_NUMBERS.filter((count) => count !== undefined), -1, 0.5, Infinity, 2 ** 53]) {
    assert.equal(slo.recordEventWith(true, { count, at: 0 }), 'invalid-value', String(count));
    turnedAway += 1;
  }
  assert.equal(slo.recordEventWith(true, Object.defineProperty({ at: 0 }, 'count', { get: fail })), 'invalid-value');
  for (const good of [0, 'true', null, undefined, {}]) assert.equal(slo.recordEventWith(good, { at: 0 }), 'invalid-value');
  for (const value of NO_NUMBERS) assert.equal(slo.recordValueWith(value, { at: 0 }), 'invalid-value');
  assert.equal(drops(telemetry, 'invalid-value'), turnedAway + 1 + 5 + NO_NUMBERS.length);
  for (const at of [-1, NaN, Infinity, null, {}, 2n ** 64n]) assert.equal(slo.recordEventWith(true, { at }), 'invalid-time');
  assert.equal(slo.getStatus().total, 0);

  const polluted = Object.prototype as any;
  try {
    Object.assign(polluted, { tool: 'everywhere', attributes: undefined, threshold: 1, spans: {} });
    for (const each of [{}, { tool: '\ud800' }, { constructor: 'b' }, JSON.parse('{ "__proto__": "c" }'), { tool: undefined }, Object.create({ tool: 'a' }), Object.create(null)]) {
      assert.equal(slo.recordEventWith(false, { attributes: each, at: 0 }), 'recorded');
    }
    assert.equal(telemetry.slo.create(latency).id, 'latency');
    for (const span of [null, 7, {}, { handleIn: fail }, { handleIn: () => 2 ** 40 }, new Telemetry().tracer.startSpan('other')]) {
      assert.equal(slo.recordEventWith(true, { attributes: { tool: 'a' }, span, at: 0 }), 'recorded');
    }
  } finally {
    for (const name of ['tool', 'attributes', 'threshold', 'spans']) delete polluted[name];
  }
  assert.equal(slo.getStatus().total, 13);
  const { good, bad, patterns } = slo.analyze({ order: 1 });
  assert.deepEqual([good, bad], [6, 7]);
  for (const { attributes, examples } of patterns) {
    assert.equal(Object.getPrototypeOf(attributes), Object.prototype);
    assert.equal(Object.keys(attributes).length, 1);
    assert.deepEqual(examples, []);
  }
});

test('sets of attributes without end, and very long ones, are recorded and not remembered', () => {
  const telemetry = new Telemetry();
  const slo = telemetry.slo.create({ id: 'many', target: '50%', dimensions: ['a', 'b', 'c', 'd', 'e'] });
  for (let i = 0; i < 66_000; i += 1) slo.recordEventWith(i % 2 === 0, { attributes: { a: `${i}` }, at: 0 });
  const long = 'x'.repeat(256);
  for (const a of ['y', 'z']) assert.equal(slo.recordEventWith(true, { attributes: { a, b: long, c: long, d: long, e: long }, at: 0 }), 'recorded');
  let runs = 0;
  const span = {
    handleIn: () => {
      runs += 1;
      slo.recordEventWith(false, { attributes: { a: `within ${runs}` }, at: 0 });
      return 0;
    },
  } as any;
  slo.recordEventWith(true, { attributes: { a: 'without', b: long }, span, at: 0 });
  assert.equal(slo.getStatus().total, 66_004);
  assert.deepEqual(telemetry.dropped(), []);
});

test('a question that cannot be is a typed error, and never ends the ledger', () => {
  const telemetry = new Telemetry();
  const slo = telemetry.slo.create({ id: 'answers', target: '50%', dimensions: ['tool'] }) as any;
  slo.bad(1, 0);
  const questions = [null, 7, 'x', { order: 0 }, { order: 4 }, { order: 2.5 }, { order: 256 }, { order: '2' }, { order: NaN }, { most: 0 }, { most: 101 }, { most: 2 ** 40 }];
  for (const question of [...questions, { at: -1 }, { at: NaN }, { since: 2n ** 63n }, { since: null }]) refused('invalid-argument', () => slo.analyze(question));
  for (const at of [-1, NaN, Infinity, 2n ** 63n, null, 'now', {}]) {
    for (const ask of ['getStatus', 'violations', 'alerts', 'policy']) refused('invalid-argument', () => slo[ask](at));
    refused('invalid-argument', () => telemetry.slo.statuses(at as any));
    refused('invalid-argument', () => telemetry.slo.check(at as any));
  }
  const end = 2n ** 63n - 1n;
  assert.equal(slo.getStatus(end).total, 0);
  assert.deepEqual(slo.violations(end).length, 1);
  assert.equal(slo.recordEventWith(true, { count: Number.MAX_SAFE_INTEGER, at: 0 }), 'recorded');
  assert.deepEqual(telemetry.dropped(), []);
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

test('random numbers that fail later cost nothing: ids come of those that began the ledger', () => {
  const telemetry = new Telemetry();
  const { getRandomValues } = crypto;
  crypto.getRandomValues = () => {
    throw new Error('no entropy');
  };
  try {
    const recorded = Array.from({ length: 100 }, () => telemetry.tracer.startSpan('work')).filter((span) => span.isRecorded).length;
    assert.equal(recorded, 100);
    assert.deepEqual(telemetry.dropped(), []);
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
  assert.equal(telemetry.tracer.startSpan('work').isRecorded, true);
});
