// Every family: what it comes to, what is asked of it, and that the order of events does not matter.
//
// Deliberately absent: the formats that it is exported in, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEFAULT_BOUNDS, type Metrics, OTEL_BOUNDS, Telemetry, exponentialBounds, linearBounds } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

/** The digest of a ledger to which this happened. */
function digest(happen: (metrics: Metrics) => void): string {
  const telemetry = new Telemetry();
  happen(telemetry.metrics);
  assert.deepEqual(telemetry.dropped(), []);
  return telemetry.digest();
}

test('the example of the documentation works as it is written', () => {
  const { metrics } = new Telemetry();
  const requests = metrics.counter('http_requests_total', { labels: ['method', 'status'] });
  assert.equal(requests.inc({ method: 'GET', status: '200' }), 'recorded');
  const latency = metrics.histogram('request_duration_seconds');
  assert.equal(latency.observe(0.25), 'recorded');
  assert.equal(requests.with(['GET', '200']).value(), 1);
  assert.deepEqual(latency.with().quantile(1), { value: 0.25, low: 0.25, high: 0.25 });
});

test('one set of events in two orders gives one digest, for all families', () => {
  const events: ((metrics: Metrics) => unknown)[] = [
    (metrics) => metrics.counter('calls', { labels: ['tool'] }).add(0.1, { tool: 'a' }, 5),
    (metrics) => metrics.counter('calls', { labels: ['tool'] }).inc({ tool: 'b' }),
    (metrics) => metrics.upDownCounter('jobs').dec(undefined, 3),
    (metrics) => metrics.upDownCounter('jobs').inc(undefined, 0.2),
    (metrics) => metrics.gauge('level').set(7, undefined, 20),
    (metrics) => metrics.gauge('level').set(8, undefined, 10),
    (metrics) => metrics.histogram('seconds').observe(0.3),
    (metrics) => metrics.histogram('seconds').observeTimes(12, 3),
    (metrics) => metrics.exponentialHistogram('bytes', { maxSize: 4 }).observe(1e-9),
    (metrics) => metrics.exponentialHistogram('bytes', { maxSize: 4 }).observe(-1e9),
    (metrics) => metrics.summary('sizes', { window: 12_000 }).observe(2, undefined, 1_000),
    (metrics) => metrics.summary('sizes', { window: 12_000 }).observe(1, undefined, 50_000),
    (metrics) => metrics.info('build', { labels: ['version'] }).labels({ version: '1.2' }),
    (metrics) => metrics.info('build', { labels: ['version'] }).with(['1.3']),
    (metrics) => metrics.stateSet('light', { states: ['red', 'green'] }).set('red', undefined, 1),
    (metrics) => metrics.stateSet('light', { states: ['red', 'green'] }).set('green', undefined, 2),
  ];
  const forwards = digest((metrics) => events.forEach((event) => event(metrics)));
  const backwards = digest((metrics) => [...events].reverse().forEach((event) => event(metrics)));
  assert.equal(forwards, backwards);
  const superseded = [5, 14]; // by a later write
  for (const [place, left] of events.entries()) {
    const without = digest((metrics) => events.filter((event) => event !== left).forEach((event) => event(metrics)));
    assert.equal(without === forwards, superseded.includes(place), `${place}`);
  }
});

test('what a series has come to is its value', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls', { labels: ['tool'] });
  for (let i = 0; i < 10; i += 1) calls.add(0.1, { tool: 'a' });
  assert.equal(calls.with(['a']).value(), 1); // the doubles' sum, rounded once
  const jobs = metrics.upDownCounter('jobs').with();
  jobs.add(5);
  jobs.inc();
  jobs.inc(2);
  jobs.dec();
  jobs.dec(3);
  assert.equal(jobs.value(), 4);
  const level = metrics.gauge('level').with();
  assert.equal(level.value(), undefined);
  level.set(3);
  level.add(4);
  level.inc();
  level.dec(0.5);
  assert.equal(level.value(), 7.5);
  level.set(NaN);
  assert.equal(level.value(), NaN);
  const sizes = metrics.histogram('sizes').with();
  sizes.observe(1);
  sizes.observeTimes(2, 3);
  sizes.observeTimes(2, 0);
  assert.equal(sizes.value(), 4);
  assert.equal(metrics.info('build').with().value(), 1);
});

