// A browser gives the bytes that Node gives: a plain page loads the package and accounts for the same file.
//
// The browser is the Chromium of the system, or the one that CHROMIUM names. Deliberately absent:
// bundlers; the page loads what the package ships.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { type Browser, chromium } from 'playwright-core';

import { RUNS, airline } from '../kit.js';

const ROOT = new URL('../../../', import.meta.url); // web/
const MIME: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE = '<!doctype html><meta charset="utf-8"><title>Accounts</title>';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let server: Server;
let browser: Browser;
let origin: string;

before(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const type = MIME[extname(path)];
    const file = fileURLToPath(new URL(`.${path}`, ROOT));
    if (path === '/') response.setHeader('content-type', 'text/html').end(PAGE);
    else if (path === '/runs') response.setHeader('content-type', 'application/x-ndjson').end(RUNS);
    else if (type !== undefined && path.startsWith('/dist/') && existsSync(file)) response.setHeader('content-type', type).end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('a page in Chromium gives the digest of Node', async () => {
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on('pageerror', (failure) => failures.push(String(failure)));
  page.on('response', (response) => {
    if (!response.ok() && !response.url().endsWith('/favicon.ico')) failures.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(origin);
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
