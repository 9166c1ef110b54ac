// Labels: however they are written they find one series, and what they cannot be they are never.
//
// Deliberately absent: getters and proxies that throw; what they throw is their owner's.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry } from '@codomyrmex/telemetry';

import { drops, refused } from './kit.js';

test('labels in every order are one series, also those that were not seen before', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls', { labels: ['a', 'b', 'c'] });
  const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'];
  for (const value of ['x', 'y']) {
    for (const order of [...orders, ...orders]) {
      const labels = Object.fromEntries([...order].map((name) => [name, `${name}${value}`])) as any;
      assert.equal(calls.inc(labels), 'recorded');
    }
  }
  assert.deepEqual(calls.top(9), [
    { labels: { a: 'ax', b: 'bx', c: 'cx' }, value: 12 },
    { labels: { a: 'ay', b: 'by', c: 'cy' }, value: 12 },
  ]);
  assert.equal(calls.labels({ c: 'cx', a: 'ax', b: 'bx' }), calls.with(['ax', 'bx', 'cx']));
});

test('many values of a label are told apart, remembered or not', () => {
  const telemetry = new Telemetry();
  const visits = telemetry.metrics.counter('visits', { labels: ['page', 'day'] });
  for (let round = 0; round < 3; round += 1) {
    for (let page = 0; page < 1_900; page += 1) {
      visits.inc({ page: `p${page}`, day: 'Monday' });
      visits.add(page, { day: 'Monday', page: `p${page}` });
      visits.with([`p${page}`, 'Monday']).inc();
    }
  }
  for (const page of [0, 1, 7, 8, 9, 1_899]) assert.equal(visits.labels({ page: `p${page}`, day: 'Monday' }).value(), 6 + 3 * page);
  assert.deepEqual(telemetry.dropped(), []);
});

test('labels that are no labels are refused, before and after the series is known', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls', { labels: ['tool', 'outcome'] }) as any;
  const good = { tool: 'a', outcome: 'ok' };
  const bad = [
    undefined,
    null,
    NaN,
    5,
    'a',
    true,
    Symbol('s'),
    () => good,
    [],
    ['a', 'ok'],
    {},
    { tool: 'a' },
    { tool: 'a', outcome: NaN },
    { tool: 'a', outcome: undefined },
    { tool: 'a', outcome: ['ok'] },
    { tool: 'a', outcome: { toString: () => 'ok' } },
    { tool: 'a', outcome: Object('ok') },
    { ...good, extra: 'x' },
    { extra: 'x', ...good },
    { tool: 'a', extra: 'ok' },
    Object.create(good),
    Object.assign(Object.create({ tool: 'a' }), { outcome: 'ok' }),
    new Map(Object.entries(good)),
  ];
  for (const round of [1, 2]) {
    for (const labels of bad) {
      assert.equal(calls.inc(labels), 'invalid-value', typeof labels);
      assert.equal(calls.add(1, labels), 'invalid-value');
      refused('invalid-argument', () => calls.labels(labels), /\[tool, outcome\]/);
    }
    assert.equal(calls.inc(good), 'recorded');
    assert.equal(calls.with(['a', 'ok']).value(), round);
  }
  assert.equal(drops(telemetry, 'invalid-value'), 4 * bad.length);
  for (const values of [undefined, null, [], ['a'], ['a', 'ok', 'x'], ['a', 1], ['a', undefined], new Array(2), 'ab', { 0: 'a', 1: 'ok', length: 2 }]) {
    refused('invalid-argument', () => calls.with(values));
  }
});

test('a family without labels takes none, and no number in their place', () => {
  const telemetry = new Telemetry();
  const plain = telemetry.metrics.counter('plain') as any;
  for (const labels of [undefined, {}, null, Object.create({ inherited: 'x' })]) assert.equal(plain.inc(labels), 'recorded');
  for (const labels of [5, 'x', { x: 'y' }, () => 1, ['x']]) {
    assert.equal(plain.inc(labels), 'invalid-value');
    assert.equal(plain.add(1, labels), 'invalid-value');
  }
  assert.equal(plain.with().value(), 4);
});

