// However the runs are split over ledgers, and however their deltas arrive, the accounts are one.
//
// Deliberately absent: the network; a delta that comes twice or late is a call that comes twice or late.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { Telemetry } from '@codomyrmex/telemetry';

import { airline, drained, drops } from './kit.js';

const PARTS = 7;
const whole = airline();

function deltas(): Uint8Array[] {
  return Array.from({ length: PARTS }, (_, part) => drained(airline((place) => place % PARTS === part)));
}

test('seven ledgers give the digest of one, in any order', () => {
  const parts = deltas();
  const orders = [parts, [...parts].reverse(), parts.map((_, place) => parts[(place * 3 + 2) % PARTS]!)];
  for (const order of orders) {
    const collector = new Telemetry();
    for (const delta of order) assert.equal(collector.absorb(delta), 'merged');
    assert.equal(collector.digest(), whole.digest());
    assert.equal(collector.prometheus(), whole.prometheus());
    assert.deepEqual(collector.slo.statuses(), whole.slo.statuses());
  }
});

test('a delta that comes again changes nothing, and is counted', () => {
  const collector = new Telemetry();
  const parts = deltas();
  for (const delta of [...parts, ...parts]) collector.absorb(delta);
  assert.equal(collector.absorb(parts[0]!), 'duplicate');
  assert.equal(collector.digest(), whole.digest());
  assert.equal(drops(collector, 'duplicate-delta'), PARTS + 1);
});

test('collectors between agents and the last one do not show', () => {
  const last = new Telemetry();
  const parts = deltas();
  for (const half of [parts.slice(0, 3), parts.slice(3)]) {
    const between = new Telemetry();
    for (const delta of half) between.absorb(delta);
    last.absorb(drained(between));
  }
  assert.equal(last.digest(), whole.digest());
});

test('draining in the middle changes nothing for who absorbs', () => {
  const agent = new Telemetry();
  const collector = new Telemetry();
  const answers = agent.metrics.counter('answers_total').with();
  answers.inc(0.1);
  collector.absorb(drained(agent));
  answers.inc(0.2);
  collector.absorb(drained(agent));
  assert.equal(agent.drain(), undefined, 'nothing happened since');
  assert.equal(collector.digest(), agent.digest());
  assert.match(collector.prometheus(), /^answers_total 0\.30000000000000004$/m); // the doubles' sum, rounded once
});

test('the digest is the SHA-256 of the snapshot', () => {
  assert.equal(whole.digest(), createHash('sha256').update(whole.snapshot()).digest('hex'));
});

test('a named writer lives anew in each ledger, so that what it writes later is no repetition', () => {
  const writer = '000102030405060708090a0b0c0d0e0f';
  const collector = new Telemetry();
  const bytes = [1, 2].map(() => {
    const agent = new Telemetry({ writer });
    agent.metrics.counter('answers_total').with().inc();
    return drained(agent);
  });
  assert.notDeepEqual(bytes[0], bytes[1]);
  assert.deepEqual(
    bytes.map((delta) => collector.absorb(delta)),
    ['merged', 'merged'],
  );
});
