// Families and series: labels find the same series, sums are exact, label sets are bounded.
//
// Deliberately absent: the exposition format's rules, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry } from '@codomyrmex/telemetry';

import { drops, refused } from './kit.js';

test('labels find the series they found before, in whatever order they are written', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls_total', { labels: ['tool', 'outcome'] });
  const series = calls.labels({ tool: 'search', outcome: 'ok' });
  assert.equal(calls.labels({ outcome: 'ok', tool: 'search' }), series);
  assert.notEqual(calls.labels({ tool: 'ok', outcome: 'search' }), series);
  const plain = metrics.gauge('level');
  assert.equal(plain.with(), plain.labels({}));
  assert.equal(plain.with(), plain.labels());
  assert.equal(calls.with(['search', 'ok']), series);
});

test('no separator makes two label sets one', () => {
  const telemetry = new Telemetry();
  const pairs = telemetry.metrics.counter('pairs_total', { labels: ['a', 'b'] });
  for (const [a, b] of [['x\0', 'y'], ['x', '\0y'], ['x,', 'y'], ['x', ',y'], ['', 'xy'], ['xy', '']] as const) pairs.inc({ a, b });
  assert.equal([...telemetry.prometheus().matchAll(/^pairs_total\{.*\} 1$/gm)].length, 6);
});

test('labels that are missing, too many or no strings are refused', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls_total', { labels: ['tool'] }) as any;
  calls.labels({ tool: 'search' });
  const bad = [undefined, null, {}, { tool: 1 }, { tool: 'search', extra: 'x' }, { other: 'search' }, 'search', ['search'], Object.create({ tool: 'x' })];
  for (const labels of bad) {
    refused('invalid-argument', () => calls.labels(labels));
    assert.equal(calls.inc(labels), 'invalid-value');
  }
  assert.equal(calls.inc({ tool: 'x'.repeat(257) }), 'over-limit');
  assert.deepEqual(telemetry.dropped(), [
    { reason: 'invalid-value', count: bad.length },
    { reason: 'over-limit', count: 1 },
  ]);
  const inherited = telemetry.metrics.counter('inherited_total', { labels: ['constructor'] }) as any;
  refused('invalid-argument', () => inherited.labels({ other: 'x' }));
});

test('the compiler knows the labels', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls_total', { labels: ['tool', 'outcome'] });
  const plain = metrics.counter('plain_total');
  const mistakes = [
    // @ts-expect-error: a label is missing
    () => calls.labels({ tool: 'search' }),
    // @ts-expect-error: there is no such label
    () => calls.labels({ tool: 'search', outcome: 'ok', extra: 'x' }),
    // @ts-expect-error: this family has labels
    () => calls.labels(),
    // @ts-expect-error: a counter is not set
    () => calls.set(1, { tool: 'search', outcome: 'ok' }),
    // @ts-expect-error: a value is missing
    () => calls.with(['search']),
  ];
  for (const mistake of mistakes) assert.throws(mistake);
  assert.equal(plain.with().inc(), 'recorded');
});

test('every instrument records what it should', () => {
  const telemetry = new Telemetry();
  const { metrics } = telemetry;
  for (let i = 0; i < 10; i += 1) metrics.counter('tenths_total').inc({}, 0.1);
  const jobs = metrics.upDownCounter('jobs', { help: 'Jobs under way.', unit: 'jobs', labels: ['queue'] });
  jobs.add(5, { queue: 'a' });
  jobs.labels({ queue: 'a' }).dec(2);
  const level = metrics.gauge('level', { labels: ['tank'] });
  level.set(2, { tank: 'b' }, 2_000);
  level.set(1, { tank: 'b' }, 1_000);
  const sizes = metrics.histogram('sizes', { bounds: [1, 10] });
  for (const size of [0.5, 1, 5, 50]) sizes.observe(size);
  const text = telemetry.prometheus();
  const lines = ['tenths_total 1', 'jobs{queue="a"} 3', 'level{tank="b"} 2', 'sizes_bucket{le="1"} 2', 'sizes_bucket{le="10"} 3', 'sizes_count 4'];
  for (const line of [...lines, 'sizes_sum 56.5']) {
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
  }
  assert.deepEqual(telemetry.dropped(), []);
});

test('a family declared twice is one', () => {
  const telemetry = new Telemetry();
  telemetry.metrics.counter('calls_total').inc({});
  telemetry.metrics.counter('calls').inc({}, 2);
  assert.match(telemetry.prometheus(), /^calls_total 3$/m);
});

test('label sets without end are bounded, and nothing that was counted is lost', () => {
  const telemetry = new Telemetry();
  const visits = telemetry.metrics.counter('visits_total', { labels: ['visitor'] });
  for (let visitor = 0; visitor < 6_000; visitor += 1) visits.inc({ visitor: `v${visitor}` });
  const counts = [...telemetry.prometheus().matchAll(/^visits_total\{.*\} (\d+)$/gm)].map((match) => Number(match[1]));
  assert.equal(counts.length, 2_001); // 2,000 label sets and the overflow
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    6_000,
  );
  assert.equal(drops(telemetry, 'over-limit'), 0);
});
