// A collector for tests, on this machine: it answers as it is told and remembers what it got.
//
// Deliberately absent: what real collectors make of spans; that is judged elsewhere.

import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request that came. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a request is answered; `hang` is not at all, `close` is a connection that breaks. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly hang?: boolean;
  readonly close?: boolean;
}

/** A collector until the end of a test. The last answer is given again and again. */
export async function receiver(context: TestContext, ...answers: Answer[]): Promise<{ origin: string; requests: Received[] }> {
  const requests: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? {};
    requests.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts) });
    give(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function give(response: ServerResponse, { status = 200, headers = {}, body = '', hang = false, close = false }: Answer): void {
  if (close) response.destroy();
  else if (!hang) response.writeHead(status, headers).end(body);
}

/** The ids of the spans in a request of JSON. */
export function spanIds({ body }: Received): string[] {
  const { resourceSpans } = JSON.parse(body.toString()) as { resourceSpans: { scopeSpans: { spans: { spanId: string }[] }[] }[] };
  const ids = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)));
  assert.ok(ids.length > 0, 'no request is sent for nothing');
  return ids;
}
