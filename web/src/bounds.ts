// Upper bounds for histograms: the defaults of the field, and two ways to make others.
//
// Deliberately absent: bounds that follow the data; an exponential histogram has those.

import { TelemetryError, wrong } from './error.js';

/** The most bounds that a histogram may have. */
const BOUNDS_MAX = 256;

/** The default bounds of Prometheus' client libraries, for seconds; those of a histogram that says none. */
export const DEFAULT_BOUNDS: readonly number[] = Object.freeze([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);

/** The default bounds of OpenTelemetry (Metrics SDK, section Explicit Bucket Histogram Aggregation), for milliseconds. */
export const OTEL_BOUNDS: readonly number[] = Object.freeze([0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000]);

/**
 * So many bounds, the first at `start`, each `width` above the one before.
 *
 * @throws TelemetryError `invalid-argument` where they would not be finite and rising, `limit` for more than 256.
 */
export function linearBounds(start: number, width: number, count: number): number[] {
  return made(count, (place) => start + width * place);
}

/**
 * So many bounds, the first at `start`, each `factor` times the one before.
 *
 * @throws TelemetryError as `linearBounds`.
 */
export function exponentialBounds(start: number, factor: number, count: number): number[] {
  return made(count, (place, before) => (place === 0 ? start : before * factor));
}

function made(count: number, bound: (place: number, before: number) => number): number[] {
  if (!Number.isInteger(count) || count < 0) throw wrong('the number of bounds must be a whole number from 0');
  if (count > BOUNDS_MAX) throw new TelemetryError('limit', `limit: ${count} bounds; a histogram has at most ${BOUNDS_MAX}`);
  const bounds: number[] = [];
  for (let place = 0; place < count; place += 1) bounds.push(bound(place, bounds[place - 1] ?? 0));
  const isRising = bounds.every((value, place) => Number.isFinite(value) && !(place > 0 && value <= (bounds[place - 1] ?? value)));
  if (!isRising) throw wrong(`${count} bounds of that start and step are not finite and rising`);
  return bounds;
}
