// What the tests in a browser share: Chromium, and a server of plain pages that load what the package ships.
//
// The browser is the Chromium of the system, or the one that CHROMIUM names. Deliberately absent: bundlers.

import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { type Browser, type Page, chromium } from 'playwright-core';

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

/** Has a server and a browser for the tests of a file. The server asks first whether a request is answered otherwise. */
export function startChromium(answer: (path: string, request: IncomingMessage, response: ServerResponse) => boolean): void {
  before(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const type = MIME[extname(path)];
      const file = fileURLToPath(new URL(`.${path}`, ROOT));
      if (answer(path, request, response)) return;
      if (path === '/') response.setHeader('content-type', 'text/html').end(PAGE);
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
}

/** An empty page of the server's, and what goes wrong in it. */
export async function openPage(): Promise<{ page: Page; failures: string[] }> {
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on('pageerror', (failure) => failures.push(String(failure)));
  page.on('response', (response) => {
    if (!response.ok() && !response.url().endsWith('/favicon.ico')) failures.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(origin);
  return { page, failures };
}
