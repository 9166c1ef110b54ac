// Environment variables: what each says, and that what is wrong is told and ignored.
//
// Deliberately absent: what the options do; see sampling, pipeline and otlp-http.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type EnvironmentOptions, OtlpHttpExporter, SpanPipeline, Telemetry, TelemetryError, type Variables } from '@codomyrmex/telemetry';
import { alwaysOff, alwaysOn, fromEnvironment, parentBased, traceIdRatio } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

const NOTHING: EnvironmentOptions = { isDisabled: false, telemetry: {}, pipeline: {}, otlp: {} };

/** What variables say, and what is told of them. */
function read(variables: Variables): [EnvironmentOptions, string[]] {
  const told: string[] = [];
  const options = fromEnvironment(variables, (error) => {
    assert.ok(error instanceof TelemetryError && error.code === 'invalid-argument');
    told.push(error.message.replace('invalid argument: ', ''));
  });
  return [options, told];
}

test('variables say what they say', () => {
  const sampler = (name: string, share?: string): Variables => ({ OTEL_TRACES_SAMPLER: name, ...(share !== undefined && { OTEL_TRACES_SAMPLER_ARG: share }) });
  const cases: [Variables, Partial<EnvironmentOptions>][] = [
    [{}, {}],
    [{ OTHER: 'x', OTEL_TRACES_SAMPLER_ARG: '0.5' }, {}],
    [sampler('always_on'), { telemetry: { sampler: alwaysOn } }],
    [sampler('ALWAYS_OFF'), { telemetry: { sampler: alwaysOff } }],
    [sampler('traceidratio', '0.25'), { telemetry: { sampler: traceIdRatio('0.25') } }],
    [sampler('traceidratio'), { telemetry: { sampler: traceIdRatio('1') } }],
    [sampler('traceidratio', '1e-3'), { telemetry: { sampler: traceIdRatio('0.00100000000000000') } }],
    [sampler('traceidratio', '.5'), { telemetry: { sampler: traceIdRatio('.5') } }],
    [sampler('parentbased_always_on', 'ignored'), { telemetry: { sampler: parentBased() } }],
    [sampler('parentbased_always_off'), { telemetry: { sampler: parentBased({ root: alwaysOff }) } }],
    [sampler(' parentbased_traceidratio ', ' 0 '), { telemetry: { sampler: parentBased({ root: traceIdRatio('0') }) } }],
    [{ OTEL_SERVICE_NAME: 'shop' }, { telemetry: { resource: { 'service.name': 'shop' } } }],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other, a=x%20y,b=1=2,%2C=,', OTEL_SERVICE_NAME: 'shop' },
      { telemetry: { resource: { 'service.name': 'shop', a: 'x y', b: '1=2', ',': '' } } },
    ],
    [
      { OTEL_ATTRIBUTE_COUNT_LIMIT: '9', OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '7', OTEL_SPAN_EVENT_COUNT_LIMIT: '5', OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '3' },
      { telemetry: { spanLimits: { attributes: 7, events: 5, attributesPerEvent: 9, attributesPerLink: 3 } } },
    ],
    [{ OTEL_SPAN_LINK_COUNT_LIMIT: '0', OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '2' }, { telemetry: { spanLimits: { links: 0, attributesPerEvent: 2 } } }],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100' }, { telemetry: { spanLimits: { attributeValueLength: 100 } } }],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100', OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '10' }, { telemetry: { spanLimits: { attributeValueLength: 10 } } }],
    [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_SAMPLER: 'always_on' }, { isDisabled: true, telemetry: { sampler: alwaysOff } }],
    [{ OTEL_SDK_DISABLED: 'false' }, {}],
    [{ OTEL_TRACES_EXPORTER: 'console' }, { exporter: 'console' }],
    [{ OTEL_BSP_SCHEDULE_DELAY: '0', OTEL_BSP_EXPORT_TIMEOUT: '1500' }, { pipeline: { scheduleDelay: 0, exportTimeout: 1_500 } }],
    [{ OTEL_BSP_EXPORT_TIMEOUT: '0' }, { pipeline: { exportTimeout: Infinity } }],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '4096', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '64' }, { pipeline: { maxQueueSize: 4_096, maxExportBatchSize: 64 } }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, { otlp: { endpoint: 'http://collector:4318/v1/traces' } }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.example/otel/?k=v' }, { otlp: { endpoint: 'https://a.example/otel/v1/traces?k=v' } }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b:1' }, { otlp: { endpoint: 'http://b:1' } }],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x=1' }, { otlp: { headers: { 'api-key': 'a b', x: '1' } } }],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2' }, { otlp: { headers: { b: '2' } } }],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { otlp: { protocol: 'http/json' } }],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' }, { otlp: { protocol: 'http/protobuf' } }],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '5000', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '0' }, { otlp: { timeout: Infinity } }],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'none' }, {}],
  ]; // prettier-ignore
  for (const [variables, said] of cases) assert.deepEqual(read(variables), [{ ...NOTHING, ...said }, []], JSON.stringify(variables));
});