test('what is not said of a family is the default of its field', () => {
  const one = (declare: (metrics: Metrics) => { observe(value: number): unknown }): string => digest((metrics) => void declare(metrics).observe(3));
  assert.equal(one((metrics) => metrics.histogram('h')), one((metrics) => metrics.histogram('h', { bounds: DEFAULT_BOUNDS }))); // prettier-ignore
  assert.notEqual(one((metrics) => metrics.histogram('h')), one((metrics) => metrics.histogram('h', { bounds: OTEL_BOUNDS }))); // prettier-ignore
  assert.equal(
    one((metrics) => metrics.exponentialHistogram('h')),
    one((metrics) => metrics.exponentialHistogram('h', { maxSize: 160, maxScale: 20, zeroThreshold: 0 })),
  );
  assert.equal(one((metrics) => metrics.summary('s')), one((metrics) => metrics.summary('s', { quantiles: [0.5, 0.9, 0.99], digits: 3 }))); // prettier-ignore
  assert.equal(digest((metrics) => void metrics.counter('c', { window: 60_000 })), digest((metrics) => void metrics.counter('c', { window: 60_000_000_000n }))); // prettier-ignore
  assert.notEqual(digest((metrics) => void metrics.counter('c', { window: 60_000 })), digest((metrics) => void metrics.counter('c')));
});

