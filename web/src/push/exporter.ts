// What an exporter is: what it is given, and how it says what became of that.
//
// Source: OpenTelemetry Trace SDK, section Span exporter. Deliberately absent: when it is asked, and how often; that is
// the pipeline's.

/** Spans that are to be sent together. It is there to be read until its export has ended. */
export interface SpanBatch {
  /** How many there are; never none. */
  readonly size: number;
  /** They as an OTLP `ExportTraceServiceRequest`, in protobuf. */
  otlpTraces(): Uint8Array;
  /** The same in JSON. */
  otlpTracesJson(): string;
}

/** Sends spans somewhere. */
export interface SpanExporter {
  /**
   * Sends a batch, and is done once it arrived. Where it did not, or not all of it, this throws, or its promise fails,
   * with an `ExportError`; after any other error the batch is tried again. When the signal aborts the time is over, and
   * what is still under way counts as not arrived.
   */
  export(batch: SpanBatch, signal: AbortSignal): Promise<void> | void;
  /** Nothing comes any more. */
  shutdown?(): Promise<void> | void;
}

/** What becomes of a batch that did not arrive, or not all of it. */
export type Delivery =
  /** It may arrive if it is tried again: after so long, where the receiver says so. */
  | { readonly outcome: 'retry'; readonly afterMs?: number | undefined }
  /** So many of its spans were refused for good; the others arrived. */
  | { readonly outcome: 'rejected'; readonly count: number };

/** Why a batch did not arrive, or not all of it. */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  constructor(
    message: string,
    /** What becomes of the batch. */
    readonly delivery: Delivery,
  ) {
    super(message);
  }
}
