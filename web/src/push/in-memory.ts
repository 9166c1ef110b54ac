// Spans in memory, for tests of what is recorded.
//
// Deliberately absent: a limit; whoever tests knows how many there are, and resets.

import type { SpanBatch, SpanExporter } from './exporter.js';
import { type FinishedSpan, finishedSpans } from './finished-span.js';

/** Keeps spans in memory. */
export class InMemoryExporter implements SpanExporter {
  #spans: FinishedSpan[] = [];

  /** What came so far; within a batch by resource and scope. */
  spans(): FinishedSpan[] {
    return [...this.#spans];
  }

  /** Forgets it. */
  reset(): void {
    this.#spans = [];
  }

  /** Keeps a batch. */
  export(batch: SpanBatch): void {
    for (const span of finishedSpans(batch)) this.#spans.push(span);
  }
}
