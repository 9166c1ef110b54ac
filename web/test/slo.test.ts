// Objectives: every question about them, with whole answers that were worked out by hand.
//
// Deliberately absent: what the answers are in large cases, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type SloOptions, Telemetry } from '@codomyrmex/telemetry';

import { drained, refused } from './kit.js';

const START = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;
const MINUTE = 60_000_000_000n;

/** The beginning of a minute after the start. */
const minute = (place: number): bigint => START + BigInt(place) * MINUTE;

/** Half must be good in an hour, with an alert of each kind and a policy of two steps. */
const HOUR = {
  id: 'answers',
  name: 'Answers',
  target: '50%',
  window: { rollingMinutes: 60 },
  alerts: [
    { name: 'burning', severity: 'page', burn: { factor: '1', longMinutes: 2, shortMinutes: 1 } },
    { name: 'silent', severity: 'ticket', noDataMinutes: 10 },
  ],
  policy: [
    { from: '1/2', until: '40%', action: 'slow' },
    { from: { numerator: 1, denominator: 1 }, action: 'stop' },
  ],
} as const satisfies SloOptions;

/** Three good, then four bad, then two good, a minute each. */
function happened(telemetry: Telemetry) {
  const slo = telemetry.slo.create(HOUR);
  assert.equal(slo.good(3, minute(0)), 'recorded');
  assert.equal(slo.bad(4, minute(1)), 'recorded');
  assert.equal(slo.recordEventWith(true, { count: 2, at: minute(2) }), 'recorded');
  return slo;
}

const WHOLE = {
  id: 'answers',
  version: 1,
  name: 'Answers',
  target: { numerator: 1n, denominator: 2n },
  windowStart: minute(-57),
  windowEnd: minute(3),
  good: 5,
  total: 9,
  unit: 1,
  rawGood: 5,
  rawTotal: 9,
  state: 'met',
  isMet: true,
  current: 5 / 9,
  budgetRemaining: 1 / 9,
  budgetRemainingEvents: 0.5,
  errorBudgetRemaining: (1 / 9) * 100,
  errorBudgetConsumed: 100 - (1 / 9) * 100,
  coverage: 0.05,
  burnRates: [
    { lookback: MINUTE, rate: 0 },
    { lookback: 2n * MINUTE, rate: 4 / 3 },
  ],
  firing: [],
  timeToExhaustion: undefined,
  timeToRecovery: undefined,
  projection: undefined,
  expired: 0,
  uncounted: 0,
};

const NOTHING = {
  ...WHOLE,
  windowStart: 0n,
  windowEnd: 0n,
  good: 0,
  total: 0,
  rawGood: 0,
  rawTotal: 0,
  state: 'no-data',
  current: undefined,
  budgetRemaining: undefined,
  budgetRemainingEvents: 0,
  errorBudgetRemaining: 100,
  errorBudgetConsumed: 0,
  coverage: 0,
  burnRates: [],
};

test('a status says all, at the newest event and at a minute that is asked about', () => {
  const telemetry = new Telemetry();
  const slo = happened(telemetry);
  assert.deepEqual(slo.getStatus(), WHOLE);
  assert.deepEqual(telemetry.slo.statuses(), [WHOLE]);
  const violated = {
    ...WHOLE,
    windowStart: minute(-58),
    windowEnd: minute(2),
    good: 3,
    total: 7,
    rawGood: 3,
    rawTotal: 7,
    state: 'violated',
    isMet: false,
    current: 3 / 7,
    budgetRemaining: -1 / 7,
    budgetRemainingEvents: -0.5,
    errorBudgetRemaining: 0,
    errorBudgetConsumed: 100,
    coverage: 1 / 30,
    burnRates: [
      { lookback: MINUTE, rate: 2 },
      { lookback: 2n * MINUTE, rate: 8 / 7 },
    ],
    firing: ['burning'],
  };
  assert.deepEqual(slo.getStatus(new Date(Number(minute(1) / 1_000_000n))), violated);
  assert.deepEqual(new Telemetry().slo.create(HOUR).getStatus(), NOTHING);
});

test('a violation is one episode from the first minute to the last', () => {
  const slo = happened(new Telemetry());
  const first = {
    id: 'answers',
    name: 'Answers',
    opened: minute(1),
    openedBefore: false,
    closed: minute(2),
    duration: MINUTE,
    worst: 3 / 7,
    worstAt: minute(1),
    budgetConsumed: 8 / 7,
    good: 0,
    bad: 4,
    slots: [{ start: minute(1), end: minute(2), good: 0, bad: 4 }],
    slotsTotal: 1,
  };
  assert.deepEqual(slo.violations(), [first]);
  assert.deepEqual(slo.violations(minute(0)), []);
  assert.deepEqual(slo.violations(minute(1)), [{ ...first, closed: undefined }]);
  // An hour on the three good ones have left, and a minute later the four bad ones.
  const second = { ...first, opened: minute(60), closed: minute(61), worst: 1 / 3, worstAt: minute(60), budgetConsumed: 4 / 3, bad: 0 };
  assert.deepEqual(slo.violations(minute(90)), [first, second]);
});

