// The ledger as a user of the package has it: three recorders, and what goes from ledger to ledger.
//
// Deliberately absent: network and storage. Bytes come out and go in; who carries them, and when, is
// for the application to say. What sends spans stands in push.

import { type Attributes, wireAttributes } from './attribute.js';
import { type Ledger, openLedger } from './binding.js';
import { attempt, checkList, checkObject, checkText, wrong } from './error.js';
import { spansEnded } from './finished.js';
import { Metrics } from './metrics.js';
import { Observers } from './observer.js';
import { type Keeping, type Sampler, type SamplingRule, type SpanLimits, wireKeeping, wireSampler, wireSpanLimits } from './sampling.js';
import { Watch } from './slo-watch.js';
import { SloTracker } from './slo.js';
import { type ScopeOptions, Tracer, openTracer } from './tracer.js';

/** How a ledger begins. */
export interface TelemetryOptions {
  /** Who writes its deltas: 32 hexadecimal digits, different for every ledger that ever writes to one collector. Random if nothing is said. */
  readonly writer?: string;
  /** Told of what a callback throws, which otherwise only `callbackErrors` shows. */
  readonly onError?: (error: unknown) => void;
  /** How many milliseconds ahead of the clock events of objectives may be; as `limitSkew` has it. Five minutes if nothing is said. */
  readonly skewMaxMs?: number | null;
  /** Who runs: attributes of all spans, `service.name` among them. */
  readonly resource?: Attributes;
  /** Which spans are sampled; `parentBased()` if nothing is said. A rule alone is for all spans. */
  readonly sampler?: Sampler | SamplingRule;
  /** What is kept of sampled spans; all if nothing is said. */
  readonly keeping?: Keeping | null;
  /** How much a span may hold. */
  readonly spanLimits?: SpanLimits;
  /** Counts and times all spans, by these attributes besides name, kind and status; as `measureSpans` has it. */
  readonly measureSpans?: readonly string[];
}

/** What becomes of names that only newer readers take: written as they are, in quotes, or escaped (Prometheus documentation, Escaping schemes). */
export type Escaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** What sums and counts in OTLP cover. */
export interface OtlpOptions {
  /** All since the beginning (if nothing is said), or what happened since the last drain. */
  readonly temporality?: 'cumulative' | 'delta';
}

/** Who is to read StatsD lines: a server that knows no tags, or one that does. */
export type StatsdDialect = 'statsd' | 'dogstatsd';

/** A reason for drops and their number. */
export interface Drops {
  /**
   * The reason: an `Outcome`, or `spans-not-kept`, or `duplicate-delta`. Spans that are not sampled are no drops:
   * `SpanPipeline.counts` has their number, as `unsampled`.
   */
  readonly reason: string;
  /** How many. */
  readonly count: number;
}

const ledgers = new WeakMap<Telemetry, Ledger>();

/** The ledger behind a Telemetry, for the rest of the package. */
export function ledgerOf(telemetry: Telemetry): Ledger {
  const ledger = ledgers.get(telemetry);
  if (ledger === undefined) throw wrong('spans are taken from a Telemetry, and this is none');
  return ledger;
}

/**
 * A telemetry ledger: the same events give the same bytes, here and in every other runtime.
 *
 * ```ts
 * const telemetry = new Telemetry();
 * const calls = telemetry.metrics.counter('tool_calls_total', { labels: ['tool'] });
 * calls.inc({ tool: 'search' });
 * telemetry.prometheus(); // '# TYPE tool_calls_total counter\ntool_calls_total{tool="search"} 1\n'
 * ```
 */
export class Telemetry {
  /** Counters, gauges, histograms and all other families. */
  readonly metrics: Metrics;
  /** Spans. */
  readonly tracer: Tracer;
  /** Objectives with error budgets. */
  readonly slo: SloTracker;

  readonly #ledger: Ledger;
  readonly #observers: Observers;
  readonly #watch: Watch;

