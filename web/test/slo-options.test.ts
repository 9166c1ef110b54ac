// What objectives are made of: where good and bad come from, windows, budgets, exemptions; and refusals.
//
// Deliberately absent: the questions about them; see slo.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Indicator, type SloOptions, type SloStatus, Telemetry } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

const START = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n; // a Thursday
const minute = (place: number): bigint => START + BigInt(place) * 60_000_000_000n;
const counts = ({ good, total, rawTotal, state, uncounted }: SloStatus): unknown[] => [good, total, rawTotal, state, uncounted];

test('records of metrics are events, by labels and thresholds, from when the objective is created', () => {
  const { metrics, slo } = new Telemetry();
  const requests = metrics.counter('requests_total', { labels: ['route', 'code'] });
  requests.add(100, { route: '/', code: '500' }, minute(0));
  const served = slo.create({
    id: 'served',
    target: '50%',
    indicator: { metrics: { bad: { name: 'requests_total', labels: { code: '500', route: '/' } }, total: { name: 'requests_total', labels: { route: '/' } } } },
    dimensions: ['code'],
  });
  const seconds = metrics.histogram('seconds');
  const fast = slo.create({
    id: 'fast',
    target: '50%',
    indicator: { metrics: { good: { name: 'seconds', threshold: { comparison: 'at-most', value: 0.3 } }, total: { name: 'seconds' } } },
  });
  requests.add(3, { route: '/', code: '200' }, minute(1));
  requests.add(1, { route: '/', code: '500' }, minute(1));
  requests.add(9, { route: '/other', code: '500' }, minute(1));
  requests.add(0.5, { route: '/', code: '200' }, minute(1));
  for (const value of [0.1, 0.3, 0.30001]) seconds.observe(value, undefined, minute(1));
  assert.deepEqual(counts(served.getStatus()), [3, 4, 4, 'met', 1]);
  assert.deepEqual(counts(fast.getStatus()), [2, 3, 3, 'met', 0]);
  const { good, bad } = served.analyze();
  assert.deepEqual([good, bad], [3, 1]);
  assert.equal(served.recordEvent(true), 'wrong-kind');
});

test('finished spans are events, good where they did not fail and were fast', () => {
  const { slo, tracer } = new Telemetry();
  const options = (maxDuration: number | bigint): SloOptions => ({ id: `${typeof maxDuration}`, target: '50%', indicator: { spans: { name: 'answer', attributes: { kind: 'chat', tries: '2' }, maxDuration } } });
  const [milliseconds, nanoseconds] = [slo.create(options(1_000)), slo.create(options(999_999_999n))];
  const answer = (length: bigint, kind: string, fails = false): void => {
    const span = tracer.startSpan('answer', { at: minute(0), attributes: { kind, tries: 2 } });
    if (fails) span.setStatus('error');
    span.end(minute(0) + length);
  };
  answer(1_000_000_000n, 'chat');
  answer(999_999_999n, 'chat');
  answer(1_000_000_001n, 'chat');
  answer(1n, 'chat', true);
  answer(1n, 'other');
  assert.deepEqual(counts(milliseconds.getStatus()), [2, 4, 4, 'met', 0]);
  assert.deepEqual(counts(nanoseconds.getStatus()), [1, 4, 4, 'violated', 0]);
});

test('a composite weighs its parts', () => {
  const { slo } = new Telemetry();
  const [a, b] = ['a', 'b'].map((id) => slo.create({ id, target: '50%' }));
  const composite = (weight: number): Indicator => ({ composite: [{ id: 'a', weight: 1 }, { id: 'b', weight }] }); // prettier-ignore
  const all = slo.create({ id: 'all', target: '50%', indicator: composite(3) });
  a?.good(5, minute(0));
  b?.bad(2, minute(0));
  assert.deepEqual(counts(all.getStatus()), [5, 11, 11, 'violated', 0]);
  refused('unknown', () => slo.create({ id: 'x', target: '50%', indicator: { composite: [{ id: 'c', weight: 1 }] } }), /'c'/);
  refused('invalid-argument', () => slo.create({ id: 'x', target: '50%', indicator: { composite: [{ id: 'all', weight: 1 }] } }), /composite itself/);
  for (const weight of [0, -1, 0.5, 2 ** 32, NaN]) refused('invalid-argument', () => slo.create({ id: 'x', target: '50%', indicator: composite(weight) }));
});