test('alerts tell when they fired', () => {
  const slo = happened(new Telemetry());
  const burning = { name: 'burning', severity: 'page', isFiring: false, spells: [{ opened: minute(1), closed: minute(2), peak: 8 / 7 }] };
  const silent = { name: 'silent', severity: 'ticket', isFiring: false, spells: [] };
  assert.deepEqual(slo.alerts(), [burning, silent]);
  assert.deepEqual(slo.alerts(minute(11)), [burning, silent]);
  assert.deepEqual(slo.alerts(minute(12)), [burning, { ...silent, isFiring: true, spells: [{ opened: minute(12), closed: undefined, peak: undefined }] }]);
});

test('a policy asks for its highest step, which holds until less is consumed', () => {
  const slo = happened(new Telemetry());
  const changes = [
    { at: minute(1), action: 'stop' },
    { at: minute(2), action: 'slow' },
  ];
  assert.deepEqual(slo.policy(), { action: 'slow', since: minute(2), changes });
  assert.deepEqual(slo.policy(minute(1)), { action: 'stop', since: minute(1), changes: changes.slice(0, 1) });
  assert.deepEqual(slo.policy(minute(0)), { action: 'normal', since: 0n, changes: [] });
});

test('an analysis finds the tool that fails, with a span of each kind', () => {
  const telemetry = new Telemetry();
  const slo = telemetry.slo.create({ id: 'tools', target: '95%', indicator: { threshold: { comparison: 'below', value: 100 } }, dimensions: ['tool', 'region'] });
  const span = telemetry.tracer.startSpan('work');
  const other = telemetry.tracer.startSpan('work');
  const [bad, good] = [span.context()!, other.context()!];
  slo.recordValueWith(100, { attributes: { tool: 'a' }, span, at: minute(0) });
  for (let i = 0; i < 7; i += 1) slo.recordEventWith(false, { attributes: { tool: 'a', region: undefined }, at: minute(i) });
  slo.recordValueWith(99, { attributes: { region: '', tool: 'a' }, span: other, at: minute(0) });
  slo.recordEventWith(true, { attributes: { tool: 'a' }, at: minute(1) });
  slo.recordEventWith(true, { attributes: { tool: 'b' }, count: 90, at: minute(2) });
  slo.recordEventWith(true, { count: 5, at: minute(2) }); // of which nothing is known
  assert.deepEqual(telemetry.dropped(), []);
  const pattern = {
    attributes: { tool: 'a' },
    bad: 8,
    total: 10,
    isExact: true,
    isOutcome: false,
    support: 1,
    riskRatio: (8.5 / 11) / (0.5 / 91), // prettier-ignore
    excess: 8,
    pValue: 22.5 / 186_087_894_300, // half of C(10, 8) / C(100, 8)
    qValue: 22.5 / 186_087_894_300,
    examples: [{ traceId: bad.traceId, spanId: bad.spanId }],
    counterexamples: [{ traceId: good.traceId, spanId: good.spanId }],
  };
  const found = slo.analyze();
  const near = (value: number, expected: number): number => (Math.abs(value / expected - 1) < 1e-12 ? expected : value);
  const rounded = found.patterns.map((each) => ({
    ...each,
    riskRatio: near(each.riskRatio, pattern.riskRatio),
    pValue: near(each.pValue, pattern.pValue),
    qValue: near(each.qValue, pattern.qValue),
  }));
  assert.deepEqual({ ...found, patterns: rounded }, { good: 92, bad: 8, tested: found.tested, isExact: true, patterns: [pattern], change: undefined });
  assert.equal(slo.getStatus().total, 105);
  assert.deepEqual(slo.analyze({ order: 1, most: 1 }).patterns, found.patterns);
  assert.deepEqual(slo.analyze({ at: minute(-9_000) }), { good: 0, bad: 0, tested: 0, isExact: true, patterns: [], change: undefined });
});

test('values beside each other and beyond what is remembered are told apart', () => {
  const slo = new Telemetry().slo.create({ id: 'tools', target: '50%', dimensions: ['a', 'b'] });
  const long = 'x'.repeat(256);
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 90; i += 1) {
      slo.recordEventWith(i >= 5, { attributes: { a: `${i}`, b: i < 5 ? 'bad' : '' }, at: minute(0) });
      slo.recordEventWith(true, { attributes: { b: `${i}` }, at: minute(0) });
    }
    slo.recordEventWith(true, { attributes: { a: `${long.slice(round + 1)}` }, at: minute(0) });
  }
  slo.recordEventWith(true, { attributes: { b: 'bad', a: '' }, at: minute(0) });
  const { good, bad, isExact, patterns } = slo.analyze();
  assert.deepEqual([good, bad, isExact], [3 * 176 + 1, 15, true]);
  assert.deepEqual(patterns.map(({ attributes, bad, total }) => [attributes, bad, total])[0], [{ b: 'bad' }, 15, 16]);
});

