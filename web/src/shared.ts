// The ledger that all code of a program may share, made when it is first asked for.
//
// Deliberately absent: a way to replace it. Who wants a ledger of their own makes a Telemetry.

import type { Metrics } from './metrics.js';
import type { SloTracker } from './slo.js';
import type { Span } from './span.js';
import { Telemetry } from './telemetry.js';
import type { ScopeOptions, Tracer } from './tracer.js';

let shared: Telemetry | undefined;

/**
 * The shared ledger.
 *
 * @throws TelemetryError `unsupported` where the WebAssembly is not loaded or the runtime has no random numbers.
 */
export function getTelemetry(): Telemetry {
  return (shared ??= new Telemetry());
}

/** The metrics of the shared ledger. Throws as `getTelemetry`. */
export function getMetrics(): Metrics {
  return getTelemetry().metrics;
}

/** The spans of the shared ledger, as of a library or part of a program. Throws as `getTelemetry` and its `getTracer`. */
export function getTracer(name?: string, options?: ScopeOptions): Tracer {
  return name === undefined && options === undefined ? getTelemetry().tracer : getTelemetry().getTracer(name, options);
}

/** The span of the shared ledger that code runs in, or one that is not recorded. Throws as `getTelemetry`. */
export function getCurrentSpan(): Span {
  return getTelemetry().tracer.current();
}

/** The objectives of the shared ledger. Throws as `getTelemetry`. */
export function getSloTracker(): SloTracker {
  return getTelemetry().slo;
}
