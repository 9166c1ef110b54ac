// The pipeline: from a ledger through batches to an exporter.
//
// Which batch is due, how often one is tried and what is lost is the ledger's to say (`BatchProcessor`); what it has
// no room for waits in the ledger, under the ledger's own limit. Here are its clock and its timers: one is set while
// spans wait, and none at rest. Deliberately absent: what is done with a batch, and a hook on the end of a program or a
// page, which nobody but its owner knows.

import { type Batches, type Ledger, openBatches } from '../binding.js';
import { elapsed } from '../clock.js';
import { checkObject, wrong } from '../error.js';
import { watchSpans } from '../finished.js';
import { type Telemetry, ledgerOf } from '../telemetry.js';
import { type Duration, lengthMs } from '../time.js';
import { message } from '../tracer.js';
import { ExportError, type SpanBatch, type SpanExporter } from './exporter.js';
import { Deadline, later } from './timers.js';

/** How spans are batched. */
export interface PipelineOptions {
  /** How many spans wait at once, with those under way; 2,048 if nothing is said. What is more waits in the ledger. */
  readonly maxQueueSize?: number;
  /** How many spans are in a full batch; 512 if nothing is said, and at most as many as wait at once. */
  readonly maxExportBatchSize?: number;
  /** How long a span waits for its batch to fill; 5 s if nothing is said. */
  readonly scheduleDelay?: Duration;
  /** How long an attempt may take; 30 s if nothing is said, `Infinity` for no limit. */
  readonly exportTimeout?: Duration;
  /** How often a batch is tried in all before it is lost; 5 times if nothing is said. */
  readonly maxAttempts?: number;
  /** The pause before the second attempt, which doubles with each further one, up to a minute; 1 s if nothing is said. */
  readonly firstPause?: Duration;
  /** Told why an attempt failed. */
  readonly onError?: (error: unknown) => void;
}

/** What became of a ledger's spans: recorded = exported + pending + dropped, at every moment. */
export interface SpanCounts {
  /** Sampled spans that ended. */
  readonly recorded: number;
  /** Those that arrived, or that left with a drain. */
  readonly exported: number;
  /** Those that wait, in the ledger or in the pipeline, with those under way. */
  readonly pending: number;
  /** Those that were lost: refused, tried too often, or more than the ledger holds. */
  readonly dropped: number;
  /** Spans beside them that were not sampled. */
  readonly unsampled: number;
}

/** How long a flush and the end of a pipeline may take if nothing is said. */
const FLUSH_MS = 30_000;

/** Takes finished spans from a ledger and has an exporter send them, in batches. */
export class SpanPipeline {
  readonly #ledger: Ledger;
  readonly #batches: Batches;
  readonly #exporter: SpanExporter;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #unwatch: () => void;
  #callOff: (() => void) | undefined; // of the timer, while one is set
  #isSoon = false; // whether that is to go off at once
  #ended = 0; // spans since the ledger was last asked
  #enough = 1; // as many make a batch full
  #sending: Promise<void> | undefined;
  #attempt: AbortController | undefined;
  #ending: Promise<void> | undefined;
  #trouble: unknown;

