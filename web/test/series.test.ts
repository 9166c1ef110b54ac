// Series that are held: timers, what is in progress, exemplars, and the clock.
//
// Deliberately absent: how long a timer takes to the millisecond, which depends on the machine.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Span, Telemetry } from '@codomyrmex/telemetry';

import { drops } from './kit.js';

test('a timer observes once, in seconds, by a clock that does not fall', () => {
  const telemetry = new Telemetry();
  const seconds = telemetry.metrics.histogram('seconds', { labels: ['path'] });
  const series = seconds.with(['/']);
  const { now } = performance;
  try {
    performance.now = () => 5_000_000;
    const timer = series.startTimer();
    performance.now = () => 5_000_250;
    assert.equal(timer.observeDuration(), 0.25);
    assert.equal(series.value(), 1);
    performance.now = () => 4_000_000;
    assert.equal(timer.observeDuration(), 0.25, 'the clock stands still where it would fall');
    const broken = series.startTimer();
    performance.now = () => {
      throw new Error('stopped');
    };
    assert.equal(broken.observeDuration(), 0);
  } finally {
    performance.now = now;
  }
  assert.equal(series.value(), 2);
  assert.deepEqual(series.quantile(1), { value: 0.25, low: 0.1, high: 0.25 });
  const discarded = seconds.startTimer({ path: '/' });
  discarded.discard();
  discarded.observeDuration();
  assert.equal(series.value(), 2);
  seconds.startTimer({ path: '/' })[Symbol.dispose]();
  telemetry.metrics.summary('more').startTimer().observeDuration();
  assert.equal(series.value(), 3);
  assert.equal(telemetry.metrics.summary('more').with().value(), 1);
  assert.deepEqual(telemetry.dropped(), []);
});

test('what is in progress is taken back once', () => {
  const { metrics } = new Telemetry();
  const jobs = metrics.upDownCounter('jobs', { labels: ['queue'] });
  const open = metrics.gauge('open');
  const first = jobs.trackInProgress({ queue: 'a' });
  const second = jobs.with(['a']).trackInProgress();
  const held = open.trackInProgress();
  assert.deepEqual([jobs.with(['a']).value(), open.with().value()], [2, 1]);
  first.end();
  first.end();
  held[Symbol.dispose]();
  held.end();
  assert.deepEqual([jobs.with(['a']).value(), open.with().value()], [1, 0]);
  second.end();
  assert.equal(jobs.with(['a']).value(), 0);
});

test('labels that cannot be make timers and progress that do nothing, and are counted once each', () => {
  const telemetry = new Telemetry();
  const { metrics } = telemetry;
  const nothing = { path: 1 } as any;
  assert.ok(metrics.histogram('seconds', { labels: ['path'] }).startTimer(nothing).observeDuration() >= 0);
  metrics.gauge('open', { labels: ['path'] }).trackInProgress(nothing).end();
  metrics.upDownCounter('jobs', { labels: ['path'] }).trackInProgress(nothing).end();
  assert.deepEqual(telemetry.dropped(), [{ reason: 'invalid-value', count: 3 }]);
});

test('of two writes to a gauge the later one holds, however coarse the clock is', () => {
  const { metrics } = new Telemetry();
  const level = metrics.gauge('level').with();
  const set = metrics.stateSet('light', { states: ['red', 'green'] });
  const { now } = Date;
  try {
    Date.now = () => 1_000;
    for (let value = 100; value > 0; value -= 1) level.set(value);
    set.set('red');
    set.set('green');
    assert.equal(level.value(), 1);
    assert.deepEqual([set.with(undefined, 'red').value(), set.with(undefined, 'green').value()], [0, 1]);
    level.set(-1, 999);
    assert.equal(level.value(), 1, 'what is said to be earlier is');
    level.set(2, 1_000.5);
    assert.equal(level.value(), 2);
  } finally {
    Date.now = now;
  }
  for (let value = 10_000; value > 0; value -= 1) level.set(value);
  assert.equal(level.value(), 1);
});

test('a gauge can hold the current time', () => {
  const { metrics } = new Telemetry();
  const last = metrics.gauge('last_success_seconds');
  const before = Date.now() / 1_000;
  assert.equal(last.setToCurrentTime(), 'recorded');
  const value = last.with().value() ?? 0;
  assert.ok(value > before - 1 && value < Date.now() / 1_000 + 1, String(value));
  const { now } = Date;
  try {
    Date.now = () => NaN;
    assert.equal(last.setToCurrentTime(), 'invalid-time');
  } finally {
    Date.now = now;
  }
  assert.equal(last.with().value(), value);
});

