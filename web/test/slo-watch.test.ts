// Being told of changes: what, in which order, and when it is looked; and how far ahead events may be.
//
// Deliberately absent: timers, of which the package has none.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type SloChange, Telemetry } from '@codomyrmex/telemetry';

import { drained, drops, refused } from './kit.js';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const OPTIONS = {
  id: 'answers',
  target: '50%',
  window: { rollingMinutes: 60 },
  alerts: [{ name: 'burning', severity: 'page', burn: { factor: '1', longMinutes: 2, shortMinutes: 1 } }],
  policy: [{ from: '100%', action: 'stop' }],
} as const;

test('a check tells what changed since the last one: state, alerts, policy', () => {
  const { slo } = new Telemetry();
  const told: SloChange[] = [];
  const stop = slo.onChange((change) => told.push(change));
  const answers = slo.create(OPTIONS);
  answers.good(3, START);
  answers.bad(4, START + MINUTE);
  answers.good(2, START + 2 * MINUTE);
  const expected: SloChange[][] = [
    [{ what: 'state', id: 'answers', before: 'no-data', now: 'met' }],
    [
      { what: 'state', id: 'answers', before: 'met', now: 'violated' },
      { what: 'alert', id: 'answers', name: 'burning', severity: 'page', isFiring: true },
      { what: 'policy', id: 'answers', before: 'normal', action: 'stop' },
    ],
    [
      { what: 'state', id: 'answers', before: 'violated', now: 'met' },
      { what: 'alert', id: 'answers', name: 'burning', severity: 'page', isFiring: false },
      { what: 'policy', id: 'answers', before: 'stop', action: 'normal' },
    ],
  ];
  for (const [place, changes] of expected.entries()) {
    assert.deepEqual(slo.check(START + place * MINUTE), changes);
    assert.deepEqual(slo.check(START + place * MINUTE), []);
  }
  assert.deepEqual(told, expected.flat());
  stop();
  stop();
  assert.deepEqual(slo.check(START + 500 * MINUTE), [{ what: 'state', id: 'answers', before: 'met', now: 'no-data' }]);
  assert.equal(told.length, expected.flat().length);
  refused('invalid-argument', () => slo.check(-1), /1970/);
  for (const callback of [undefined, null, 7, {}] as any[]) refused('invalid-argument', () => slo.onChange(callback), /function/);
});

test('it is looked before everything that shows the whole accounts, and at nothing else', () => {
  const asks: ((telemetry: Telemetry) => unknown)[] = [
    (telemetry) => telemetry.snapshot(),
    (telemetry) => telemetry.digest(),
    (telemetry) => telemetry.drain(),
    (telemetry) => telemetry.prometheus(),
    (telemetry) => telemetry.otlpMetrics(),
    (telemetry) => telemetry.statsd('statsd'),
    (telemetry) => telemetry.slo.check(),
  ];
  for (const ask of asks) {
    const telemetry = new Telemetry();
    const told: string[] = [];
    telemetry.slo.create(OPTIONS).good();
    telemetry.slo.onChange(({ what }) => told.push(what));
    telemetry.slo.statuses();
    telemetry.dropped();
    telemetry.metrics.gauge('level').with().value();
    assert.deepEqual(told, []);
    ask(telemetry);
    assert.deepEqual(told, ['state']);
    ask(telemetry);
    assert.deepEqual(told, ['state']);
  }
});

test('what callbacks report is seen, and a drain directly after a delta export looks at nothing', () => {
  const telemetry = new Telemetry();
  const told: string[] = [];
  telemetry.slo.create({ id: 'calls', target: '50%', indicator: { metrics: { good: { name: 'calls' }, total: { name: 'calls' } } }, alerts: [] });
  telemetry.slo.onChange((change) => told.push(change.what === 'state' ? change.now : change.what));
  const calls = telemetry.metrics.counter('calls');
  telemetry.metrics.gauge('level').addCallback(() => {
    telemetry.digest();
    assert.deepEqual(told, [], 'not while callbacks run');
    calls.inc(undefined, 1, Date.now());
  });
  telemetry.statsd('statsd');
  assert.deepEqual(told, ['met']);
  telemetry.slo.create(OPTIONS).good();
  telemetry.drain();
  assert.deepEqual(told, ['met']);
  assert.deepEqual(telemetry.callbackErrors, []);
});

test('who checks at times of their own is not looked at in between', () => {
  const telemetry = new Telemetry();
  telemetry.slo.create(OPTIONS).good(1, START);
  const told: SloChange[] = [];
  telemetry.slo.onChange((change) => told.push(change));
  telemetry.slo.check(START);
  telemetry.digest();
  telemetry.drain();
  assert.deepEqual(told, [{ what: 'state', id: 'answers', before: 'no-data', now: 'met' }]);
});