  /**
   * A pipeline, at work from now on until `shutdown`.
   *
   * @throws TelemetryError `conflict` where the ledger has one, `invalid-argument` for an option that is none.
   */
  constructor(telemetry: Telemetry, exporter: SpanExporter, options: PipelineOptions = {}) {
    checkObject(options, 'a pipeline');
    const { onError, maxQueueSize, maxExportBatchSize, scheduleDelay, exportTimeout, maxAttempts, firstPause } = options;
    if (typeof exporter?.export !== 'function') throw wrong('a pipeline takes an exporter, which is an object with a function export');
    if (onError !== undefined && typeof onError !== 'function') throw wrong('onError must be a function');
    this.#exporter = exporter;
    this.#onError = onError;
    this.#ledger = ledgerOf(telemetry);
    this.#batches = openBatches([
      whole(maxQueueSize, 'maxQueueSize'),
      whole(maxExportBatchSize, 'maxExportBatchSize'),
      lengthMs(scheduleDelay, 'scheduleDelay'),
      lengthMs(exportTimeout, 'exportTimeout'),
      whole(maxAttempts, 'maxAttempts'),
      lengthMs(firstPause, 'firstPause'),
    ]);
    this.#unwatch = watchSpans(this.#ledger, () => this.#noticed());
    this.#noticed(); // what ended before
  }

  /** Why the last attempt failed; nothing where it did not. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** What became of the ledger's spans. */
  counts(): SpanCounts {
    const [recorded = 0, taken = 0, kept = 0, dropped = 0, unsampled = 0] = this.#ledger.spanCounts();
    const here = this.#batches.pending;
    return { recorded, exported: taken - here, pending: kept + here, dropped, unsampled };
  }

  /**
   * Sends all that there is, or as much as there is time for: 30 s if nothing is said. The first request is under
   * way when this returns. For the end of a request in an edge function, and when a page is hidden.
   *
   * @throws ExportError where spans still wait when the time is over.
   */
  async forceFlush(timeout: Duration = FLUSH_MS): Promise<void> {
    const ms = lengthMs(timeout, 'the time for a flush') ?? FLUSH_MS;
    const deadline = new Deadline(ms);
    try {
      for (this.#pull(); this.#batches.pending > 0; this.#pull()) {
        if (deadline.isOver) throw this.#late(ms);
        this.#batches.flush();
        await Promise.race([this.#send(), deadline.over]);
        const wait = deadline.isOver ? undefined : this.#batches.wait(elapsed());
        if (wait !== undefined && wait > 0) await deadline.pause(wait);
      }
    } finally {
      deadline.callOff();
    }
  }

  /**
   * The same, and then takes no more: what still waits is lost, and counts as dropped. Once; a second call waits for
   * the first.
   *
   * @throws ExportError where there is such.
   */
  shutdown(timeout: Duration = FLUSH_MS): Promise<void> {
    return (this.#ending ??= this.#end(timeout));
  }

  async #end(timeout: Duration): Promise<void> {
    try {
      await this.forceFlush(timeout);
    } finally {
      this.#unwatch();
      this.#batches.shut(this.#ledger);
      this.#callOff?.();
      this.#attempt?.abort(new ExportError('the pipeline was shut down', { outcome: 'retry' }));
      try {
        await this.#exporter.shutdown?.();
      } catch (failure) {
        this.#tell(failure);
      }
    }
  }

  /** Spans may have ended. */
  #noticed(): void {
    this.#ended += 1;
    if (this.#sending !== undefined) return; // it will ask the ledger again
    if (this.#callOff === undefined || (this.#ended >= this.#enough && !this.#isSoon)) this.#plan(0);
  }

  /** Takes from the ledger what there is room for. */
  #pull(): void {
    this.#ended = 0;
    this.#batches.fill(this.#ledger, elapsed());
    const missing = this.#batches.batchSize - this.#batches.pending;
    this.#enough = missing > 0 ? missing : Infinity; // a full batch waits for something else
  }

  /** Sends at a later time. */
  #plan(ms: number): void {
    this.#callOff?.();
    this.#isSoon = ms === 0;
    try {
      this.#callOff = later(ms, () => {
        this.#callOff = undefined;
        void this.#send();
      });
    } catch {
      this.#callOff = undefined; // no timers here and now, as outside of requests in edge functions; the next span tries again
    }
  }

  /** Sends what is due. While that is done, another call waits for it. */
  #send(): Promise<void> {
    return (this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      const wait = this.#ended > 0 ? 0 : this.#batches.wait(elapsed()); // some may have ended since the ledger was asked
      if (wait !== undefined) this.#plan(wait);
    }));
  }

  async #sendAll(): Promise<void> {
    this.#pull();
    for (let size = this.#batches.due(elapsed()); size > 0; size = this.#batches.due(elapsed())) {
      await this.#try(size);
      this.#pull();
    }
  }

  /** Has the exporter send what is under way, and says what became of it. */
  async #try(size: number): Promise<void> {
    const [ledger, batches] = [this.#ledger, this.#batches];
    const attempt = (this.#attempt = new AbortController());
    const ms = batches.exportTimeout;
    const late = (): void => attempt.abort(new ExportError(`the exporter was not done within ${ms} ms`, { outcome: 'retry' }));
    let callOff: () => void = () => {};
    try {
      callOff = later(ms, late);
      await within(this.#exporter, underWay(batches, size, attempt.signal), attempt.signal);
      batches.delivered(ledger, elapsed(), 0);
      this.#trouble = undefined;
    } catch (failure) {
      const delivery = failure instanceof ExportError ? failure.delivery : undefined;
      if (delivery?.outcome === 'rejected') batches.delivered(ledger, elapsed(), delivery.count);
      else batches.retry(ledger, elapsed(), delivery?.afterMs);
      this.#trouble = failure;
      this.#tell(failure);
    } finally {
      callOff();
      this.#attempt = undefined;
      attempt.abort(); // the batch is no longer there to be read
    }
  }

  #tell(failure: unknown): void {
    try {
      this.#onError?.(failure);
    } catch {
      // Whoever is told of trouble may make none.
    }
  }

  #late(ms: number): ExportError {
    const why = this.#trouble === undefined ? '' : `; last: ${message(this.#trouble)}`;
    return new ExportError(`${this.#batches.pending} spans still wait after ${ms} ms${why}`, { outcome: 'retry' });
  }
}

/** The batch that is under way, as an exporter sees it until the signal aborts. */
function underWay(batches: Batches, size: number, signal: AbortSignal): SpanBatch {
  const read = <T>(form: () => T): T => {
    if (signal.aborted) throw wrong('the export of this batch has ended; read it before');
    return form();
  };
  return { size, otlpTraces: () => read(() => batches.otlpTraces()), otlpTracesJson: () => read(() => batches.otlpTracesJson()) };
}

/** Waits for an exporter, but no longer than its signal says, whether it keeps to that or not. */
function within(exporter: SpanExporter, batch: SpanBatch, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    Promise.resolve(exporter.export(batch, signal)).then(resolve, reject);
  });
}

function whole(count: number | undefined, what: string): number | undefined {
  const isCount = count === undefined || (Number.isInteger(count) && count >= 0 && count < 2 ** 32);
  if (!isCount) throw wrong(`${what} must be a whole number from 0`);
  return count;
}
