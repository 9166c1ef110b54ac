// All that the package gives, by name. Every entry gives the same.
//
// Deliberately absent: how the WebAssembly is loaded, which is all that the entries differ in.

export { type AttributeValue, type Attributes, Float, float } from './attribute.js';
export { DEFAULT_BOUNDS, OTEL_BOUNDS, exponentialBounds, linearBounds } from './bounds.js';
export { type EnvironmentOptions, fromEnvironment } from './environment.js';
export type { Variables } from './environment-value.js';
export { type ErrorCode, TelemetryError } from './error.js';
export { Counter, Gauge, Histogram, Info, Summary, UpDownCounter } from './family.js';
export type { FamilyOptions, Row } from './family.js';
export { type Agent, type Chat, type Conventions, GenAi, type Tool, type Usage, Work, type WorkOptions } from './genai.js';
export { AgentTelemetryHooks } from './hooks.js';
export type { LabelValues, Labels } from './label.js';
export { InProgress, Timer } from './lasting.js';
export { type ExponentialHistogramOptions, type HistogramOptions, Metrics, type SummaryOptions } from './metrics.js';
export type { Callback, Report } from './observer.js';
export type { Outcome } from './outcome.js';
export { ConsoleExporter } from './push/console.js';
export { type Delivery, ExportError, type SpanBatch, type SpanExporter } from './push/exporter.js';
export { type FinishedSpan, finishedSpans } from './push/finished-span.js';
export { InMemoryExporter } from './push/in-memory.js';
export { OtlpHttpExporter, type OtlpHttpOptions } from './push/otlp-http.js';
export { type PipelineOptions, type SpanCounts, SpanPipeline } from './push/pipeline.js';
export { type BaggageEntry, type HeadersLike, type HeadersTarget, RemoteParent } from './propagation.js';
export { type Keeping, type Sampler, type SamplingRule, type Share, type SpanLimits } from './sampling.js';
export { alwaysOff, alwaysOn, parentBased, rateLimit, traceIdRatio } from './sampling.js';
export { CounterSeries, GaugeSeries, HistogramSeries, InfoSeries, type Quantile, StateSeries, SummarySeries, UpDownCounterSeries } from './series.js';
export { getCurrentSpan, getMetrics, getSloTracker, getTelemetry, getTracer } from './shared.js';
export { type Happened, type HappenedOften, Slo, type SloQuestion, SloTracker } from './slo.js';
export type { SloAlertHistory, SloAnalysis, SloAttributes, SloChange, SloPattern, SloPolicyState, SloShift, SloShiftPart, SloState } from './slo-answers.js';
export type { SloStatus, SloViolation, SloViolationSlot, SpanIds } from './slo-answers.js';
export type { Alert, Budgeting, Burn, Exemption, Indicator, MetricRatio, MetricSelector, Missing, PolicyStep, Ratio, Resolution } from './slo-options.js';
export type { Severity, SliType, SloOptions, SpanSelector, Target, Threshold, Weighted, Window } from './slo-options.js';
export { Span, type SpanContext, type SpanStatus } from './span.js';
export { StateSet, type StateSetOptions } from './state.js';
export { type Drops, type Escaping, type OtlpOptions, type StatsdDialect, Telemetry, type TelemetryOptions } from './telemetry.js';
export type { Duration, Time } from './time.js';
export { type Parent, type ScopeOptions, type SpanData, type SpanEvent, type SpanKind, type SpanLink, type SpanOptions, Tracer } from './tracer.js';