test('slices are good as a whole, or count by their share', () => {
  const { slo } = new Telemetry();
  const record = (options: Partial<SloOptions>): SloStatus => {
    const made = slo.create({ id: JSON.stringify(options), target: '50%', window: { rollingMinutes: 10 }, ...options });
    made.good(3, minute(0));
    made.bad(1, minute(0));
    made.good(1, minute(4));
    made.bad(2, minute(4));
    return made.getStatus();
  };
  // The last minute was bad, so all that is met is at risk.
  assert.deepEqual(counts(record({})), [4, 7, 7, 'at-risk', 0]);
  assert.deepEqual(counts(record({ budgeting: { timeslices: { minutes: 1, target: '2/3' } } })), [1, 2, 2, 'at-risk', 0]);
  assert.deepEqual(counts(record({ budgeting: { timeslices: { minutes: 1, target: '2/3', missing: 'bad' } } })), [1, 10, 10, 'violated', 0]);
  assert.deepEqual(counts(record({ budgeting: { timeslices: { minutes: 1, target: '2/3', missing: 'good' } } })), [9, 10, 10, 'at-risk', 0]);
  const shares = record({ budgeting: { ratioTimeslices: { minutes: 1 } } });
  assert.deepEqual([shares.good, shares.total, shares.unit], [1_083_333_333, 2_000_000_000, 1_000_000_000]); // 3/4 and 1/3
  const filled = record({ budgeting: { ratioTimeslices: { minutes: 2, missing: 'good' } } });
  assert.deepEqual([filled.good, filled.total], [4_083_333_333, 5_000_000_000], 'of five slices three were empty');
  assert.deepEqual(counts(record({ minimum: 8 })), [4, 7, 7, 'insufficient', 0]);
  assert.deepEqual(counts(record({ minimum: 7 })), [4, 7, 7, 'at-risk', 0]);
});

test('if things go on as lately, a status says how soon it will turn', () => {
  const { slo } = new Telemetry();
  const options = { target: '50%', window: { rollingMinutes: 10 } } as const;
  const falling = slo.create({ id: 'falling', ...options });
  falling.good(3, minute(0));
  falling.bad(2, minute(4)); // 3 of 5 good; a minute on 3 of 7
  const rising = slo.create({ id: 'rising', ...options });
  rising.bad(5, minute(0));
  rising.good(1, minute(4)); // 1 of 6; four minutes on 5 of 10
  const turns = slo.statuses().map(({ id, state, timeToExhaustion, timeToRecovery }) => [id, state, timeToExhaustion, timeToRecovery]);
  assert.deepEqual(turns, [
    ['falling', 'at-risk', 60_000_000_000n, undefined],
    ['rising', 'violated', undefined, 240_000_000_000n],
  ]);
});

test('a calendar window says how it will end', () => {
  const { slo } = new Telemetry();
  const day = slo.create({ id: 'day', target: '50%', window: { calendar: 'day' }, alerts: [] });
  day.good(3, minute(719));
  day.bad(1, minute(719));
  const { projection, windowStart, windowEnd, burnRates, state } = day.getStatus();
  assert.deepEqual({ projection, windowStart, windowEnd, burnRates, state }, {
    projection: { current: 0.75, budgetRemaining: 0.5 },
    windowStart: minute(0),
    windowEnd: minute(720),
    burnRates: [],
    state: 'met',
  }); // prettier-ignore
  const week = slo.create({ id: 'week', target: '50%', window: { calendar: 'week', utcOffsetMinutes: -60 } });
  week.good(1, minute(0));
  assert.equal(week.getStatus().windowStart, minute(-3 * 1_440 + 60), 'Monday, midnight, an hour west');
});

test('events in exempt times are kept and do not count', () => {
  const { slo } = new Telemetry();
  const nights = slo.create({
    id: 'nights',
    target: '50%',
    exemptions: [
      { reason: 'patches', start: minute(0), minutes: 60, recurrence: 'FREQ=DAILY;COUNT=2' },
      { reason: 'a move', start: Number(minute(600) / 1_000_000n), minutes: 1, utcOffsetMinutes: 60 },
    ],
  });
  for (const at of [0, 59, 600, 1_440]) nights.bad(1, minute(at));
  for (const at of [60, 601, 1_500, 2_880]) nights.good(1, minute(at));
  assert.deepEqual(counts(nights.getStatus()), [4, 4, 8, 'met', 0]);
});

