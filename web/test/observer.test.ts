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
    () => assert.equal(telemetry.metrics.gauge('level').with().value(), runs),
    () => assert.equal(telemetry.metrics.gauge('level').top(1)[0]?.value, runs),
    () => assert.equal(telemetry.metrics.stateSet('light', { states: ['red'] }).top(1).length, 0),
    () => telemetry.metrics.counter('calls', { window: 60_000 }).with().rate(),
    () => telemetry.metrics.summary('sizes', { window: 60_000 }).with().quantile(0.5),
    () => telemetry.metrics.summary('sizes', { window: 60_000 }).with().recentQuantile(0.5),
  ];
  for (const [place, ask] of asks.entries()) {
    ask();
    assert.equal(runs, place + 1);
  }
  telemetry.dropped();
  telemetry.slo.statuses();
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

test('a drain directly after a delta export takes out what was exported, and no more', () => {
  const exports: ((telemetry: Telemetry) => unknown)[] = [
    (telemetry) => telemetry.statsd('statsd'),
    (telemetry) => telemetry.otlpMetrics({ temporality: 'delta' }),
    (telemetry) => telemetry.otlpMetricsJson({ temporality: 'delta' }),
  ];
  for (const delta of exports) {
    const telemetry = new Telemetry();
    let total = 0;
    const stop = telemetry.metrics.counter('calls').addCallback((report) => report((total += 10)));
    delta(telemetry);
    const collector = new Telemetry();
    const absorbed = (): number | undefined => {
      const bytes = telemetry.drain();
      if (bytes !== undefined) collector.absorb(bytes);
      return collector.metrics.counter('calls').with().value();
    };
    assert.equal(absorbed(), 10, 'as exported');
    assert.equal(absorbed(), 20, 'a drain by itself asks');
    delta(telemetry);
    telemetry.prometheus();
    assert.equal(absorbed(), 50, 'not directly after it');
    delta(telemetry);
    assert.equal(telemetry.metrics.counter('calls').with().value(), 70, 'a question asks too');
    assert.equal(absorbed(), 80);
    telemetry.otlpMetrics();
    assert.equal(absorbed(), 100, 'a cumulative export is none');
    refused('invalid-argument', () => telemetry.statsd('other' as any));
    assert.equal(absorbed(), 120, 'one that failed is none');
    stop();
  }
});

test('each delta export is new where each is drained', () => {
  const telemetry = new Telemetry();
  let total = 0;
  telemetry.metrics.counter('calls').addCallback((report) => report((total += 1)));
  const lines = [1, 2, 3].map(() => {
    const text = telemetry.statsd('statsd');
    assert.ok(telemetry.drain() !== undefined);
    return text;
  });
  assert.equal(total, 3);
  assert.equal(new Set(lines).size, 1, 'one more each time');
  assert.match(lines[0]!, /^calls(_total)?:1\|c$/m);
});

test('two callbacks on one series report two sums, however often one looks', () => {
  for (const kind of ['counter', 'upDownCounter'] as const) {
    const telemetry = new Telemetry();
    const sum = telemetry.metrics[kind]('sum', { labels: ['of'] });
    let [first, second] = [10, 3];
    const stop = sum.addCallback((report) => report(first, { of: 'a' }));
    telemetry.metrics[kind]('sum', { labels: ['of'] }).addCallback((report) => report(second, { of: 'a' }));
    for (let look = 0; look < 5; look += 1) assert.equal(sum.with(['a']).value(), 13);
    [first, second] = [11, 5];
    assert.equal(sum.with(['a']).value(), 16);
    stop();
    [first, second] = [100, 6];
    assert.equal(sum.with(['a']).value(), 17, 'what was reported stays');
    sum.addCallback((report) => report(9, { of: 'a' }));
    for (let look = 0; look < 2; look += 1) assert.equal(sum.with(['a']).value(), 26, 'one that comes later counts from zero');
    assert.deepEqual(telemetry.dropped(), []);
  }
});

test('a callback that takes itself away reports to its end', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls');
  const stop = calls.addCallback((report) => {
    report(5);
    if (runs === 1) stop();
    assert.equal(report(7), 'recorded');
  });
  let runs = 0;
  for (runs of [0, 1, 2]) telemetry.digest();
  // 5 and 2 more; 5 began again, and 2 more; then no run
  assert.equal(calls.with().value(), 14);
});

test('only so many sums are followed, and a callback that is taken away gives its place back', () => {
  const telemetry = new Telemetry();
  const calls = telemetry.metrics.counter('calls', { labels: ['n'] });
  const fill = (report: (value: number, labels: { n: string }) => unknown): void => {
    for (let n = 0; n < 65_536; n += 1) report(1, { n: `${n}` });
  };
  const stop = calls.addCallback(fill);
  const stopsItself = calls.addCallback((report) => {
    assert.equal(report(1, { n: 'one more' }), 'over-limit');
    stopsItself();
  });
  telemetry.digest();
  assert.equal(drops(telemetry, 'over-limit'), 1);
  stop();
  let came: string | undefined;
  calls.addCallback((report) => void (came = report(1, { n: 'one more' })));
  telemetry.digest();
  assert.equal(came, 'recorded');
  assert.equal(drops(telemetry, 'over-limit'), 1);
});

test('a hook that gives a promise which fails does not end the program', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    let told = 0;
    const telemetry = new Telemetry({
      onError: async () => {
        told += 1;
        throw new Error('the log is not there');
      },
    });
    telemetry.metrics.gauge('broken').addCallback(() => {
      throw new Error('no such file');
    });
    telemetry.digest();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(told, 1);
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
  }
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
  assert.deepEqual(told, [failure]);
  assert.deepEqual(['before', 'broken', 'after'].map((name) => metrics.gauge(name).with().value()), [1, 2, 3]); // prettier-ignore
  assert.deepEqual(told, Array(4).fill(failure), 'a question asks too');
  assert.equal(telemetry.callbackErrors[0], failure);
  for (let i = 0; i < 20; i += 1) telemetry.digest();
  assert.deepEqual(telemetry.callbackErrors, Array(16).fill(failure));
  assert.equal(told.length, 24);
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
  assert.equal(drops(telemetry, 'invalid-value'), reports.length + 2);
  assert.equal(calls.with(['a']).value(), 0);
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
  const [first, second] = waiting.callbackErrors;
  assert.ok(first instanceof TelemetryError && first.code === 'unsupported');
  assert.equal((second as Error).message, 'too late');
  assert.equal(drops(waiting, 'unknown-id'), 1);
  assert.equal(waiting.metrics.gauge('level').with().value(), 1);
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
