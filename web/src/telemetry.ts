// The ledger as a user of the package has it: three recorders, and what goes from ledger to ledger.
//
// Deliberately absent: network and storage. Bytes come out and go in; who carries them, and when, is
// for the application to say.

import { type Ledger, openLedger } from './binding.js';
import { attempt, checkText, wrong } from './error.js';
import { Metrics } from './metrics.js';
import { SloTracker } from './slo.js';
import { Tracer } from './tracer.js';

/** How a ledger begins. */
export interface TelemetryOptions {
  /** Who writes its deltas: 32 hexadecimal digits, different for every ledger that ever writes to one collector. Random if nothing is said. */
  readonly writer?: string;
}

/** A reason for drops and their number. */
export interface Drops {
  /** The reason: an `Outcome`, or `spans-not-kept`, or `duplicate-delta`. */
  readonly reason: string;
  /** How many. */
  readonly count: number;
}

/**
 * A telemetry ledger: the same events give the same bytes, here and in every other runtime.
 *
 * ```ts
 * const telemetry = new Telemetry();
 * const calls = telemetry.metrics.counter({ name: 'tool_calls_total', labels: ['tool'] });
 * calls.with({ tool: 'search' }).inc();
 * telemetry.prometheus(); // '# TYPE tool_calls_total counter\ntool_calls_total{tool="search"} 1\n'
 * ```
 */
export class Telemetry {
  /** Counters, gauges and histograms. */
  readonly metrics: Metrics;
  /** Spans. */
  readonly tracer: Tracer;
  /** Objectives with error budgets. */
  readonly slo: SloTracker;

  readonly #ledger: Ledger;

  /**
   * An empty ledger.
   *
   * @throws TelemetryError `unsupported` where the WebAssembly is not loaded or the runtime has no
   * random numbers, `invalid-argument` for a writer that is none.
   */
  constructor(options: TelemetryOptions = {}) {
    const ledger = openLedger();
    this.#ledger = ledger;
    this.metrics = new Metrics(ledger);
    this.tracer = new Tracer(ledger);
    this.slo = new SloTracker(ledger);
    if (options.writer !== undefined) this.configure(options.writer);
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
   * The delta of all that happened since the last drain, numbered; nothing if nothing did. What is
   * drained stays in the accounts, but finished spans move out with the delta.
   */
  drain(): Uint8Array | undefined {
    return this.#ledger.drain();
  }

  /**
   * Takes in another ledger's delta: in any order, as often as it comes.
   *
   * @throws TelemetryError `malformed`, `newer-version` or `limit`; then nothing changed, and the
   * delta may come again.
   */
  absorb(delta: Uint8Array): 'merged' | 'duplicate' {
    // By its tag and not by instanceof: bytes of another frame or worker are bytes too.
    const isBytes = ArrayBuffer.isView(delta) && Object.prototype.toString.call(delta) === '[object Uint8Array]';
    if (!isBytes) throw wrong('absorb takes a Uint8Array');
    return attempt(() => this.#ledger.absorb(delta)) ? 'merged' : 'duplicate';
  }

  /** The canonical content as deterministic CBOR (RFC 8949, section 4.2). */
  snapshot(): Uint8Array {
    return this.#ledger.snapshot();
  }

  /** The SHA-256 of the snapshot: 64 hexadecimal digits. */
  digest(): string {
    return this.#ledger.digest();
  }

  /** The accounts in Prometheus' text exposition format 0.0.4. */
  prometheus(): string {
    return this.#ledger.prometheus();
  }

  /** The accounts as OpenMetrics 1.0 text. */
  openmetrics(): string {
    return this.#ledger.openmetrics();
  }

  /** What was dropped so far, by reason, in the order of the reasons' names. */
  dropped(): Drops[] {
    return this.#ledger.dropped() as Drops[];
  }

  /** Ends every open span with status error and this description, at the latest time that the ledger has seen. Gives their number. */
  abandon(reason: string): number {
    checkText(reason, 'the reason');
    return this.#ledger.abandon(reason);
  }
}