test('a callback may record, check, add and take away; what it throws is kept', async () => {
  const errors: unknown[] = [];
  const telemetry = new Telemetry({ onError: (error) => errors.push(error) });
  const answers = telemetry.slo.create(OPTIONS);
  const told: string[] = [];
  const stops: (() => void)[] = [];
  const failure = new Error('nobody is there');
  telemetry.slo.onChange(({ what }) => {
    told.push(`first ${what}`);
    answers.bad(9, START);
    assert.deepEqual(telemetry.slo.check(START), []);
    telemetry.digest();
    stops[0]?.();
    telemetry.slo.onChange((change) => told.push(`third ${change.what}`));
    throw failure;
  });
  stops.push(telemetry.slo.onChange(({ what }) => told.push(`second ${what}`)));
  const late = new Error('too late');
  telemetry.slo.onChange((async () => {
    await null;
    throw late;
  }) as () => void);
  answers.good(1, START);
  assert.equal(telemetry.slo.check(START).length, 1);
  assert.deepEqual(told, ['first state']);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(telemetry.callbackErrors, [failure, late]);
  assert.deepEqual(errors, [failure, late]);
  const { now } = Date;
  try {
    Date.now = () => {
      throw new Error('stopped');
    };
    const broken = new Telemetry();
    broken.slo.onChange(() => told.push('never'));
    assert.match(broken.digest(), /^[0-9a-f]{64}$/);
    refused('invalid-argument', () => broken.slo.check(), /1970/);
    assert.equal(broken.callbackErrors.length, 1);
  } finally {
    Date.now = now;
  }
});

test('events further ahead of the clock than clocks differ are counted drops', () => {
  const ahead = (telemetry: Telemetry, ms: number): string => telemetry.slo.create(OPTIONS).good(1, Date.now() + ms);
  const telemetry = new Telemetry();
  assert.equal(ahead(telemetry, 4 * MINUTE), 'recorded');
  assert.equal(ahead(telemetry, 6 * MINUTE), 'future-time');
  assert.equal(telemetry.slo.create({ id: 'a', target: '50%', dimensions: ['tool'] }).recordEventWith(true, { at: Date.now() + 6 * MINUTE }), 'future-time');
  const fast = telemetry.slo.create({ id: 'b', target: '50%', indicator: { threshold: { comparison: 'below', value: 1 } } });
  assert.equal(fast.recordValue(0, Date.now() + 6 * MINUTE), 'future-time');
  assert.equal(fast.recordValueWith(0, { at: Date.now() + 6 * MINUTE }), 'future-time');
  assert.equal(fast.recordValue(0, 2n ** 63n), 'invalid-time');
  assert.equal(drops(telemetry, 'future-time'), 4);
  telemetry.limitSkew(7 * MINUTE);
  assert.equal(ahead(telemetry, 6 * MINUTE), 'recorded');
  for (const skewMaxMs of [null, Infinity]) assert.equal(ahead(new Telemetry({ skewMaxMs }), 1e12), 'recorded');
  assert.equal(ahead(new Telemetry({ skewMaxMs: 0 }), 5_000), 'future-time');
  for (const skewMaxMs of [-1, NaN, '5', 5n, {}, true] as any[]) refused('invalid-argument', () => new Telemetry({ skewMaxMs }), /skew/);
});

test('a delta from the future is refused until it is time, or nobody minds', () => {
  const writer = new Telemetry({ skewMaxMs: null });
  writer.slo.create(OPTIONS).good(1, Date.now() + 1e10);
  const delta = drained(writer);
  const collector = new Telemetry();
  const before = collector.digest();
  refused('invalid-argument', () => collector.absorb(delta), /ahead/);
  assert.equal(collector.digest(), before);
  collector.limitSkew(null);
  assert.equal(collector.absorb(delta), 'merged');
});

test('the clock is only looked at where what it said last does not decide, and finds the ledger free', () => {
  const telemetry = new Telemetry();
  const answers = telemetry.slo.create(OPTIONS);
  const { now } = Date;
  let looks = 0;
  let at = START;
  try {
    Date.now = () => {
      looks += 1;
      assert.match(telemetry.digest(), /^[0-9a-f]{64}$/);
      return at;
    };
    for (let i = 0; i < 1_000; i += 1) assert.equal(answers.good(1, START + i), 'recorded');
    assert.equal(looks, 1);
    assert.equal(answers.good(1, START + 10 * MINUTE), 'future-time');
    at += 6 * MINUTE;
    assert.equal(answers.good(1, START + 10 * MINUTE), 'recorded');
    assert.equal(looks, 3);
    for (const clock of [() => NaN, () => -1, () => 5n as any, () => assert.fail('stopped')]) {
      Date.now = clock;
      assert.equal(new Telemetry().slo.create(OPTIONS).good(1, START), 'future-time', 'a clock that fails stands at 1970');
    }
  } finally {
    Date.now = now;
  }
});
