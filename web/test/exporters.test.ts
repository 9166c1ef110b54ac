// Spans in memory and on a console; and OTLP exports of spans, which all exporters start from.
//
// Deliberately absent: the form of OTLP, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type AttributeValue, ConsoleExporter, InMemoryExporter, type SpanData, SpanPipeline, Telemetry, float } from '@codomyrmex/telemetry';

import { drained } from './kit.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN: SpanData = {
  context: { traceId: TRACE, spanId: 'b7ad6b7169203331', traceFlags: 3, traceState: 'a=b' },
  parent: '1'.repeat(16),
  name: 'work',
  kind: 'producer',
  started: 1_767_225_600_000_000_001n,
  ended: 1_767_225_600_002_500_001n,
  attributes: { size: 3 },
  events: [{ name: 'half', at: 1_767_225_600_000_000_002n, attributes: { left: [1, 2] } }],
  links: [{ context: { traceId: TRACE, spanId: '2'.repeat(16), traceFlags: 0, traceState: '' }, attributes: { why: 'batch' } }],
  status: 'error',
  description: 'lost',
  droppedAttributes: 4,
  droppedEvents: 5,
  droppedLinks: 6,
};

test('spans since the last drain are exported, in protobuf and JSON', () => {
  const telemetry = new Telemetry({ resource: { 'service.name': 'shop' } });
  assert.deepEqual([telemetry.otlpTraces(), telemetry.otlpTracesJson()], [new Uint8Array(), '{}']);
  telemetry.getTracer('parser', { version: '1' }).complete(SPAN);
  const { resourceSpans } = JSON.parse(telemetry.otlpTracesJson());
  assert.deepEqual(resourceSpans[0].resource, { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] });
  const { scope, spans } = resourceSpans[0].scopeSpans[0];
  assert.deepEqual(scope, { name: 'parser', version: '1' });
  assert.deepEqual(spans, [
    {
      traceId: TRACE, spanId: 'b7ad6b7169203331', traceState: 'a=b', parentSpanId: '1'.repeat(16), name: 'work', kind: 4,
      startTimeUnixNano: '1767225600000000001', endTimeUnixNano: '1767225600002500001', attributes: [{ key: 'size', value: { intValue: '3' } }],
      droppedAttributesCount: 4,
      events: [{ timeUnixNano: '1767225600000000002', name: 'half', attributes: [{ key: 'left', value: { arrayValue: { values: [{ intValue: '1' }, { intValue: '2' }] } } }] }],
      droppedEventsCount: 5,
      links: [{ traceId: TRACE, spanId: '2'.repeat(16), attributes: [{ key: 'why', value: { stringValue: 'batch' } }] }],
      droppedLinksCount: 6, status: { message: 'lost', code: 2 }, flags: 3,
    },
  ]); // prettier-ignore
  const bytes = telemetry.otlpTraces();
  assert.deepEqual([bytes[0], ...bytes.subarray(-6)], [0x0a, 0x85, 1, 3, 0, 0, 0], 'it begins with resource_spans and ends with the flags');
  for (const text of ['service.name', 'shop', 'parser', 'work', 'half', 'batch', 'lost']) assert.ok(Buffer.from(bytes).includes(text), text);
  assert.ok(Buffer.from(bytes).includes(Buffer.from(TRACE, 'hex')), 'ids are bytes');
  drained(telemetry);
  assert.deepEqual([telemetry.otlpTraces(), telemetry.otlpTracesJson()], [new Uint8Array(), '{}']);
});

test('what a span lost before it came is kept, and a count that is none is refused', () => {
  const digest = (span: SpanData): string => {
    const telemetry = new Telemetry();
    telemetry.tracer.complete(span);
    return telemetry.digest();
  };
  const { droppedAttributes, droppedEvents, droppedLinks, ...whole } = SPAN;
  assert.equal(digest(whole), digest({ ...SPAN, droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0 }));
  const all = [whole, { ...whole, droppedAttributes }, { ...whole, droppedEvents }, { ...whole, droppedLinks }, SPAN].map((span) => digest(span as SpanData));
  assert.equal(new Set(all).size, 5);
  for (const count of [-1, 1.5, 2 ** 32, '1', null]) {
    assert.throws(() => digest({ ...whole, droppedLinks: count as number }), { name: 'TelemetryError', code: 'invalid-argument' }, String(count));
  }
});

