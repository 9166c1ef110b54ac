// Callbacks: they run whenever the accounts are asked for, sums follow what they report, and nothing
// that they do breaks an export.
//
// Deliberately absent: waiting; a callback reports before it returns or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry, TelemetryError } from '@codomyrmex/telemetry';

import { drops, refused } from './kit.js';

test('a callback runs before everything that shows the accounts, and until it is taken away', () => {
  const telemetry = new Telemetry();
  let runs = 0;
  const stop = telemetry.metrics.gauge('level').addCallback((report) => {
    runs += 1;
    assert.equal(report(runs), 'recorded');
  });
  const asks = [
    () => telemetry.snapshot(),
    () => telemetry.digest(),
    () => telemetry.drain(),
    () => telemetry.prometheus(),
    () => telemetry.openmetrics(),
    () => telemetry.prometheusProtobuf(),
    () => telemetry.otlpMetrics(),
    () => telemetry.otlpMetricsJson({ temporality: 'delta' }),
    () => telemetry.statsd('dogstatsd'),
  ];
  for (const [place, ask] of asks.entries()) {
    ask();
    assert.equal(runs, place + 1);
    assert.equal(telemetry.metrics.gauge('level').with().value(), runs);
  }
  telemetry.dropped();
  assert.equal(runs, asks.length);
  stop();
  stop();
  telemetry.digest();
  assert.equal(runs, asks.length);
});

test('a counter follows totals: the difference is added, and what began again counts whole', () => {
  const telemetry = new Telemetry();
  const faults = telemetry.metrics.counter('faults', { labels: ['kind'] });
  let major = 10;
  faults.addCallback((report) => {
    report(major, { kind: 'major' });
    report(1, { kind: 'minor' });
  });
  const value = (): number | undefined => (telemetry.digest(), faults.with(['major']).value());
  assert.equal(value(), 10);
  assert.equal(value(), 10);
  major = 25;
  assert.equal(value(), 25);
  telemetry.drain();
  major = 26;
  assert.equal(value(), 26);
  major = 4;
  assert.equal(value(), 30);
  major = 6;
  assert.equal(value(), 32);
  assert.equal(faults.with(['minor']).value(), 1);
  assert.deepEqual(telemetry.dropped(), []);
});

test('however often a total was looked at, the accounts are the same bytes', () => {
  const totals = [0.1, 0.3, 0.7, 1e-9 + 0.7, 3, 3.0000000001, 1e15 + 0.3, 1e15 + 0.7, 1e22, 1.7e308];
  const looked = (every: number, kind: 'counter' | 'upDownCounter'): string => {
    const telemetry = new Telemetry();
    let total = 0;
    telemetry.metrics[kind]('sum').addCallback((report) => report(total));
    totals.forEach((next, place) => {
      total = next;
      if (place % every === every - 1) telemetry.snapshot();
    });
    assert.deepEqual(telemetry.dropped(), []);
    assert.equal((telemetry.digest(), telemetry.metrics[kind]('sum').with().value()), 1.7e308);
    return telemetry.digest();
  };
  for (const kind of ['counter', 'upDownCounter'] as const) assert.equal(new Set([1, 2, 3, 5, 10].map((every) => looked(every, kind))).size, 1, kind);
});

test('an up-down-counter follows its value, down as well', () => {
  const telemetry = new Telemetry();
  const size = telemetry.metrics.upDownCounter('size');
  let now = 0.3;
  size.addCallback((report) => report(now));
  for (now of [0.3, 0.1, -7, 0, 12.5]) {
    telemetry.digest();
    assert.equal(size.with().value(), now);
  }
});

test('a callback that is registered again goes on where the totals were', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls');
  calls.addCallback((report) => report(5))();
  const stop = calls.addCallback((report) => report(7));
  telemetry.digest();
  stop();
  telemetry.metrics.counter('calls').addCallback((report) => report(9));
  telemetry.digest();
  assert.equal(calls.with().value(), 9);
});

