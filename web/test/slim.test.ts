// The slim entry: nothing is loaded until the caller brings the WebAssembly, as bytes or as a module.
//
// Deliberately absent: the other entries; a process loads the WebAssembly once, so this file has one
// of its own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { Telemetry, TelemetryError, init, initSync } from '@codomyrmex/telemetry/slim';

const file = createRequire(import.meta.url).resolve('@codomyrmex/telemetry/telemetry.wasm');

test('a ledger before the WebAssembly is refused, and says what to do', () => {
  assert.throws(
    () => new Telemetry(),
    (thrown) => thrown instanceof TelemetryError && thrown.code === 'unsupported' && /init/.test(thrown.message),
  );
});

test('a load that fails can be tried again', async () => {
  await assert.rejects(init(new Uint8Array(8)));
  await assert.rejects(init(Promise.reject(new Error('offline'))), /offline/);
});

test('without random numbers there is no ledger, and a module loads at once', () => {
  initSync(new WebAssembly.Module(readFileSync(file)));
  const { getRandomValues } = crypto;
  crypto.getRandomValues = () => {
    throw new Error('no entropy');
  };
  try {
    assert.throws(
      () => new Telemetry(),
      (thrown) => thrown instanceof TelemetryError && thrown.code === 'unsupported' && /getRandomValues/.test(thrown.message),
    );
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
});

test('loading again does not disturb ledgers that live', async () => {
  const telemetry = new Telemetry();
  const counter = telemetry.metrics.counter('calls_total').with();
  counter.inc();
  await init(readFileSync(file));
  initSync(readFileSync(file));
  counter.inc();
  assert.match(telemetry.prometheus(), /^calls_total 2$/m);
});
