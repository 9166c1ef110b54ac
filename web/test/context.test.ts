// Which span is current: in tasks that interleave, after timers and promises, in ledgers beside each other.
//
// Deliberately absent: runtimes that cannot follow tasks; see `withSpan` for what holds there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { type Parent, Telemetry, getCurrentSpan, getTracer } from '@codomyrmex/telemetry';

import { drops } from './kit.js';

/** Runs of two requests that work at the same time; `parentOf` says what is handed to each part. */
async function interleaved(telemetry: Telemetry, parentOf: (outer: Parent) => Parent): Promise<string> {
  const { tracer } = telemetry;
  const request = (name: string, ms: number): Promise<void> => {
    const [trace, id] = [tracer.deriveTraceId(name), tracer.deriveSpanId(name)];
    return tracer.withSpan(`request ${name}`, { parent: { traceId: trace }, id, at: 1 }, async (span) => {
      for (const step of [1, 2, 3]) {
        await wait(ms);
        const part = tracer.startSpan('part', { parent: parentOf(span), id: tracer.deriveSpanId(`${name}/${step}`), at: step });
        assert.equal(part.context()?.traceId, trace);
        part.end(step + 1);
      }
      span.end(9);
    });
  };
  await Promise.all([request('a', 3), request('b', 2)]);
  return telemetry.digest();
}

test('requests that interleave each have their own current span', async () => {
  const guessed = new Telemetry();
  const said = new Telemetry();
  const digests = [await interleaved(guessed, () => 'current'), await interleaved(said, (outer) => outer)];
  assert.equal(digests[0], digests[1]);
  assert.notEqual(await interleaved(new Telemetry(), () => ({ traceId: guessed.tracer.deriveTraceId('a') })).catch(() => ''), digests[1]);
});

test('the current span is followed through timers, promises and spans in spans', async () => {
  const { tracer } = new Telemetry();
  const seen = await tracer.withSpan('outer', async (outer) => {
    const inTimer = new Promise<boolean>((resolve) => setTimeout(() => resolve(tracer.current() === outer), 1));
    const inner = tracer.withSpan('inner', async (span) => {
      await null;
      return tracer.current() === span && span.context()?.traceId === outer.context()?.traceId;
    });
    const isOuter = tracer.current() === outer;
    const inThen = Promise.resolve().then(() => tracer.current() === outer);
    return [await inTimer, await inner, isOuter, await inThen];
  });
  assert.deepEqual(seen, [true, true, true, true]);
  assert.equal(tracer.current().isRecorded, false);
});

test('work that outlives its span is of the next one around it', async () => {
  const telemetry = new Telemetry();
  const { tracer } = telemetry;
  let late: Promise<string | undefined> | undefined;
  await tracer.withSpan('outer', async (outer) => {
    tracer.withSpan('inner', () => {
      late = wait(2).then(() => tracer.startSpan('late').context()?.traceId);
    });
    assert.equal(await late, outer.context()?.traceId);
    late = wait(2).then(() => tracer.startSpan('later').context()?.traceId);
  });
  assert.match((await late) ?? '', /^[0-9a-f]{32}$/, 'a trace of its own');
  assert.equal(drops(telemetry, 'unknown-id'), 0);
});

test('ledgers do not take each other\'s spans for current', () => {
  const [here, there] = [new Telemetry().tracer, new Telemetry().tracer];
  here.withSpan('here', (outer) => {
    there.withSpan('there', (span) => {
      assert.equal(there.current(), span);
      assert.equal(here.current(), outer);
      assert.notEqual(span.context()?.traceId, outer.context()?.traceId);
    });
  });
  assert.notEqual(here.withSpan('root', () => here.startSpan('part', { parent: 'root' }).context()?.traceId === here.current().context()?.traceId), true);
});

test('the shared ledger has a current span, and tracers by scope', () => {
  assert.equal(getCurrentSpan().isRecorded, false);
  getTracer('parser', { version: '1.0' }).withSpan('parse', (span) => assert.equal(getCurrentSpan(), span));
});
