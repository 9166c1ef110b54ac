// Exports: which there are, what they take, and what each covers. And the ledger that a program shares.
//
// Deliberately absent: the formats, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Telemetry, getMetrics, getSloTracker, getTelemetry, getTracer } from '@codomyrmex/telemetry';

import { drained, refused } from './kit.js';

test('texts are strings and protobuf is bytes', () => {
  const telemetry = new Telemetry();
  telemetry.metrics.upDownCounter('jobs').inc();
  for (const escaping of [undefined, 'allow-utf-8', 'underscores', 'dots', 'values'] as const) {
    assert.match(telemetry.prometheus(escaping), /^jobs 1$/m);
    assert.match(telemetry.openmetrics(escaping), /\n# EOF\n$/);
    assert.ok(telemetry.prometheusProtobuf(escaping) instanceof Uint8Array);
  }
  for (const options of [undefined, {}, { temporality: 'cumulative' }, { temporality: 'delta' }] as const) {
    assert.ok(telemetry.otlpMetrics(options) instanceof Uint8Array);
    assert.equal(typeof JSON.parse(telemetry.otlpMetricsJson(options)), 'object');
  }
  for (const dialect of ['statsd', 'dogstatsd'] as const) assert.equal(typeof telemetry.statsd(dialect), 'string');
});

test('what there is not is refused by name', () => {
  const any = new Telemetry() as any;
  for (const [call, says] of [
    [() => any.prometheus('utf-8'), /'utf-8'; there are allow-utf-8, underscores, dots, values/],
    [() => any.openmetrics('x'.repeat(1_000)), /'x{32}'/],
    [() => any.prometheusProtobuf(1), /string/],
    [() => any.prometheus(null), /string/],
    [() => any.otlpMetrics({ temporality: 'daily' }), /'daily'; there are cumulative, delta/],
    [() => any.otlpMetricsJson({ temporality: 7 }), /string/],
    [() => any.otlpMetrics(null), /object/],
    [() => any.otlpMetricsJson('delta'), /object/],
    [() => any.statsd('graphite'), /'graphite'; there are statsd, dogstatsd/],
    [() => any.statsd(), /string/],
  ] as const) {
    refused('invalid-argument', call, says);
  }
});

test('a delta and StatsD cover what happened since the last drain, the others all', () => {
  const telemetry = new Telemetry();
  telemetry.metrics.counter('calls').inc();
  const exports = (ledger: Telemetry): unknown[] => [ledger.otlpMetrics({ temporality: 'delta' }), ledger.otlpMetricsJson({ temporality: 'delta' }), ledger.statsd('dogstatsd')];
  assert.notDeepEqual(exports(telemetry), exports(new Telemetry()));
  const whole = [telemetry.prometheus(), telemetry.otlpMetricsJson()];
  drained(telemetry);
  assert.deepEqual(exports(telemetry), exports(new Telemetry()));
  assert.deepEqual([telemetry.prometheus(), telemetry.otlpMetricsJson()], whole);
});

test('a program has one ledger to share, and it works as documented', () => {
  const metrics = getMetrics();
  const requests = metrics.counter('http_requests_total', { labels: ['method', 'status'] });
  requests.inc({ method: 'GET', status: '200' });
  const latency = metrics.histogram('request_duration_seconds');
  latency.observe(0.25);

  const telemetry = getTelemetry();
  assert.equal(getTelemetry(), telemetry);
  assert.equal(getMetrics(), telemetry.metrics);
  assert.equal(getTracer(), telemetry.tracer);
  assert.equal(getSloTracker(), telemetry.slo);
  assert.match(telemetry.prometheus(), /^http_requests_total\{method="GET",status="200"\} 1$/m);
  assert.match(telemetry.prometheus(), /^request_duration_seconds_bucket\{le="0.25"\} 1$/m);
  assert.deepEqual(telemetry.dropped(), []);
});