test('what is said is what is kept: the same said otherwise is the same objective', () => {
  const digest = (options: Omit<SloOptions, 'id'>): string => {
    const telemetry = new Telemetry();
    telemetry.slo.create({ id: 'x', ...options });
    return telemetry.digest();
  };
  const plain = digest({ target: '99.9%' });
  assert.equal(
    plain,
    digest({
      target: { numerator: 999n, denominator: 1_000 },
      name: 'x',
      version: 1,
      description: '',
      sliType: 'availability',
      indicator: 'events',
      window: { rollingMinutes: 30 * 1_440 },
      budgeting: 'occurrences',
      minimum: 0,
      dimensions: [],
      alerts: [
        { name: 'page-fast', severity: 'page', burn: { factor: '14.4', longMinutes: 60, shortMinutes: 5 } },
        { name: 'page-slow', severity: 'page', burn: { factor: '6', longMinutes: 360, shortMinutes: 30, minimumBad: 1 } },
        { name: 'ticket-fast', severity: 'ticket', burn: { factor: '3', longMinutes: 1_440, shortMinutes: 120 } },
        { name: 'ticket-slow', severity: 'ticket', burn: { factor: '100%', longMinutes: 4_320, shortMinutes: 360 } },
      ],
      policy: [
        { from: '50%', until: '45%', action: 'increase_reviews' },
        { from: '0.75', until: '0.7', action: 'reduce_risk' },
        { from: '1/1', until: '19/20', action: 'freeze_deployments' },
      ],
      exemptions: [],
      resolution: { minutes: 360, fiveMinutes: 4_320, history: 1_440 },
    }),
  );
  const others: Partial<SloOptions>[] = [
    { version: 2 },
    { description: 'y' },
    { sliType: 'latency' },
    { windowDays: 28 },
    { minimum: 1 },
    { dimensions: ['tool'] },
    { alerts: [] },
    { policy: [] },
    { resolution: { minutes: 361 } },
    { resolution: { minutes: Infinity, fiveMinutes: Infinity } },
    { resolution: { history: 0 } },
    { exemptions: [{ reason: '', start: 0, minutes: 1 }] },
    { budgeting: { timeslices: { minutes: 1, target: '50%' } } },
    { budgeting: { timeslices: { minutes: 1, target: '50%', missing: 'bad' } } },
    { budgeting: { ratioTimeslices: { minutes: 1 } } },
    { indicator: { threshold: { comparison: 'above', value: 1 } } },
    { indicator: { threshold: { comparison: 'at-least', value: 1 } } },
    { indicator: { spans: { name: 'x' } } },
    { indicator: { metrics: { good: { name: 'a' }, total: { name: 'b' } } } },
    { indicator: { metrics: { bad: { name: 'a' }, total: { name: 'b' } } } },
  ];
  const digests = others.map((other) => digest({ target: '99.9%', ...other }));
  assert.equal(new Set([plain, ...digests]).size, others.length + 1, 'each says something else');
});