test('what counts without a time never asks the clock', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls', { labels: ['tool'] });
  const sizes = metrics.histogram('sizes').with();
  const { now } = Date;
  const fine = performance.now;
  let asked = 0;
  try {
    Date.now = () => ((asked += 1), 1);
    performance.now = () => ((asked += 1), 1);
    calls.inc({ tool: 'a' });
    calls.with(['a']).add(2);
    sizes.observe(1);
    sizes.observeTimes(1, 2);
    metrics.summary('more').observe(1);
    metrics.exponentialHistogram('most').observe(1);
    metrics.upDownCounter('jobs').inc();
    assert.equal(asked, 0);
    metrics.counter('lately', { window: 1_000 }).inc();
    metrics.gauge('level').set(1);
    assert.ok(asked > 1);
  } finally {
    Date.now = now;
    performance.now = fine;
  }
});

const TRACES = ['0af7651916cd43dd8448eb211c80319c', '1af7651916cd43dd8448eb211c80319c', '2af7651916cd43dd8448eb211c80319c'];

/** A digest of records made in spans, in an order, with or without saying so. */
function exemplars(order: readonly number[], isSaid: boolean): string {
  const telemetry = new Telemetry();
  const { metrics, tracer } = telemetry;
  const spans = TRACES.map((traceId, place) => tracer.startSpan('work', { parent: { traceId }, id: `b7ad6b716920333${place}`, at: place }));
  const calls = metrics.counter('calls', { labels: ['tool'] });
  const sizes = metrics.histogram('sizes', { bounds: [10] });
  const bytes = metrics.exponentialHistogram('bytes').with();
  for (const place of order) {
    const span = spans[place] as Span;
    const value = 1 + 7 * place;
    const outcomes = isSaid
      ? [calls.addIn(span, value, { tool: 'a' }, 50), calls.with(['a']).addIn(span, value, 50), sizes.observeIn(span, value, undefined, 50), bytes.observeIn(span, value, 50)]
      : [calls.add(value, { tool: 'a' }, 50), calls.with(['a']).add(value, 50), sizes.observe(value, undefined, 50), bytes.observe(value, 50)];
    assert.deepEqual(outcomes, ['recorded', 'recorded', 'recorded', 'recorded']);
  }
  for (const span of spans) span.end(100);
  assert.deepEqual(telemetry.dropped(), []);
  return telemetry.digest();
}

test('exemplars are the same in every order, and are there', () => {
  const said = exemplars([0, 1, 2], true);
  for (const order of [[2, 1, 0], [1, 0, 2]]) assert.equal(exemplars(order, true), said); // prettier-ignore
  assert.equal(exemplars([2, 1, 0], false), exemplars([0, 1, 2], false));
  assert.notEqual(exemplars([0, 1, 2], false), said);
});

test('what is no open span of this ledger leaves no exemplar, and the value counts', () => {
  const plain = new Telemetry();
  plain.metrics.counter('calls').add(3, undefined, 9);
  for (const span of [new Telemetry().tracer.startSpan('elsewhere'), undefined, null, {}, 'span', 7] as any[]) {
    const telemetry = new Telemetry();
    assert.equal(telemetry.metrics.counter('calls').addIn(span, 3, undefined, 9), 'recorded');
    assert.equal(telemetry.digest(), plain.digest());
  }
  const [inEnded, beside] = [true, false].map((isSaid) => {
    const telemetry = new Telemetry();
    const span = telemetry.tracer.startSpan('work', { parent: { traceId: TRACES[0] ?? '' }, id: 'b7ad6b7169203331', at: 1 });
    span.end(2);
    const calls = telemetry.metrics.counter('calls').with();
    assert.equal(isSaid ? calls.addIn(span, 3, 9) : calls.add(3, 9), 'recorded');
    return telemetry.digest();
  });
  assert.equal(inEnded, beside);
  assert.equal(plain.metrics.counter('calls').addIn(plain.tracer.startSpan('work'), NaN), 'invalid-value');
  assert.equal(plain.metrics.histogram('sizes').observeIn(plain.tracer.startSpan('work'), '1' as any), 'invalid-value');
  assert.equal(drops(plain, 'invalid-value'), 2);
});