test('a change is split by what failed more often', () => {
  const slo = new Telemetry().slo.create({ id: 'tools', target: '95%', window: { rollingMinutes: 720 }, dimensions: ['tool'] });
  const tools = (tool: string, good: number, bad: number, at: bigint): void => {
    slo.recordEventWith(true, { attributes: { tool }, count: good, at });
    slo.recordEventWith(false, { attributes: { tool }, count: bad, at });
  };
  tools('a', 10, 0, minute(0));
  tools('b', 10, 0, minute(59));
  tools('a', 5, 5, minute(60));
  tools('b', 10, 0, minute(61));
  const { change, good, bad } = slo.analyze({ since: minute(60) });
  assert.deepEqual([good, bad], [15, 5], 'patterns are those of what came since');
  assert.deepEqual(change, {
    whole: 250_000_000,
    dimensions: [
      {
        dimension: 'tool',
        parts: [
          { value: 'a', mix: 0, rate: 250_000_000, badBefore: 0, totalBefore: 10, badSince: 5, totalSince: 10 },
          { value: 'b', mix: 0, rate: 0, badBefore: 0, totalBefore: 10, badSince: 0, totalSince: 10 },
        ],
      },
    ],
  });
});

test('other terms go on with what was counted, and objects that were given record under them', () => {
  const telemetry = new Telemetry();
  const slo = telemetry.slo.create({ ...HOUR, dimensions: ['tool'] });
  slo.recordEventWith(false, { attributes: { tool: 'a' }, at: minute(0) });
  const stricter = telemetry.slo.redefine({ ...HOUR, target: '99%', dimensions: ['region'] });
  assert.equal(stricter.getStatus().version, 2);
  assert.equal(telemetry.slo.redefine({ ...HOUR, target: '99%', dimensions: ['region'] }).getStatus().version, 2, 'nothing changed');
  assert.equal(stricter.recordEventWith(true, { attributes: { region: 'west' }, at: minute(0) }), 'recorded');
  assert.equal(slo.recordEventWith(true, { attributes: { tool: 'a' }, at: minute(0) }), 'invalid-value', 'it is no dimension any more');
  assert.equal((slo as any).recordEventWith(true, { attributes: { region: 'east' }, at: minute(0) }), 'recorded');
  const { good, total, version, target } = slo.getStatus();
  assert.deepEqual({ good, total, version, target }, { good: 2, total: 3, version: 2, target: { numerator: 99n, denominator: 100n } });
  assert.equal(telemetry.slo.statuses().length, 1, 'of several versions the latest');
  refused('unknown', () => telemetry.slo.redefine({ id: 'other', target: '99%' }), /create it first/);
  refused('conflict', () => telemetry.slo.create({ ...HOUR, target: '98%' }), /version 3/);
  assert.equal(telemetry.slo.create({ ...HOUR, target: '98%', version: 3 }).getStatus().total, 3);
});

test('deltas in any order give the answers of one ledger', () => {
  const whole = new Telemetry();
  happened(whole);
  const record: ((slo: ReturnType<Telemetry['slo']['create']>) => void)[] = [
    (slo) => slo.good(3, minute(0)),
    (slo) => slo.bad(4, minute(1)),
    (slo) => slo.good(2, minute(2)),
  ];
  const deltas = record.map((part) => {
    const telemetry = new Telemetry();
    part(telemetry.slo.create(HOUR));
    return drained(telemetry);
  });
  const collector = new Telemetry();
  for (const place of [2, 0, 1, 2]) collector.absorb(deltas[place]!);
  assert.equal(collector.digest(), whole.digest());
  const slo = collector.slo.create(HOUR);
  assert.deepEqual(slo.getStatus(), WHOLE);
  assert.equal(slo.violations(minute(90)).length, 2);
});

test('records without a time are counted by objectives over metrics, as of now', () => {
  const { metrics, slo } = new Telemetry();
  const calls = metrics.counter('calls_total', { labels: ['outcome'] });
  const waits = metrics.histogram('wait_seconds');
  const before = calls.labels({ outcome: 'ok' });
  before.inc(5); // before there was an objective
  const good = { name: 'calls_total', labels: { outcome: 'ok' } };
  const answers = slo.create({ id: 'answers', target: '50%', indicator: { metrics: { good, total: { name: 'calls_total' } } } });
  const fast = { name: 'wait_seconds', threshold: { comparison: 'at-most', value: 0.5 } } as const;
  const waiting = slo.create({ id: 'waiting', target: '50%', indicator: { metrics: { good: fast, total: { name: 'wait_seconds' } } } });
  assert.deepEqual([before.inc(), before.inc(2), calls.inc({ outcome: 'error' })], ['recorded', 'recorded', 'recorded']);
  assert.deepEqual([0.1, 0.5, 0.7].map((wait) => waits.observe(wait)), ['recorded', 'recorded', 'recorded']);
  assert.equal(waits.labels({}).observeTimes(0.2, 4), 'recorded');
  const { good: answered, total, windowEnd } = answers.getStatus();
  assert.deepEqual([answered, total], [3, 4]);
  assert.ok(BigInt(Date.now()) * 1_000_000n - windowEnd < 2n * MINUTE);
  assert.deepEqual([waiting.getStatus().good, waiting.getStatus().total], [6, 7]);
  assert.equal(before.value(), 8);
});
