// All that the package gives, by name. Every entry gives the same.
//
// Deliberately absent: how the WebAssembly is loaded, which is all that the entries differ in.

export { type AttributeValue, type Attributes, Float, float } from './attribute.js';
export { type ErrorCode, TelemetryError } from './error.js';
export type { Labels } from './label.js';
export { Counter, CounterSeries, Gauge, GaugeSeries, Histogram, HistogramSeries, Metrics, UpDownCounter, UpDownCounterSeries } from './metrics.js';
export type { FamilyOptions, HistogramOptions } from './metrics.js';
export type { Outcome } from './outcome.js';
export { Slo, SloTracker } from './slo.js';
export type { Ratio, SliType, SloOptions, SloStatus, Target, Threshold, Window } from './slo.js';
export { Span, type SpanContext, type SpanStatus } from './span.js';
export { type Drops, Telemetry, type TelemetryOptions } from './telemetry.js';
export type { Time } from './time.js';
export { type Parent, type SpanData, type SpanEvent, type SpanKind, type SpanLink, type SpanOptions, Tracer } from './tracer.js';
