// What the tests share: the runs of the airline's agent, and refusals by their code.
//
// Deliberately absent: anything that is not the public package.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { type ErrorCode, Telemetry, TelemetryError } from '@codomyrmex/telemetry';

import { account } from '../examples/airline.js';

/** 200 runs, one JSON object a line; see tests/data/README.md. */
export const RUNS = readFileSync(new URL('../../../tests/data/agent-runs.ndjson', import.meta.url), 'utf8');

/** A ledger that accounts for the runs, or for some. */
export function airline(isMine?: (place: number) => boolean): Telemetry {
  const telemetry = new Telemetry();
  account(telemetry, RUNS, isMine);
  return telemetry;
}

/** Expects a refusal with this code, and that its message says something. */
export function refused(code: ErrorCode, call: () => unknown, says = /\w/): void {
  assert.throws(call, (thrown: unknown) => {
    assert.ok(thrown instanceof TelemetryError, String(thrown));
    assert.ok(thrown instanceof Error);
    assert.equal(thrown.name, 'TelemetryError');
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.message, says);
    return true;
  });
}

/** How often a reason for drops came up. */
export function drops(telemetry: Telemetry, reason: string): number {
  return telemetry.dropped().find((drop) => drop.reason === reason)?.count ?? 0;
}

/** Drains a ledger that has something to drain. */
export function drained(telemetry: Telemetry): Uint8Array {
  const delta = telemetry.drain();
  assert.ok(delta !== undefined);
  return delta;
}