test('a span in memory is all that it was, and is the same when it is recorded again', async () => {
  const telemetry = new Telemetry({ resource: { 'service.name': 'shop' } });
  const scope = { version: '1.2', schemaUrl: 'schema', attributes: { part: 'scope' } };
  const memory = new InMemoryExporter();
  const pipeline = new SpanPipeline(telemetry, memory);
  const tracer = telemetry.getTracer('parser', scope);
  tracer.complete(SPAN);
  const before = telemetry.otlpTraces();
  await pipeline.forceFlush();
  const [span] = memory.spans();
  assert.deepEqual(span, { ...SPAN, resource: { 'service.name': 'shop' }, scope: { name: 'parser', ...scope } });
  memory.reset();
  assert.deepEqual(memory.spans(), []);
  assert.ok(span !== undefined);
  tracer.complete(span);
  assert.deepEqual(telemetry.otlpTraces(), before);
  await pipeline.shutdown();
  assert.equal(memory.spans().length, 1);
});

test('attributes in memory are of the values that were set', async () => {
  const values: AttributeValue[] = [
    'text', '', true, false, 0, -5, 1.5, NaN, -Infinity, -0, float(1), 2n ** 60n, -(2n ** 63n), ['a', 'b'], [true], [1, 2], [1.5, 2], float([1, 2]), [2n ** 60n, 1n], [],
  ]; // prettier-ignore
  const [telemetry, memory] = [new Telemetry(), new InMemoryExporter()];
  const pipeline = new SpanPipeline(telemetry, memory);
  const attributes = Object.fromEntries(values.map((value, place) => [String(place), value]));
  telemetry.tracer.complete({ ...SPAN, attributes });
  await pipeline.shutdown();
  const got = memory.spans()[0]?.attributes ?? {};
  for (const [place, value] of values.entries()) assert.deepEqual(got[place], value, String(place));
});

test('the console shows a line a span, and nothing in it steers a terminal', async () => {
  const lines: string[] = [];
  const telemetry = new Telemetry();
  const pipeline = new SpanPipeline(telemetry, new ConsoleExporter((line) => lines.push(line)));
  telemetry.tracer.complete({ ...SPAN, name: 's\u001b[2J\u009b1m\u202e\n', attributes: { k: true, 'a "b"': ['x\u2028'], n: float(2) } });
  await pipeline.forceFlush();
  telemetry.tracer.complete({ context: SPAN.context, name: 'plain', started: 1, ended: 1 });
  await pipeline.shutdown();
  assert.deepEqual(lines, [
    `${TRACE} b7ad6b7169203331 producer "s\\u001b[2J\\u{9b}1m\\u{202e}\\n" 2.5 ms error "lost" "a \\"b\\""=["x\\u{2028}"] "k"=true "n"=2`,
    `${TRACE} b7ad6b7169203331 internal "plain" 0 ms`,
  ]);
});

test('what a console refuses is lost and not written twice', async () => {
  let calls = 0;
  const telemetry = new Telemetry();
  const broken = new ConsoleExporter(() => {
    calls += 1;
    throw new Error('closed');
  });
  const pipeline = new SpanPipeline(telemetry, broken);
  telemetry.tracer.complete(SPAN);
  await pipeline.forceFlush();
  assert.deepEqual([calls, (pipeline.trouble as Error).message], [1, 'closed']);
  assert.deepEqual(pipeline.counts(), { recorded: 1, exported: 0, pending: 0, dropped: 1, unsampled: 0 });
  await pipeline.shutdown();
});
