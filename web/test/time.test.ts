// Times: which moment a number, a bigint or a date is, to the nanosecond.
//
// The accounts hold nanoseconds, so two times are one moment if and only if the digests are equal.
// Deliberately absent: waiting; no test here depends on how fast the machine is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry, type Time } from '@codomyrmex/telemetry';

import { drops, refused } from './kit.js';

function digestAt(at: Time): string {
  const telemetry = new Telemetry();
  assert.equal(telemetry.metrics.gauge('level').with().set(1, at), 'recorded');
  return telemetry.digest();
}

function same(at: Time, nanos: bigint): void {
  assert.equal(digestAt(at), digestAt(nanos), `${String(at)} is ${nanos} ns`);
  assert.notEqual(digestAt(at), digestAt(nanos + 1n));
}

test('whole milliseconds are exact', () => {
  for (const ms of [0, 1, 1_767_225_600_000, 1_767_225_600_001, 4_102_444_800_000, 9_223_372_036_854]) {
    same(ms, BigInt(ms) * 1_000_000n);
    same(new Date(ms), BigInt(ms) * 1_000_000n);
  }
});

test('a fraction of a millisecond goes to the nearest nanosecond', () => {
  same(0.1, 100_000n);
  same(1_767_225_600_000.5, 1_767_225_600_000_500_000n);
  same(1_767_225_600_000.25, 1_767_225_600_000_250_000n);
  same(1.9999999, 2_000_000n);
  same(-0, 0n);
});

test('nanoseconds as a bigint are exact, and what has getTime is a date', () => {
  for (const nanos of [1n, 999_999n, 1_767_225_600_123_456_789n]) assert.notEqual(digestAt(nanos), digestAt(nanos - 1n));
  same({ getTime: () => 5 }, 5_000_000n);
});

test('a slot begins at its first nanosecond', () => {
  const minute = 60_000_000_000n;
  const slo = new Telemetry().slo.create({ id: 'answers', target: '50%', window: { rollingMinutes: 1 } });
  slo.good(1, minute - 1n);
  assert.equal(slo.getStatus().windowEnd, minute);
  slo.good(1, 60_000);
  assert.equal(slo.getStatus().windowEnd, 2n * minute);
  assert.equal(slo.getStatus(59_999.9).windowEnd, minute);
  assert.equal(slo.getStatus(60_000).windowStart, minute);
});

test('what is no moment is a counted drop on the hot path and an error elsewhere', () => {
  const telemetry = new Telemetry();
  const counter = telemetry.metrics.counter('answers_total').with();
  const slo = telemetry.slo.create({ id: 'answers', target: '50%' });
  const never = [-1, NaN, Infinity, -Infinity, 9_223_372_036_855, 1e300, -1n, 2n ** 63n, 2n ** 200n, new Date(NaN), 'now', null, {}] as Time[];
  for (const at of never) {
    assert.equal(counter.inc(1, at), 'invalid-time', String(at));
    assert.equal(slo.good(1, at), 'invalid-time');
    assert.equal(telemetry.tracer.startSpan('work', { at }).isRecorded, false);
    refused('invalid-argument', () => slo.getStatus(at), /1970 to 2262/);
    refused('invalid-argument', () => telemetry.slo.statuses(at));
  }
  assert.equal(drops(telemetry, 'invalid-time'), 3 * never.length);
  assert.equal(counter.inc(1, 2n ** 63n - 1n), 'recorded');
});

test('where no time is given it is now', () => {
  const slo = new Telemetry().slo.create({ id: 'answers', target: '50%' });
  const before = BigInt(Date.now()) * 1_000_000n;
  slo.good();
  const after = BigInt(Date.now()) * 1_000_000n;
  const { windowEnd } = slo.getStatus();
  assert.ok(windowEnd > before - 1_000_000_000n && windowEnd <= after + 61_000_000_000n);
});