test('bounds are the defaults of the field, or made', () => {
  assert.deepEqual(DEFAULT_BOUNDS, [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
  assert.deepEqual(OTEL_BOUNDS, [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000]);
  assert.ok(Object.isFrozen(DEFAULT_BOUNDS) && Object.isFrozen(OTEL_BOUNDS));
  assert.deepEqual(linearBounds(1, 0.5, 4), [1, 1.5, 2, 2.5]);
  assert.deepEqual(exponentialBounds(0.25, 4, 4), [0.25, 1, 4, 16]);
  assert.deepEqual(linearBounds(1, 0, 1), [1]);
  assert.deepEqual(linearBounds(-3, 3, 3), [-3, 0, 3]);
  refused('invalid-argument', () => linearBounds(1, 0, 2), /rising/);
  refused('invalid-argument', () => exponentialBounds(1, 1e200, 3), /finite/);
  for (const count of [-1, 0.5, NaN, '2', undefined] as any[]) refused('invalid-argument', () => linearBounds(1, 1, count));
  refused('limit', () => exponentialBounds(1, 2, 257), /256/);
});

test('quantiles say how well they are known', () => {
  const { metrics } = new Telemetry();
  const fixed = metrics.histogram('fixed', { bounds: [1, 2, 4] }).with();
  assert.equal(fixed.quantile(0.5), undefined);
  for (const value of [0.5, 1.5, 3, 3]) fixed.observe(value);
  assert.deepEqual(fixed.quantile(0.5), { value: 2, low: 1, high: 2 });
  assert.deepEqual(fixed.quantile(1), { value: 3, low: 2, high: 3 });
  const exact = metrics.summary('exact').with();
  for (let value = 1; value <= 64; value += 1) exact.observe(value);
  assert.deepEqual(exact.quantile(0.5), { value: 32, low: 32, high: 32 });
  const following = metrics.exponentialHistogram('following').with();
  following.observe(8);
  assert.deepEqual(following.quantile(0), { value: 8, low: 8, high: 8 });
  for (const share of [-0.1, 1.1, NaN, '0.5', undefined] as any[]) refused('invalid-argument', () => exact.quantile(share), /0 to 1/);
});

test('windows know what was lately, by event time', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls', { window: 12_000 }).with();
  assert.equal(calls.rate(), 0);
  calls.add(10, 100_000);
  calls.add(20, 105_000);
  assert.equal(calls.rate(), 2.5);
  assert.equal(calls.rate(100_000), 10 / 12);
  assert.equal(calls.rate(200_000), 0);
  const sizes = metrics.summary('sizes', { window: 12_000n * 1_000_000n }).with();
  sizes.observe(1, 1_000);
  sizes.observe(9, 100_000);
  assert.deepEqual(sizes.quantile(0), { value: 1, low: 1, high: 1 });
  assert.deepEqual(sizes.recentQuantile(0), { value: 9, low: 9, high: 9 });
  assert.deepEqual(sizes.recentQuantile(0, 105_000), { value: 9, low: 9, high: 9 });
  assert.equal(sizes.recentQuantile(0, 1_000), undefined, 'what the newest window does not reach is gone');
  assert.equal(sizes.recentQuantile(0, 200_000), undefined);
  const jobs = metrics.upDownCounter('jobs', { window: 1_000 }).with();
  assert.equal(jobs.add(1), 'recorded', 'now, where nothing is said');
  assert.equal(jobs.rate(), 1 / ((Math.floor(1e9 / 12) * 12 + (1e9 % 12 === 0 ? 0 : 12)) / 1e9));
  const plain = metrics.counter('plain').with();
  refused('invalid-argument', () => plain.rate(), /no window/);
  refused('invalid-argument', () => metrics.summary('bare').with().recentQuantile(0.5), /no window/);
  refused('invalid-argument', () => calls.rate(-1), /1970 to 2262/);
  for (const window of [-1, 0, NaN, Infinity, '60', null, {}, 11n, 2n ** 63n] as any[]) refused('invalid-argument', () => metrics.counter('odd', { window }));
  refused('invalid-argument', () => metrics.gauge('level', { window: 60_000 }), /no window/);
});

test('the greatest series come first', () => {
  const { metrics } = new Telemetry();
  const calls = metrics.counter('calls', { labels: ['tool', 'outcome'] });
  assert.deepEqual(calls.top(3), []);
  for (const [tool, count] of [['a', 1], ['b', 3], ['c', 2], ['d', 3]] as const) calls.add(count, { outcome: 'ok', tool }); // prettier-ignore
  assert.deepEqual(calls.top(3), [
    { labels: { tool: 'b', outcome: 'ok' }, value: 3 },
    { labels: { tool: 'd', outcome: 'ok' }, value: 3 },
    { labels: { tool: 'c', outcome: 'ok' }, value: 2 },
  ]);
  assert.deepEqual(calls.top(0), []);
  for (const count of [Infinity, 1e300, 2 ** 32]) assert.equal(calls.top(count).length, 4);
  for (const count of [-1, -Infinity, NaN, 'all', '2', 2n, undefined] as any[]) assert.deepEqual(calls.top(count), []);
  const visits = metrics.counter('visits', { labels: ['visitor'] });
  for (let visitor = 0; visitor < 3_000; visitor += 1) visits.inc({ visitor: `v${visitor}` });
  assert.deepEqual(visits.top(1), [{ labels: undefined, value: 1_000 }]);
});

test('of the states of a set one holds', () => {
  const telemetry = new Telemetry();
  const light = telemetry.metrics.stateSet('light', { states: ['red', 'green'], labels: ['street'] });
  assert.deepEqual(light.states, ['red', 'green']);
  assert.equal(light.set('red', { street: 'Elm' }, 1), 'recorded');
  assert.equal(light.set('green', { street: 'Elm' }), 'recorded');
  assert.equal(light.with(['Elm'], 'red').value(), 0);
  assert.equal(light.labels({ street: 'Elm' }, 'green').value(), 1);
  assert.equal(light.labels({ street: 'Oak' }, 'green').value(), undefined);
  assert.equal(light.with(['Oak'], 'green').set(true), 'recorded');
  assert.equal(light.with(['Oak'], 'red').set(true), 'recorded', 'states may hold together');
  assert.equal(light.with(['Oak'], 'red').set(1 as any), 'invalid-value');
  assert.deepEqual(light.top(1), [{ labels: { street: 'Elm', light: 'green' }, value: 1 }]);
  assert.equal(light.set('blue' as any, { street: 'Elm' }), 'invalid-value');
  assert.equal(light.set('red', {} as any), 'invalid-value');
  assert.equal(light.set('red', { street: 'x'.repeat(257) }), 'over-limit');
  refused('invalid-argument', () => light.with(['Elm'], 'blue' as any), /red, green/);
  refused('limit', () => light.with(['x'.repeat(257)], 'red'));
  const plain = telemetry.metrics.stateSet('plain', { states: ['on', 'off'] });
  assert.equal(plain.set('on'), 'recorded');
  assert.equal(plain.with(undefined, 'off').value(), 0);
  for (const states of [[], ['a', 'a'], 'on', undefined, [1]] as any[]) refused('invalid-argument', () => telemetry.metrics.stateSet('odd', { states }));
  refused('invalid-argument', () => telemetry.metrics.stateSet('odd', { states: ['on'], labels: ['odd'] }), /leave it out/);
  refused('invalid-argument', () => (telemetry.metrics as any).stateSet('odd'));
  for (const labels of [7, {}, null, 'odd', { includes: 1 }] as any[]) refused('invalid-argument', () => telemetry.metrics.stateSet('odd', { states: ['on'], labels }), /array/);
  refused('invalid-argument', () => telemetry.metrics.stateSet(Symbol('odd') as any, { states: ['on'] }), /string/);
  assert.deepEqual(telemetry.dropped(), [
    { reason: 'invalid-value', count: 3 },
    { reason: 'over-limit', count: 1 },
  ]);
});

test('a state holds from one moment on, so that of two writers exactly the later call decides', () => {
  const { now } = Date;
  try {
    for (const [first, second] of [['a', 'c'], ['c', 'a'], ['b', 'a'], ['a', 'b']] as const) {
      // Both calls at once: a clock read for each state would have the first one later for 'b', and the second for the rest.
      const clocks = [[10, 13, 16], [11, 12, 17]]; // prettier-ignore
      const collector = new Telemetry();
      const writers = [first, second].map((state, place) => {
        const telemetry = new Telemetry();
        const { metrics } = telemetry;
        const phase = metrics.stateSet('phase', { states: ['a', 'b', 'c'] });
        Date.now = () => clocks[place]!.shift()!;
        assert.equal(phase.set(state), 'recorded');
        return telemetry;
      });
      for (const telemetry of writers) collector.absorb(telemetry.drain()!);
      const holds = collector.metrics.stateSet('phase', { states: ['a', 'b', 'c'] });
      assert.deepEqual(['a', 'b', 'c'].map((state) => holds.with(undefined, state as 'a').value()), ['a', 'b', 'c'].map((state) => Number(state === second))); // prettier-ignore
    }
  } finally {
    Date.now = now;
  }
});

test('of calls at one moment of a coarse clock the last decides, also of single states', () => {
  const { now } = Date;
  const telemetry = new Telemetry();
  const light = () => telemetry.metrics.stateSet('light', { states: ['red', 'green'] });
  const holding = (): string[] => ['red', 'green'].filter((state) => light().with(undefined, state as 'red').value() === 1);
  try {
    Date.now = () => 1_000_000;
    for (const state of ['red', 'green', 'red', 'green', 'green', 'red'] as const) {
      light().set(state);
      assert.deepEqual(holding(), [state]);
    }
    light().with(undefined, 'green').set(true);
    assert.deepEqual(holding(), ['red', 'green']);
    light().with(undefined, 'red').set(false);
    assert.deepEqual(holding(), ['green']);
    light().set('red');
    assert.deepEqual(holding(), ['red']);
    Date.now = () => 500_000; // set back by more than a clock wavers: the later time goes on to hold
    light().set('green');
    assert.deepEqual(holding(), ['red']);
    Date.now = () => NaN;
    assert.equal(light().set('green'), 'invalid-time');
    assert.equal(light().with(undefined, 'green').set(true), 'invalid-time');
    Date.now = (() => 5n) as any;
    assert.equal(light().set('green'), 'invalid-time');
    assert.deepEqual(telemetry.dropped(), [{ reason: 'invalid-time', count: 5 }]);
  } finally {
    Date.now = now;
  }
});

test('a name that means something else already is a conflict, in every kind', () => {
  const { metrics } = new Telemetry();
  const declare: ((name: string) => unknown)[] = [
    (name) => metrics.counter(name),
    (name) => metrics.counter(name, { window: 60_000 }),
    (name) => metrics.counter(name, { unit: 'seconds' }),
    (name) => metrics.upDownCounter(name),
    (name) => metrics.gauge(name),
    (name) => metrics.histogram(name),
    (name) => metrics.histogram(name, { bounds: [1] }),
    (name) => metrics.exponentialHistogram(name),
    (name) => metrics.exponentialHistogram(name, { maxScale: 8 }),
    (name) => metrics.summary(name),
    (name) => metrics.summary(name, { digits: 2 }),
    (name) => metrics.info(name),
    (name) => metrics.stateSet(name, { states: ['a'] }),
    (name) => metrics.stateSet(name, { states: ['b'] }),
  ];
  for (const [place, first] of declare.entries()) {
    first(`n${place}`);
    first(`n${place}`);
    for (const other of declare.filter((each) => each !== first)) refused('conflict', () => other(`n${place}`));
  }
});
