// OTLP over HTTP: one request, and what its answer says becomes of the batch.
//
// Deliberately absent: what is tried again; see pipeline. What is in a request is what the export gives.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { type Delivery, ExportError, OtlpHttpExporter, type OtlpHttpOptions, type SpanBatch, Telemetry, TelemetryError } from '@codomyrmex/telemetry';

import { refused } from './kit.js';
import { type Answer, receiver } from './receiver.js';

const BATCH: SpanBatch = { size: 10, otlpTraces: () => Uint8Array.of(1, 2, 3), otlpTracesJson: () => '{"é":1}' };
const NEVER = new AbortController().signal;

/** What becomes of a batch, and what is said of that; nothing where it arrived. */
async function sent(exporter: OtlpHttpExporter, signal: AbortSignal = NEVER): Promise<{ delivery: Delivery; message: string } | undefined> {
  try {
    await exporter.export(BATCH, signal);
    return undefined;
  } catch (failure) {
    assert.ok(failure instanceof ExportError, String(failure));
    assert.equal(failure.name, 'ExportError');
    return { delivery: failure.delivery, message: failure.message };
  }
}

/** The same of an answer, without the address in the message. */
async function answered(context: TestContext, answer: Answer, options: OtlpHttpOptions = {}): Promise<{ delivery: Delivery; message: string } | undefined> {
  const { origin } = await receiver(context, answer);
  const said = await sent(new OtlpHttpExporter({ endpoint: `${origin}/v1/traces?key=secret`, ...options }));
  assert.doesNotMatch(said?.message ?? '', /secret/);
  return said && { ...said, message: said.message.replace(`${origin}/v1/traces`, 'there') };
}

test('a request has the body, the type and the headers that it should', async (context) => {
  const { origin, requests } = await receiver(context, {});
  const headers = { 'X-Key': 'secret', 'Content-Type': 'text/plain' };
  for (const protocol of [undefined, 'http/protobuf', 'http/json'] as const) {
    assert.equal(await sent(new OtlpHttpExporter({ endpoint: `${origin}/v1/traces`, headers, ...(protocol && { protocol }) })), undefined);
  }
  const seen = requests.map(({ method, url, headers: got, body }) => [method, url, got['content-type'], got['x-key'], body.toString('latin1')]);
  const protobuf = ['POST', '/v1/traces', 'application/x-protobuf', 'secret', '\x01\x02\x03'];
  assert.deepEqual(seen, [protobuf, protobuf, ['POST', '/v1/traces', 'application/json', 'secret', '{"\xc3\xa9":1}']]);
});

test('spans arrive as the ledger exports them', async (context) => {
  const { origin, requests } = await receiver(context, {});
  const telemetry = new Telemetry({ resource: { 'service.name': 'shop' } });
  telemetry.tracer.withSpan('answer', { kind: 'server' }, () => telemetry.getTracer('parser').withSpan('parse', () => {}));
  const batch: SpanBatch = { size: 2, otlpTraces: () => telemetry.otlpTraces(), otlpTracesJson: () => telemetry.otlpTracesJson() };
  await new OtlpHttpExporter({ endpoint: origin }).export(batch, NEVER);
  await new OtlpHttpExporter({ endpoint: new URL(origin), protocol: 'http/json' }).export(batch, NEVER);
  assert.deepEqual(requests[0]?.body, Buffer.from(telemetry.otlpTraces()));
  assert.equal(requests[1]?.body.toString(), telemetry.otlpTracesJson());
});

test('what may pass is to be tried again, all else is refused for good', async (context) => {
  for (const status of [429, 502, 503, 504]) {
    assert.deepEqual(await answered(context, { status }), { delivery: { outcome: 'retry', afterMs: undefined }, message: `there answered ${status}` });
  }
  for (const status of [400, 401, 404, 413, 500, 501, 302, 307]) {
    const said = await answered(context, { status, headers: { location: '/elsewhere' }, body: 'x'.repeat(100_000) });
    assert.deepEqual(said, { delivery: { outcome: 'rejected', count: 10 }, message: `there answered ${status}` });
  }
  const closed = await answered(context, { close: true });
  assert.deepEqual(closed?.delivery, { outcome: 'retry' });
  assert.match(closed?.message ?? '', /^there: fetch failed: \w/);
});

test('redirects are not followed', async (context) => {
  const { origin, requests } = await receiver(context, { status: 308, headers: { location: '/elsewhere' } }, {});
  assert.deepEqual((await sent(new OtlpHttpExporter({ endpoint: origin })))?.delivery, { outcome: 'rejected', count: 10 });
  assert.equal(requests.length, 1);
});

test('Retry-After is seconds or a date', async (context) => {
  const after = async (header: string): Promise<number | undefined> => {
    const said = await answered(context, { status: 503, headers: { 'retry-after': header } });
    assert.equal(said?.delivery.outcome, 'retry');
    return said?.delivery.outcome === 'retry' ? said.delivery.afterMs : undefined;
  };
  for (const [header, ms] of [['0', 0], [' 7 ', 7_000], ['120', 120_000]] as const) assert.equal(await after(header), ms); // prettier-ignore
  for (const header of ['', 'soon', '-1', '1.5', '1e3', '2031-01-01', 'Sun, 99 Nov 2094 08:49:37 GMT']) assert.equal(await after(header), undefined, header);
  for (const past of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) assert.equal(await after(past), 0, past);
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const ms = await after(inAMinute);
  assert.ok(ms !== undefined && ms > 50_000 && ms <= 60_000, `${inAMinute} is in ${ms} ms`);
});