test('an empty value is none', () => {
  const names = [
    'OTEL_TRACES_SAMPLER', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SDK_DISABLED', 'OTEL_TRACES_EXPORTER', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_BSP_MAX_QUEUE_SIZE',
    'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_SPAN_EVENT_COUNT_LIMIT',
  ]; // prettier-ignore
  for (const value of ['', ' ', undefined]) assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, value]))), [NOTHING, []]);
  const both = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: '', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  assert.deepEqual(read(both)[0].otlp, { protocol: 'http/json' });
});

test('what is wrong is told and ignored', () => {
  const integer = (text: string): string => `'${text}' is no whole number from 0 to 2147483647`;
  const cases: [string, string, string][] = [
    ['OTEL_TRACES_SAMPLER', 'xray', "there is no 'xray'; there are always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio"],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,b', 'part 2 is no key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=1', 'part 1 is no key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', 'it is not percent-encoded'],
    ['OTEL_SDK_DISABLED', '1', "'1' is neither true nor false"],
    ['OTEL_TRACES_EXPORTER', 'zipkin', "there is no 'zipkin'; there are otlp, console, none"],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '-1', integer('-1')],
    ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '1e3', integer('1e3')],
    ['OTEL_BSP_SCHEDULE_DELAY', '5s', integer('5s')],
    ['OTEL_BSP_SCHEDULE_DELAY', '2147483648', integer('2147483648')],
    ['OTEL_BSP_SCHEDULE_DELAY', '9'.repeat(100), integer(`${'9'.repeat(64)}…`)],
    ['OTEL_BSP_EXPORT_TIMEOUT', '-5', integer('-5')],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', "'0' has no room for anything"],
    ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '1.5', integer('1.5')],
    ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '2049', '2049 is more than wait at once, 2048'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'it is no http address; give one like http://localhost:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', '/v1/traces', 'it is no address; give one like http://localhost:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=1,secret', 'part 2 is no key=value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1,b c=secret', 'part 2 cannot be sent as a header'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'udp', "there is no 'udp'; there are http/protobuf, http/json, grpc"],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', "'gzip' is not done here, so requests go as they are"],
  ];
  for (const [name, value, why] of cases) assert.deepEqual(read({ [name]: value }), [NOTHING, [`${name}: ${why}; it is ignored`]]);
});

test('what is wrong takes nothing else along', () => {
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' };
  const all = { ...NOTHING, telemetry: { sampler: parentBased({ root: traceIdRatio('1') }) } };
  assert.deepEqual(read(ratio), [all, ["OTEL_TRACES_SAMPLER_ARG: '1.5' is no share from 0 to 1; it is ignored"]]);
  for (const share of ['-0.5', 'half', '0x1', '.', '1/4', 'NaN']) assert.equal(read({ ...ratio, OTEL_TRACES_SAMPLER_ARG: share })[1].length, 1, share);
  const [limits, told] = read({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many', OTEL_ATTRIBUTE_COUNT_LIMIT: '4' });
  assert.equal(limits.telemetry.spanLimits?.attributes, 4, 'the next that says something');
  assert.equal(told.length, 1);
  const service = read({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b', OTEL_SERVICE_NAME: 'shop' })[0];
  assert.deepEqual(service.telemetry, { resource: { 'service.name': 'shop' } });
  const endpoint = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'b', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' })[0];
  assert.deepEqual(endpoint.otlp, { endpoint: 'http://a/v1/traces' });
});

test('without a callback the console is told', (context) => {
  const warn = context.mock.method(console, 'warn', () => {});
  fromEnvironment({ OTEL_SDK_DISABLED: 'yes' });
  assert.deepEqual(warn.mock.calls[0]?.arguments, ["invalid argument: OTEL_SDK_DISABLED: 'yes' is neither true nor false; it is ignored"]);
  refused('invalid-argument', () => fromEnvironment(undefined as never), /fromEnvironment/);
});

test('what is said is taken by what it is for', async () => {
  const { telemetry, pipeline, otlp } = fromEnvironment({
    OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1e-300', OTEL_SERVICE_NAME: 'shop', OTEL_SPAN_EVENT_COUNT_LIMIT: '5', OTEL_BSP_MAX_QUEUE_SIZE: '9',
    OTEL_BSP_EXPORT_TIMEOUT: '0', OTEL_BSP_SCHEDULE_DELAY: '10', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:1', OTEL_EXPORTER_OTLP_HEADERS: 'a=b', OTEL_EXPORTER_OTLP_TIMEOUT: '0',
  }); // prettier-ignore
  await new SpanPipeline(new Telemetry(telemetry), new OtlpHttpExporter(otlp), pipeline).shutdown();
  const grpc = fromEnvironment({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  refused('unsupported', () => new OtlpHttpExporter(grpc.otlp), /http\/protobuf or http\/json/);
});

test('where the environment disables it, spans are not sampled', async () => {
  const { telemetry } = fromEnvironment({ OTEL_SDK_DISABLED: 'true' });
  const ledger = new Telemetry(telemetry);
  const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, traceState: '' };
  ledger.tracer.startSpan('work', { parent }).end();
  assert.deepEqual([ledger.otlpTracesJson(), ledger.dropped()], ['{}', []]);
});
