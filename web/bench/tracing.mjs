// Spans in Node: a span from its start to an exporter's hands, context out of headers and into them, and OTLP.
//
// 512 spans at a time become the bytes that are sent, the peer's in OTLP, ours in the delta that a collector of ours
// takes, so both pay for all there is up to a network. Deliberately absent: sending.

import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

import { Telemetry } from '../dist/src/entry/node.js';
import { race } from './race.mjs';

const SDK = '@opentelemetry/sdk-trace-base';
const BATCH = 512;
const HEADERS = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1,b=2' };

let seen = 0;
const kept = [];

/** Keeps spans until there are so many as go out at once; then they are gone. */
const processor = {
  onStart() {},
  onEnd(span) {
    kept.push(span);
    if (kept.length >= BATCH) {
      seen += ProtobufTraceSerializer.serializeRequest(kept).length;
      kept.length = 0;
    }
  },
  async forceFlush() {},
  async shutdown() {},
};

const theirs = new BasicTracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [processor] }).getTracer('bench');
const telemetry = new Telemetry();
const { tracer } = telemetry;

function span(place) {
  const span = tracer.startSpan('execute_tool');
  span.setAttribute('tool', 'search');
  span.setAttribute('attempt', place & 7);
  span.setAttribute('cached', (place & 1) === 0);
  span.end();
}

function theirSpan(place) {
  const span = theirs.startSpan('execute_tool');
  span.setAttribute('tool', 'search');
  span.setAttribute('attempt', place & 7);
  span.setAttribute('cached', (place & 1) === 0);
  span.end();
}

let count = 0;
race('Node: a span with three attributes, to its bytes', (times) => {
  for (let place = 0; place < times; place++) {
    span(place);
    if ((count = (count + 1) % BATCH) === 0) seen += telemetry.drain()?.length ?? 0;
  }
}, [[`${SDK}, @opentelemetry/otlp-transformer`, (times) => {
  for (let place = 0; place < times; place++) theirSpan(place);
}]]);

const propagator = new W3CTraceContextPropagator();
race('Node: traceparent and tracestate, extract and inject', (times) => {
  for (let place = 0; place < times; place++) {
    const came = tracer.extract(HEADERS);
    seen += came.inject().traceparent.length;
    came.end();
  }
}, [['@opentelemetry/core', (times) => {
  for (let place = 0; place < times; place++) {
    const context = propagator.extract(ROOT_CONTEXT, HEADERS, defaultTextMapGetter);
    const carrier = {};
    propagator.inject(context, carrier, defaultTextMapSetter);
    seen += carrier.traceparent.length;
  }
}]]);

race('Node: a span under a traceparent that came, and its own sent along', (times) => {
  for (let place = 0; place < times; place++) {
    const came = tracer.extract(HEADERS);
    const span = tracer.startSpan('execute_tool', { parent: came });
    seen += span.inject().traceparent.length;
    span.end();
    came.end();
    if ((count = (count + 1) % BATCH) === 0) telemetry.drain();
  }
}, [['@opentelemetry/core, @opentelemetry/sdk-trace-base', (times) => {
  for (let place = 0; place < times; place++) {
    const context = propagator.extract(ROOT_CONTEXT, HEADERS, defaultTextMapGetter);
    const span = theirs.startSpan('execute_tool', {}, context);
    const carrier = {};
    propagator.inject(trace.setSpan(context, span), carrier, defaultTextMapSetter);
    seen += carrier.traceparent.length;
    span.end();
  }
}]]);

const full = new Telemetry();
const exported = [];
kept.length = 0;
for (let place = 0; place < BATCH - 1; place++) theirSpan(place);
exported.push(...kept, kept[0]);
for (let place = 0; place < BATCH; place++) {
  const span = full.tracer.startSpan('execute_tool');
  span.setAttribute('tool', 'search');
  span.setAttribute('attempt', place);
  span.setAttribute('cached', place % 2 === 0);
  span.end();
}
race('Node: OTLP protobuf of 512 spans', (times) => {
  for (let place = 0; place < times; place++) seen += full.otlpTraces().length;
}, [['@opentelemetry/otlp-transformer', (times) => {
  for (let place = 0; place < times; place++) seen += ProtobufTraceSerializer.serializeRequest(exported).length;
}]]);
if (seen === 0) throw new Error('nothing was recorded');
