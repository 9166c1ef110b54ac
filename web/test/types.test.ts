// What the compiler takes and what it does not: each line that must not compile says so.
//
// Deliberately absent: what happens then; see hostile. The functions compile and never run.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Outcome, type Slo, type SloChange, type SloPattern, type SloStatus, Telemetry } from '@codomyrmex/telemetry';

/** Makes the compiler compare two types: it fails where they are not the same. */
function same<A, B>(_: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false): void {}

function attributes({ slo }: Telemetry): void {
  const tools = slo.create({ id: 'tools', target: '95%', dimensions: ['tool', 'error.type'] });
  same<typeof tools, Slo<readonly ['tool', 'error.type']>>(true);
  tools.recordEventWith(true, {});
  tools.recordEventWith(true, { attributes: {} });
  tools.recordEventWith(true, { attributes: { tool: 'a' }, count: 2, at: 5n });
  tools.recordEventWith(true, { attributes: { 'error.type': undefined, tool: 'a' }, at: new Date() });
  tools.recordValueWith(1, { attributes: { tool: 'a' } });
  // @ts-expect-error: no such dimension
  tools.recordEventWith(true, { attributes: { tol: 'a' } });
  // @ts-expect-error: values are strings
  tools.recordEventWith(true, { attributes: { tool: 7 } });
  // @ts-expect-error: a value is one event
  tools.recordValueWith(1, { count: 2 });
  // @ts-expect-error: not a span
  tools.recordEventWith(true, { span: 'root' });
  const found = tools.analyze().patterns[0];
  same<typeof found, SloPattern<readonly ['tool', 'error.type']> | undefined>(true);
  const value: string | undefined = found?.attributes['error.type'];
  // @ts-expect-error: no such dimension
  const other = found?.attributes.region;
  const plain = slo.create({ id: 'plain', target: '95%' });
  plain.recordEventWith(true, { attributes: {} });
  // @ts-expect-error: it has no dimensions
  plain.recordEventWith(true, { attributes: { tool: 'a' } });
  const any: Slo = tools;
  any.recordEventWith(true, { attributes: { whatever: 'a' } });
  void [value, other];
}

function options({ slo }: Telemetry): void {
  const base = { id: 'x', target: '95%' } as const;
  // @ts-expect-error: a target is exact
  slo.create({ ...base, target: 0.95 });
  // @ts-expect-error: it has a target
  slo.create({ id: 'x' });
  // @ts-expect-error: no such indicator
  slo.create({ ...base, indicator: 'luck' });
  // @ts-expect-error: a ratio has a total
  slo.create({ ...base, indicator: { metrics: { good: { name: 'a' } } } });
  // @ts-expect-error: a ratio counts what is good or what is bad
  slo.create({ ...base, indicator: { metrics: { total: { name: 'a' } } } });
  // @ts-expect-error: an alert says when it fires
  slo.create({ ...base, alerts: [{ name: 'a', severity: 'page' }] });
  // @ts-expect-error: no such severity
  slo.create({ ...base, alerts: [{ name: 'a', severity: 'shout', noDataMinutes: 5 }] });
  // @ts-expect-error: no such missing
  slo.create({ ...base, budgeting: { ratioTimeslices: { minutes: 5, missing: 'maybe' } } });
  // @ts-expect-error: as a question, 1 to 3
  slo.create(base).analyze({ order: 4 });
  // @ts-expect-error: a skew is milliseconds or null
  new Telemetry({ skewMaxMs: '5' });
}

function answers({ slo }: Telemetry): void {
  const status = slo.create({ id: 'x', target: '95%' }).getStatus();
  same<SloStatus['state'], 'no-data' | 'insufficient' | 'met' | 'at-risk' | 'violated'>(true);
  same<typeof status.isMet, boolean>(true);
  same<typeof status.timeToRecovery, bigint | undefined>(true);
  // @ts-expect-error: an answer is not to be changed
  status.good = 5;
  slo.onChange((change: SloChange) => {
    if (change.what === 'alert') return change.isFiring;
    // @ts-expect-error: only alerts fire
    return change.isFiring;
  });
  const outcome: Outcome = 'future-time';
  void outcome;
}

test('the compiler has looked at all of it', () => {
  for (const looked of [attributes, options, answers]) assert.equal(typeof looked, 'function');
  same<1, 1>(true);
});