  /**
   * An empty ledger.
   *
   * @throws TelemetryError `unsupported` where the WebAssembly is not loaded or the runtime has no
   * random numbers, `invalid-argument` for an option that is none, and as the
   * methods that set one.
   */
  constructor(options: TelemetryOptions = {}) {
    checkObject(options, 'a ledger');
    const { writer, onError, skewMaxMs, resource, sampler, keeping, spanLimits, measureSpans } = options;
    if (onError !== undefined && typeof onError !== 'function') throw wrong('onError must be a function');
    const ledger = openLedger();
    this.#ledger = ledger;
    ledgers.set(this, ledger);
    this.#observers = new Observers(ledger, onError);
    this.metrics = new Metrics(ledger, this.#observers);
    this.tracer = new Tracer(ledger);
    this.#watch = new Watch(ledger, this.#observers);
    this.slo = new SloTracker(ledger, this.#watch);
    if (writer !== undefined) this.configure(writer);
    if (skewMaxMs !== undefined) this.limitSkew(skewMaxMs);
    if (resource !== undefined) this.setResource(resource);
    if (sampler !== undefined) this.setSampler(sampler);
    if (keeping !== undefined) this.setKeeping(keeping);
    if (spanLimits !== undefined) this.limitSpans(spanLimits);
    if (measureSpans !== undefined) this.measureSpans(measureSpans);
  }

  /**
   * Names the writer, before the first drain.
   *
   * @throws TelemetryError `conflict` after it, `invalid-argument` for a writer that is none.
   */
  configure(writer: string): void {
    checkText(writer, 'the writer');
    attempt(() => this.#ledger.configure(writer));
  }

  /**
   * Says how many milliseconds ahead of the clock events of objectives may be; `null` and `Infinity` are no
   * limit. One event of next year would move a window there, and all else out of it. Those further ahead are
   * counted drops (`future-time`), and a delta that holds such is refused.
   *
   * @throws TelemetryError `invalid-argument` for what is no number from 0.
   */
  limitSkew(mostMs: number | null): void {
    if (mostMs !== null && !(typeof mostMs === 'number' && mostMs >= 0)) throw wrong('the skew must be milliseconds from 0, or null for no limit');
    this.#ledger.limitSkew(mostMs);
  }

  /**
   * The tracer of a library or part of a program; a scope that was asked for before has the same.
   *
   * @throws TelemetryError `limit` for one too many or too large.
   */
  getTracer(name = '', options: ScopeOptions = {}): Tracer {
    return openTracer(this.#ledger, name, options);
  }

  /**
   * Says who runs: these attributes on every span that begins from now on.
   *
   * @throws TelemetryError `limit` for too many or too large ones, `invalid-name` for one without a key.
   */
  setResource(attributes: Attributes): void {
    checkObject(attributes, 'a resource');
    attempt(() => this.#ledger.setResource(wireAttributes(this.#ledger, attributes)));
  }

  /**
   * Says which spans are sampled, from now on. Objectives and metrics see the others, too.
   *
   * @throws TelemetryError `invalid-argument` for a rule that is none, a share above 1 or a limit of no time.
   */
  setSampler(sampler: Sampler | SamplingRule): void {
    attempt(() => this.#ledger.setSampler(wireSampler(sampler)));
  }

  /**
   * Says what is kept of sampled spans, from now on; `null` is all. What failed or was slow is kept in any case.
   *
   * @throws TelemetryError `invalid-argument` for a share above 1.
   */
  setKeeping(keeping: Keeping | null): void {
    attempt(() => this.#ledger.setKeeping(wireKeeping(keeping)));
  }

  /**
   * Says how much a span may hold, from now on.
   *
   * @throws TelemetryError `invalid-argument` for what is no number from 0.
   */
  limitSpans(limits: SpanLimits): void {
    attempt(() => this.#ledger.limitSpans(wireSpanLimits(limits)));
  }

  /**
   * Counts and times every span that ends from now on, sampled or not: `traces.span.metrics.calls` and
   * `traces.span.metrics.duration`, by name, kind, status and these attributes of the span or its resource.
   *
   * @throws TelemetryError `invalid-name` and `limit` for dimensions that cannot be labels, `conflict` where there
   * are such families with other labels.
   */
  measureSpans(dimensions: readonly string[] = []): void {
    checkList(dimensions, 'the dimensions of spans');
    dimensions.forEach((dimension) => checkText(dimension, 'a dimension of spans'));
    attempt(() => this.#ledger.measureSpans([...dimensions]));
  }

  /**
   * The delta of all that happened since the last drain, numbered; nothing if nothing did. What is
   * drained stays in the accounts, but finished spans move out with the delta.
   *
   * The callbacks run before, but not directly after a delta export (`statsd`, `otlpMetrics` and
   * `otlpMetricsJson` of temporality `delta`): what they would add was not in the export, and comes in
   * the next one. What is recorded in between, or reported because something else was asked, is drained
   * and in no delta export.
   */
  drain(): Uint8Array | undefined {
    if (!this.#observers.drains()) this.#current();
    return this.#ledger.drain();
  }

  /**
   * Takes in another ledger's delta: in any order, as often as it comes.
   *
   * @throws TelemetryError `malformed`, `newer-version` or `limit`, and `invalid-argument` for one that holds
   * events of objectives from further ahead than clocks may differ; then nothing changed, and the delta may
   * come again.
   */
  absorb(delta: Uint8Array): 'merged' | 'duplicate' {
    // By its tag and not by instanceof: bytes of another frame or worker are bytes too.
    const isBytes = ArrayBuffer.isView(delta) && Object.prototype.toString.call(delta) === '[object Uint8Array]';
    if (!isBytes) throw wrong('absorb takes a Uint8Array');
    const isNew = attempt(() => this.#ledger.absorb(delta));
    spansEnded(this.#ledger);
    return isNew ? 'merged' : 'duplicate';
  }

  /** The canonical content as deterministic CBOR (RFC 8949, section 4.2). */
  snapshot(): Uint8Array {
    return this.#current().snapshot();
  }

  /** The SHA-256 of the snapshot: 64 hexadecimal digits. */
  digest(): string {
    return this.#current().digest();
  }

  /** The accounts in Prometheus' text exposition format 0.0.4. */
  prometheus(escaping: Escaping = 'underscores'): string {
    return this.#exported(escaping, (ledger) => ledger.prometheus(escaping));
  }

  /** The accounts as OpenMetrics 1.0 text. */
  openmetrics(escaping: Escaping = 'underscores'): string {
    return this.#exported(escaping, (ledger) => ledger.openmetrics(escaping));
  }

  /** The accounts as Prometheus protobuf: messages of `io.prometheus.client.MetricFamily`, each after its length. Exponential histograms are native ones. */
  prometheusProtobuf(escaping: Escaping = 'underscores'): Uint8Array {
    return this.#exported(escaping, (ledger) => ledger.prometheusProtobuf(escaping));
  }

  /** The metrics as an OTLP `ExportMetricsServiceRequest`, in protobuf. Who drains directly after a delta one sends each once. */
  otlpMetrics(options: OtlpOptions = {}): Uint8Array {
    checkObject(options, 'an export');
    const { temporality = 'cumulative' } = options;
    return this.#exported(temporality, (ledger) => ledger.otlpMetrics(temporality), temporality === 'delta');
  }

  /** The same in JSON. */
  otlpMetricsJson(options: OtlpOptions = {}): string {
    checkObject(options, 'an export');
    const { temporality = 'cumulative' } = options;
    return this.#exported(temporality, (ledger) => ledger.otlpMetricsJson(temporality), temporality === 'delta');
  }

  /** The spans that ended since the last drain as an OTLP `ExportTraceServiceRequest`, in protobuf. Who drains directly after it sends each once. */
  otlpTraces(): Uint8Array {
    return this.#exported('', (ledger) => ledger.otlpTraces(), true);
  }

  /** The same in JSON. */
  otlpTracesJson(): string {
    return this.#exported('', (ledger) => ledger.otlpTracesJson(), true);
  }

  /** What happened since the last drain, as StatsD lines; who drains directly after it sends each once. */
  statsd(dialect: StatsdDialect): string {
    return this.#exported(dialect, (ledger) => ledger.statsd(dialect), true);
  }

  /** What the last callbacks that failed have thrown, at most 16. */
  get callbackErrors(): readonly unknown[] {
    return this.#observers.errors;
  }

  /** What was dropped so far, by reason, in the order of the reasons' names. */
  dropped(): Drops[] {
    return this.#ledger.dropped() as Drops[];
  }

  /** Ends every open span with status error and this description, at the latest time that the ledger has seen. Gives their number. */
  abandon(reason: string): number {
    checkText(reason, 'the reason');
    const count = this.#ledger.abandon(reason);
    spansEnded(this.#ledger);
    return count;
  }

  /** The ledger, once the callbacks have said what there is to say, and were told what there is to tell. */
  #current(): Ledger {
    const isWithin = this.#observers.isCollecting; // a callback that asks gets the accounts as they stand
    this.#observers.collect();
    if (!isWithin) this.#watch.look();
    return this.#ledger;
  }

  #exported<T>(choice: unknown, write: (ledger: Ledger) => T, isDelta = false): T {
    checkText(choice, "an export's choice");
    const written = attempt(() => write(this.#current()));
    if (isDelta) this.#observers.exported();
    return written;
  }
}
