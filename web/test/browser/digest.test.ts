// A browser gives the bytes that Node gives: a plain page loads the package and accounts for the same file.
//
// Deliberately absent: what the bytes are.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RUNS, airline } from '../kit.js';
import { openPage, startChromium } from './chromium.js';

startChromium((path, _, response) => {
  if (path !== '/runs') return false;
  response.setHeader('content-type', 'application/x-ndjson').end(RUNS);
  return true;
});

test('a page in Chromium gives the digest of Node', async () => {
  const { page, failures } = await openPage();
  const script = `(async () => {
    const { Telemetry, init } = await import('/dist/src/entry/browser.js');
    const { account } = await import('/dist/examples/airline.js');
    await Promise.all([init(), init()]);
    const telemetry = new Telemetry();
    account(telemetry, await (await fetch('/runs')).text());
    const before = Date.now();
    const slo = new Telemetry().slo.create({ id: 'now', target: '50%' });
    slo.good();
    const clock = Math.abs(Number(slo.getStatus().windowEnd / 1000000n) - before);
    return { digest: telemetry.digest(), prometheus: telemetry.prometheus(), delta: Array.from(telemetry.drain()), clock };
  })()`;
  const there = (await page.evaluate(script)) as { digest: string; prometheus: string; delta: number[]; clock: number };
  const here = airline();
  assert.equal(there.digest, here.digest());
  assert.equal(there.prometheus, here.prometheus());
  assert.equal(here.absorb(Uint8Array.from(there.delta)), 'merged', 'a delta of the page can be sent here');
  assert.ok(there.clock <= 61_000, `the page's clock is ${there.clock} ms off`);
  assert.deepEqual(failures, []);
});