test('names that objects have of themselves are names like others', () => {
  const { metrics } = new Telemetry();
  const odd = metrics.counter('odd', { labels: ['constructor', 'toString', 'hasOwnProperty', '0', 'größe'] }) as any;
  const labels = { constructor: '', toString: '\0', hasOwnProperty: 'constructor', 0: '__proto__', 'größe': '\ud800' };
  assert.equal(odd.inc(labels), 'recorded');
  assert.equal(odd.inc(labels), 'recorded');
  assert.equal(odd.with(['', '\0', 'constructor', '__proto__', '\ud800']).value(), 2);
  assert.equal(odd.inc({}), 'invalid-value');
});

test('what a page does to all objects does not change what labels are', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls', { labels: ['tool'] });
  const polluted = Object.prototype as any;
  try {
    polluted.tool = 'everywhere';
    polluted.extra = 'x';
    for (let i = 0; i < 2; i += 1) assert.equal(calls.inc({ tool: 'a' }), 'recorded');
    assert.equal((calls as any).inc({}), 'invalid-value');
  } finally {
    delete polluted.tool;
    delete polluted.extra;
  }
  assert.deepEqual(calls.top(2), [{ labels: { tool: 'a' }, value: 2 }]);
});

test('options that change later, and those without measure, change nothing', () => {
  const telemetry = new Telemetry();
  const { metrics } = telemetry;
  const labels = ['tool'];
  const calls = metrics.counter('calls', { labels }) as any;
  labels[0] = 'other';
  labels.push('more');
  assert.equal(calls.inc({ tool: 'a' }), 'recorded');
  refused('invalid-name', () => metrics.counter('x'.repeat(1_000_000)), /256/);
  refused('limit', () => metrics.counter('n', { help: 'x'.repeat(1_000_000) }));
  refused('limit', () => metrics.counter('n', { labels: Array.from({ length: 100_000 }, (_, place) => `l${place}`) }));
  refused('limit', () => metrics.histogram('n', { bounds: Array.from({ length: 100_000 }, (_, place) => place) }));
  refused('invalid-argument', () => metrics.stateSet('n', { states: Array.from({ length: 65 }, (_, place) => `s${place}`) }));
  for (const options of [{ maxSize: 1 }, { maxSize: 1_025 }, { maxSize: 1.5 }, { maxSize: NaN }, { maxScale: 21 }, { maxScale: -11 }, { zeroThreshold: -1 }, { zeroThreshold: NaN }, { maxSize: '8' }] as any[]) {
    refused('invalid-argument', () => metrics.exponentialHistogram('n', options));
  }
  for (const options of [{ digits: 0 }, { digits: 6 }, { digits: 256 }, { digits: 2.5 }, { quantiles: [1.1] }, { quantiles: [0.9, 0.5] }, { quantiles: [NaN] }, { quantiles: ['0.5'] }, { quantiles: 0.5 }] as any[]) {
    refused('invalid-argument', () => metrics.summary('n', options));
  }
  refused('limit', () => metrics.summary('n', { quantiles: Array.from({ length: 33 }, (_, place) => place / 33) }));
  assert.equal(metrics.gauge('n').with().set(1), 'recorded', 'nothing was declared by what was refused');
  assert.deepEqual(telemetry.dropped(), []);
});

test('times and counts of what is observed are numbers or drops', () => {
  const telemetry = new Telemetry();
  const sizes = telemetry.metrics.histogram('sizes').with();
  const bad = [-1, 0.5, NaN, Infinity, 2 ** 32, '2', 2n, null, {}] as any[];
  for (const times of bad) assert.equal(sizes.observeTimes(1, times), 'invalid-value', String(times));
  for (const value of [NaN, Infinity, -Infinity, '1', 1n, null] as any[]) {
    assert.equal(sizes.observe(value), 'invalid-value');
    assert.equal(sizes.observeTimes(value, 2), 'invalid-value');
  }
  assert.equal(sizes.observeTimes(Number.MAX_VALUE, 2 ** 32 - 1), 'recorded');
  assert.equal(sizes.observe(Number.MAX_VALUE, -1), 'invalid-time');
  assert.equal(sizes.value(), 2 ** 32 - 1);
  assert.deepEqual(telemetry.dropped(), [
    { reason: 'invalid-time', count: 1 },
    { reason: 'invalid-value', count: bad.length + 12 },
  ]);
});
