// Who is told that spans of a ledger have ended: the pipeline that takes them, where there is one.
//
// So a ledger at rest needs no timer that looks for spans. Deliberately absent: the spans; whoever is told asks the
// ledger for them.

import type { Ledger } from './binding.js';
import { TelemetryError } from './error.js';

const watchers = new WeakMap<Ledger, () => void>();
let isAnyWatched = false; // so that a program without a pipeline pays next to nothing for each span

/**
 * Has a function called whenever spans may have ended. It must not throw. Gives what ends that.
 *
 * @throws TelemetryError `conflict` where another is: spans are handed over once.
 */
export function watchSpans(ledger: Ledger, ended: () => void): () => void {
  if (watchers.has(ledger)) {
    throw new TelemetryError('conflict', 'conflict: this ledger has a span pipeline already; shut it down first, or give it an exporter that sends to both places');
  }
  watchers.set(ledger, ended);
  isAnyWatched = true;
  return () => void watchers.delete(ledger);
}

/** Says that spans may have ended. */
export function spansEnded(ledger: Ledger): void {
  if (isAnyWatched) watchers.get(ledger)?.();
}
