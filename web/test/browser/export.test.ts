// Spans leave a page: while it is there, and when it is left.
//
// Deliberately absent: what is tried again; that is the same everywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { type Received, spanIds } from '../receiver.js';
import { openPage, startChromium } from './chromium.js';

const requests: Received[] = [];

startChromium((path, request, response) => {
  if (path !== '/v1/traces') return false;
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => void parts.push(part));
  request.on('end', () => {
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(parts) });
    response.end('{}');
  });
  return true;
});

const SCRIPT = `(async () => {
  const { OtlpHttpExporter, SpanPipeline, Telemetry, init } = await import('/dist/src/entry/browser.js');
  await init();
  const telemetry = new Telemetry();
  const exporter = new OtlpHttpExporter({ endpoint: '/v1/traces', protocol: 'http/json', headers: { 'x-key': 'page' } });
  const pipeline = new SpanPipeline(telemetry, exporter, { scheduleDelay: 10 });
  const end = (name) => {
    const span = telemetry.tracer.startSpan(name);
    const { spanId } = span.context();
    span.end();
    return spanId;
  };
  const first = end('by itself');
  while (pipeline.counts().exported === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const accounts = pipeline.counts();
  addEventListener('pagehide', () => {
    end('at the end');
    void pipeline.forceFlush();
  });
  return { first, accounts };
})()`;

test('spans leave by themselves, and at the end of a page', async () => {
  const { page, failures } = await openPage();
  const { first, accounts } = (await page.evaluate(SCRIPT)) as { first: string; accounts: unknown };
  assert.deepEqual(accounts, { recorded: 1, exported: 1, pending: 0, dropped: 0, unsampled: 0 });
  assert.deepEqual(requests.map((request) => [request.method, request.headers['x-key'], spanIds(request)]), [['POST', 'page', [first]]]); // prettier-ignore
  await page.goto('about:blank');
  for (let left = 200; requests.length < 2 && left > 0; left -= 1) await pause(25);
  assert.match(requests[1]?.body.toString() ?? '', /"name":"at the end"/);
  assert.deepEqual(failures, []);
});