test('what a collector refused in part is read, in both forms', async (context) => {
  const partly = (count: number, why: string): unknown => ({ delivery: { outcome: 'rejected', count }, message: `there refused ${count} of 10 spans: "${why}"` });
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  const protobuf: [string, unknown][] = [
    ['', undefined],
    ['\x0a\x07\x08\x96\x01\x12\x02no', partly(150, 'no')],
    ['\x12\x01x\x0a\x02\x08\x03', partly(3, '')], // what is not known is passed over
    ['\x0a\x04\x12\x02no', undefined], // a warning
    ...['\x0a\x07\x08', '\x0a', '\xff'.repeat(11), '\x0b', '\x0a\x02\x08\x80'].map((broken): [string, undefined] => [broken, undefined]),
  ];
  for (const [body, expected] of protobuf) assert.deepEqual(await answered(context, { body: bytes(body) }), expected, JSON.stringify(body));
  const json: [string, unknown][] = [
    ['{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}', partly(3, 'no')],
    ['{"partialSuccess":{"rejectedSpans":3,"errorMessage":7}}', partly(3, '')],
    ...['{}', '', '[1]', 'null', '{"partialSuccess":null}'].map((nothing): [string, undefined] => [nothing, undefined]),
    ...['"-3"', '{}', 'null', '"many"'].map((count): [string, undefined] => [`{"partialSuccess":{"rejectedSpans":${count}}}`, undefined]),
  ];
  for (const [body, expected] of json) assert.deepEqual(await answered(context, { body }, { protocol: 'http/json' }), expected, body);
  const long = `{"partialSuccess":{"rejectedSpans":3},"x":"${'x'.repeat(70_000)}"}`;
  assert.equal(await answered(context, { body: long }, { protocol: 'http/json' }), undefined, 'what is read is bounded');
});

test('a request takes no longer than it may, and ends when the pipeline says so', async (context) => {
  const { origin } = await receiver(context, { hang: true });
  const begun = performance.now();
  const late = await sent(new OtlpHttpExporter({ endpoint: origin, timeout: 50 }));
  assert.deepEqual(late, { delivery: { outcome: 'retry' }, message: `${origin}/: no answer within 50 ms` });
  const stop = new AbortController();
  const stopped = sent(new OtlpHttpExporter({ endpoint: origin, timeout: Infinity }), stop.signal);
  stop.abort(new Error('enough'));
  assert.deepEqual(await stopped, { delivery: { outcome: 'retry' }, message: `${origin}/: enough` });
  assert.ok(performance.now() - begun < 5_000);
});

test('what cannot be sent to is said', () => {
  const made = (options: unknown) => () => new OtlpHttpExporter(options as OtlpHttpOptions);
  refused('invalid-argument', made({ endpoint: 'v1/traces' }), /'v1\/traces' is no address; give one like http:\/\/localhost:4318\/v1\/traces/);
  for (const endpoint of ['localhost:4318', 'ftp://a', 'data:,x']) refused('invalid-argument', made({ endpoint }), new RegExp(`'${endpoint}' is no http address`));
  assert.throws(made({ endpoint: 'http://user:pass@a/' }), (thrown: Error) => /authorization/.test(thrown.message) && !/pass@|user:/.test(thrown.message));
  refused('invalid-argument', made({ headers: { 'a b': 'c' } }), /'a b' cannot be sent as a header/);
  refused('invalid-argument', made({ headers: { key: 'line\nbreak' } }), /'key' cannot/);
  for (const options of [null, { headers: null }, { timeout: -1 }, { timeout: '5' }, { protocol: 'udp' }]) refused('invalid-argument', made(options));
  assert.throws(made({ protocol: 'grpc' }), (thrown) => thrown instanceof TelemetryError && thrown.code === 'unsupported' && /http\/protobuf or http\/json/.test(thrown.message));
});

test('a page may send to its own addresses, and what is small also when it is left', async (context) => {
  const sentBy: unknown[] = [];
  const global = globalThis as Record<string, unknown>;
  const { fetch } = globalThis;
  context.after(() => {
    globalThis.fetch = fetch;
    delete global['document'];
    delete global['location'];
  });
  globalThis.fetch = async (url, init) => {
    sentBy.push([String(url), init?.keepalive]);
    return new Response();
  };
  Object.assign(global, { document: {}, location: { href: 'https://shop.example/seats' } });
  const exporter = new OtlpHttpExporter({ endpoint: '/v1/traces' });
  for (const bytes of [60_000, 60_001]) await exporter.export({ ...BATCH, otlpTraces: () => new Uint8Array(bytes) }, NEVER);
  delete global['document'];
  await exporter.export(BATCH, NEVER);
  const place = 'https://shop.example/v1/traces';
  assert.deepEqual(sentBy, [[place, true], [place, undefined], [place, undefined]]); // prettier-ignore
});