test('what a callback throws is kept and told, and the accounts come all the same', () => {
  const told: unknown[] = [];
  const telemetry = new Telemetry({
    onError: (error) => {
      told.push(error);
      throw new Error('the hook fails too');
    },
  });
  const { metrics } = telemetry;
  const failure = new Error('no such file');
  metrics.gauge('before').addCallback((report) => void report(1));
  metrics.gauge('broken').addCallback((report) => {
    report(2);
    throw failure;
  });
  metrics.gauge('after').addCallback((report) => void report(3));
  assert.match(telemetry.digest(), /^[0-9a-f]{64}$/);
  assert.deepEqual(['before', 'broken', 'after'].map((name) => metrics.gauge(name).with().value()), [1, 2, 3]); // prettier-ignore
  assert.deepEqual(told, [failure]);
  assert.equal(telemetry.callbackErrors[0], failure);
  for (let i = 0; i < 20; i += 1) telemetry.digest();
  assert.deepEqual(telemetry.callbackErrors, Array(16).fill(failure));
  assert.equal(told.length, 21);
});

test('a callback may ask for the accounts, record, and add and take away callbacks', () => {
  const telemetry = new Telemetry();
  const level = telemetry.metrics.gauge('level', { labels: ['of'] });
  const runs: string[] = [];
  const stops: (() => void)[] = [];
  level.addCallback((report) => {
    runs.push('first');
    assert.match(telemetry.digest(), /^[0-9a-f]{64}$/);
    telemetry.drain();
    report(1, { of: 'first' });
    level.set(2, { of: 'beside' });
    if (runs.length === 1) stops[0]?.();
    if (runs.length === 1) level.addCallback(() => runs.push('third'));
  });
  stops.push(level.addCallback(() => runs.push('second')));
  telemetry.snapshot();
  assert.deepEqual(runs, ['first']);
  telemetry.snapshot();
  assert.deepEqual(runs, ['first', 'first', 'third']);
  assert.deepEqual(level.top(9).map(({ labels, value }) => [labels?.of, value]), [['beside', 2], ['first', 1]]); // prettier-ignore
  assert.deepEqual(telemetry.callbackErrors, []);
});

test('reports that cannot be are counted drops', async () => {
  const telemetry = new Telemetry();
  const { metrics } = telemetry;
  const calls = metrics.counter('calls', { labels: ['tool'] });
  let late: ((value: number, labels: { tool: string }) => string) | undefined;
  const reports: unknown[][] = [[1, { tool: 7 }], [1, {}], [1], [NaN, { tool: 'a' }], [-1, { tool: 'a' }], [Infinity, { tool: 'a' }], ['3', { tool: 'a' }], [1n, { tool: 'a' }]];
  calls.addCallback((report) => {
    late = report;
    for (const [value, labels] of reports) assert.equal(report(value as any, labels as any), 'invalid-value');
    assert.equal(report(1, { tool: 'x'.repeat(257) }), 'over-limit');
  });
  metrics.upDownCounter('size').addCallback((report) => assert.equal(report(NaN), 'invalid-value'));
  metrics.gauge('level').addCallback((report) => assert.equal(report('high' as any), 'invalid-value'));
  telemetry.digest();
  assert.equal(late?.(1, { tool: 'a' }), 'unknown-id', 'it has returned');
  assert.equal(calls.with(['a']).value(), 0);
  assert.equal(drops(telemetry, 'invalid-value'), reports.length + 2);
  assert.deepEqual(telemetry.callbackErrors, []);
  for (const callback of [undefined, null, 7, {}] as any[]) refused('invalid-argument', () => calls.addCallback(callback));
  refused('invalid-argument', () => new Telemetry({ onError: 'log' as any }));

  const waiting = new Telemetry();
  waiting.metrics.gauge('level').addCallback(async (report) => {
    report(1);
    await null;
    report(2);
    throw new Error('too late');
  });
  waiting.digest();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(waiting.metrics.gauge('level').with().value(), 1);
  const [first, second] = waiting.callbackErrors;
  assert.ok(first instanceof TelemetryError && first.code === 'unsupported');
  assert.equal((second as Error).message, 'too late');
  assert.equal(drops(waiting, 'unknown-id'), 1);
});

test('label sets without end do not mix their totals', () => {
  const telemetry = new Telemetry();
  const visits = telemetry.metrics.counter('visits', { labels: ['visitor'] });
  let each = 1;
  visits.addCallback((report) => {
    for (let visitor = 0; visitor < 5_000; visitor += 1) report(each, { visitor: `v${visitor}` });
  });
  for (each of [1, 3, 3, 4]) telemetry.digest();
  const sum = visits.top(5_000).reduce((total, row) => total + row.value, 0);
  assert.equal(sum, 20_000);
  assert.deepEqual(telemetry.dropped(), []);
});
