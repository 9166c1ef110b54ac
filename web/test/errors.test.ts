// Refusals of what is asked once: each has the code that wit/types.wit gives it.
//
// Deliberately absent: the rules themselves, which the ledger's own tests cover; and `unknown`, which
// an objective that is not there causes; see slo.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type SloOptions, Telemetry } from '@codomyrmex/telemetry';

import { drained, refused } from './kit.js';

const telemetry = new Telemetry();
const { metrics, slo, tracer } = telemetry;
const objective: SloOptions = { id: 'answers', target: '99.9%' };

test('names that break their rule are invalid names', () => {
  refused('invalid-name', () => metrics.counter('two\nlines'), /control character/);
  refused('invalid-name', () => metrics.counter(''));
  refused('invalid-name', () => metrics.histogram('h', { labels: ['le'], bounds: [1] }), /reserved/);
  refused('invalid-name', () => tracer.declare(''));
  refused('invalid-name', () => slo.create({ ...objective, id: 'x'.repeat(257) }));
});

test('arguments out of their range are invalid arguments', () => {
  refused('invalid-argument', () => metrics.histogram('h', { bounds: [2, 1] }), /rising/);
  refused('invalid-argument', () => metrics.histogram('h', { bounds: [NaN] }));
  for (const target of ['150%', '0', 'nearly', '1/0', { numerator: 3, denominator: 2 }, { numerator: 0.5, denominator: 1 }]) {
    refused('invalid-argument', () => slo.create({ ...objective, target }));
  }
  refused('invalid-argument', () => slo.create({ ...objective, windowDays: 367 }), /366 days/);
  refused('invalid-argument', () => slo.create({ ...objective, windowDays: 0.0001 }));
  refused('invalid-argument', () => slo.create({ ...objective, windowDays: 1, window: { calendar: 'month' } }), /not both/);
  refused('invalid-argument', () => slo.create({ ...objective, window: { calendar: 'month', utcOffsetMinutes: 2_000 } }));
  refused('invalid-argument', () => new Telemetry({ writer: 'me' }));
});

test('a name that means something else already is a conflict', () => {
  metrics.counter('answers_total', { labels: ['tool'] });
  metrics.counter('answers', { labels: ['tool'], help: 'The ending and the help may differ.' });
  refused('conflict', () => metrics.gauge('answers', { labels: ['tool'] }));
  refused('conflict', () => metrics.counter('answers', { labels: [] }));
  slo.create(objective);
  slo.create({ ...objective, target: '999/1000' });
  refused('conflict', () => slo.create({ ...objective, target: '99%' }), /other terms/);
  drained(telemetry);
  refused('conflict', () => telemetry.configure('0'.repeat(32)), /first drain/);
});

test('what passes a limit is refused as such', () => {
  refused('limit', () => metrics.counter('wide', { labels: Array.from({ length: 17 }, (_, place) => `l${place}`) }));
  const tools = metrics.counter('tools', { labels: ['tool'] });
  refused('limit', () => tools.labels({ tool: 'x'.repeat(257) }));
});

test('bytes that are no delta are malformed, and those of a newer format say so', () => {
  const agent = new Telemetry();
  agent.metrics.counter('answers_total').with().inc();
  const delta = drained(agent);
  const collector = new Telemetry();
  const before = collector.digest();
  refused('malformed', () => collector.absorb(new Uint8Array()));
  refused('malformed', () => collector.absorb(new Uint8Array(64)));
  refused('malformed', () => collector.absorb(agent.snapshot()), /byte 9/);
  for (let length = 0; length < delta.length; length += 1) refused('malformed', () => collector.absorb(delta.slice(0, length)));
  const newer = delta.slice();
  assert.deepEqual([...newer.slice(0, 4)], [0xa6, 0x61, 0x76, 1]); // a map of six, whose first key is v
  newer[3] = 9;
  refused('newer-version', () => collector.absorb(newer), /version 9/);
  assert.equal(collector.digest(), before);
  assert.equal(collector.absorb(delta), 'merged');
});

test('callers whom no compiler checked get typed errors too', () => {
  const any = telemetry as any;
  for (const call of [
    () => any.metrics.counter(),
    () => any.metrics.counter({ name: 'n' }),
    () => any.metrics.counter(1),
    () => any.metrics.counter('n', null),
    () => any.metrics.counter('n', 'help'),
    () => any.metrics.counter('n', { unit: 1 }),
    () => any.metrics.counter('n', { labels: [1] }),
    () => any.metrics.counter('n', { labels: 'tool' }),
    () => any.metrics.histogram(),
    () => any.slo.create(null),
    () => any.slo.create({ id: 'x' }),
    () => any.slo.create({ id: 'x', target: 0.999 }),
    () => any.slo.create({ ...objective, windowDays: '30' }),
    () => any.slo.create({ ...objective, window: null }),
    () => any.slo.create({ ...objective, sliType: 'beauty' }),
    () => any.slo.create({ ...objective, budgeting: { timeslices: null } }),
    () => any.tracer.declare('work', 'master'),
    () => any.tracer.declare(Symbol('name')),
    () => any.tracer.deriveTraceId(1),
    () => any.tracer.complete(),
    () => any.tracer.complete({}),
    () => any.absorb('bytes'),
    () => any.absorb([1, 2, 3]),
    () => any.absorb(new Uint16Array(3)),
    () => any.abandon(),
    () => any.configure(7),
  ]) {
    refused('invalid-argument', call);
  }
});