test('options that cannot be are refused by their name', () => {
  const { slo } = new Telemetry();
  const bad: [Partial<Record<keyof SloOptions, unknown>>, RegExp][] = [
    [{ version: 0 }, /versions begin at 1/],
    [{ version: 1.5 }, /./],
    [{ minimum: -1 }, /./],
    [{ minimum: NaN }, /./],
    [{ dimensions: 'tool' }, /array/],
    [{ dimensions: ['tool', 'tool'] }, /twice/],
    [{ dimensions: [7] }, /./],
    [{ indicator: 'luck' }, /./],
    [{ indicator: null }, /object/],
    [{ indicator: {} }, /one of threshold, metrics, spans, composite/],
    [{ indicator: { threshold: { comparison: 'below', value: 1 }, spans: { name: 'x' } } }, /one of/],
    [{ indicator: { threshold: { comparison: 'below', value: NaN } } }, /number/],
    [{ indicator: { threshold: { comparison: 'near', value: 1 } } }, /./],
    [{ indicator: { threshold: null } }, /object/],
    [{ indicator: { metrics: { good: { name: 'a' } } } }, /total/],
    [{ indicator: { metrics: { good: { name: 'a' }, bad: { name: 'b' }, total: { name: 'c' } } } }, /one of good, bad/],
    [{ indicator: { metrics: { good: { name: 'a', labels: ['x'] }, total: { name: 'c' } } } }, /labels/],
    [{ indicator: { metrics: { good: { name: 'a', labels: { x: 1 } }, total: { name: 'c' } } } }, /labels/],
    [{ indicator: { spans: { name: 'x', maxDuration: -1 } } }, /length/],
    [{ indicator: { spans: { name: 'x', maxDuration: NaN } } }, /length/],
    [{ indicator: { composite: { id: 'a', weight: 1 } } }, /array/],
    [{ indicator: { composite: [null] } }, /object/],
    [{ window: { rollingMinutes: 0 } }, /1 minute/],
    [{ window: { rollingMinutes: 1, calendar: 'day' } }, /one of/],
    [{ window: { calendar: 'year' } }, /./],
    [{ budgeting: { timeslices: { minutes: 7, target: '50%' } } }, /divide a day/],
    [{ budgeting: { timeslices: { minutes: 5 } } }, /object/],
    [{ budgeting: { ratioTimeslices: { minutes: 5, missing: 'maybe' } } }, /./],
    [{ alerts: {} }, /array/],
    [{ alerts: null }, /array/],
    [{ policy: null }, /array/],
    [{ alerts: [{ name: 'a', severity: 'page' }] }, /one of burn, noDataMinutes/],
    [{ alerts: [{ name: 'a', severity: 'shout', noDataMinutes: 1 }] }, /./],
    [{ alerts: [{ name: 'a', severity: 'page', noDataMinutes: 0 }] }, /1 minute/],
    [{ alerts: [{ name: 'a', severity: 'page', burn: { factor: '2', longMinutes: 60, shortMinutes: 5 } }] }, /never fire/],
    [{ alerts: [{ name: 'a', severity: 'page', burn: { factor: 1.5, longMinutes: 60, shortMinutes: 5 } }] }, /object/],
    [{ alerts: [{ name: 'a', severity: 'page', burn: { factor: '1.5', longMinutes: 5, shortMinutes: 60 } }] }, /lookbacks/],
    [{ policy: [{ from: '50%', until: '60%', action: 'x' }] }, /rising/],
    [{ policy: [{ from: '0', action: 'x' }] }, /rising/],
    [{ exemptions: [{ reason: 'x', start: 1, minutes: 1 }] }, /whole minute/],
    [{ exemptions: [{ reason: 'x', minutes: 1 }] }, /start/],
    [{ exemptions: [{ reason: 'x', start: 0, minutes: 1, recurrence: 'FREQ=HOURLY' }] }, /FREQ=HOURLY/],
    [{ resolution: { minutes: 0 } }, /resolution/],
    [{ resolution: { minutes: 1.5 } }, /whole number/],
    [{ resolution: { fiveMinutes: 1 } }, /resolution/],
    [{ resolution: null }, /object/],
    [{ target: { numerator: Symbol('1'), denominator: 2 } }, /whole numbers/],
  ];
  for (const [options, says] of bad) refused('invalid-argument', () => slo.create({ id: 'x', target: '50%', ...options } as any), says);
  refused('limit', () => slo.create({ id: 'x', target: '50%', dimensions: Array.from({ length: 9 }, (_, place) => `d${place}`) }), /at most 8/);
  refused('invalid-name', () => slo.create({ id: 'x', target: '50%', dimensions: [''] }));
  assert.deepEqual(slo.statuses(), []);
});

test('a field that is missing or misspelt is named, with the objective', () => {
  const { slo } = new Telemetry();
  const names = (options: object, message: string): void =>
    assert.throws(() => slo.create({ id: 'a', target: '90%', ...options } as never), { code: 'invalid-argument', message: `invalid argument: ${message}` });
  names({ targte: '95%' }, `objective 'a' has no field 'targte'; there are ${FIELDS}`);
  names({ target: undefined }, "objective 'a' lacks the field 'target'");
  names({ id: undefined }, "an objective lacks the field 'id'");
  names({ budgeting: { timeslices: { target: '90%' } } }, "objective 'a': its budgeting lacks the field 'minutes'");
  const burn = { factor: '2', longMinute: 60, shortMinutes: 5 };
  names(
    { alerts: [{ name: 'n', severity: 'page', burn }] },
    "objective 'a': the burn of an alert has no field 'longMinute'; there are factor, longMinutes, shortMinutes, minimumBad",
  );
  names({ alerts: [{ name: 'n', burn: { ...burn, longMinutes: 60 } }] }, "objective 'a': an alert of it lacks the field 'severity'");
  names({ exemptions: [{ reason: '', start: 0 }] }, "objective 'a': an exemption of it lacks the field 'minutes'");
  names({ indicator: { spans: { attributes: {} } } }, "objective 'a': its indicator over spans lacks the field 'name'");
  names({ resolution: { minute: 5 } }, "objective 'a': its resolution has no field 'minute'; there are minutes, fiveMinutes, history");
  names({ windowDays: 1, window: { rollingMinutes: 5 } }, "objective 'a': an objective takes window or windowDays, not both");
});

const FIELDS =
  'id, target, version, name, description, sliType, indicator, windowDays, window, budgeting, minimum, dimensions, alerts, policy, exemptions, resolution';
