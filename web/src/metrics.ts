// Metrics: where families are declared.
//
// Deliberately absent: what families and series can do; see family, state and series.

import type { Ledger } from './binding.js';
import { Moments, elapsed } from './clock.js';
import { checkList, checkObject } from './error.js';
import { Counter, type FamilyOptions, Gauge, Histogram, Info, Summary, UpDownCounter } from './family.js';
import type { Home, Observers } from './observer.js';
import { StateSet, type StateSetOptions } from './state.js';

/** What a histogram is. */
export interface HistogramOptions<L extends readonly string[]> extends FamilyOptions<L> {
  /** Upper bounds, finite and rising; the bucket to infinity is implied. `DEFAULT_BOUNDS` if nothing is said. */
  readonly bounds?: readonly number[];
}

/** What an exponential histogram is; what is not said is as in OpenTelemetry's SDK. */
export interface ExponentialHistogramOptions<L extends readonly string[]> extends FamilyOptions<L> {
  /** The largest number of buckets that a sign may have, 2 to 1024; 160. */
  readonly maxSize?: number;
  /** The finest scale, -10 to 20; 20. */
  readonly maxScale?: number;
  /** What is at most so far from zero counts as zero; 0. */
  readonly zeroThreshold?: number;
}

/** What a summary is. */
export interface SummaryOptions<L extends readonly string[]> extends FamilyOptions<L> {
  /** The quantiles to export, each in 0 to 1, rising; 0.5, 0.9 and 0.99. */
  readonly quantiles?: readonly number[];
  /** Significant decimal digits kept, 1 to 5; 3. */
  readonly digits?: number;
}

/**
 * Declares families, or finds them again.
 *
 * Each method throws a TelemetryError: `conflict` where the name is taken by another kind, unit or label
 * set, otherwise by whose rule the options break.
 */
export class Metrics {
  readonly #home: Home;

  constructor(ledger: Ledger, observers: Observers) {
    this.#home = { ledger, observers, moments: new Moments() };
  }

  /** A family of sums that never fall; the name with or without the ending `_total`. */
  counter<const L extends readonly string[] = []>(name: string, options: FamilyOptions<L> = {}): Counter<L> {
    return new Counter<L>(this.#home, name, options, 'counter');
  }

  /** A family of sums that may fall. */
  upDownCounter<const L extends readonly string[] = []>(name: string, options: FamilyOptions<L> = {}): UpDownCounter<L> {
    return new UpDownCounter<L>(this.#home, name, options, 'up-down-counter');
  }

  /** A family of last values. */
  gauge<const L extends readonly string[] = []>(name: string, options: FamilyOptions<L> = {}): Gauge<L> {
    return new Gauge<L>(this.#home, name, options, 'gauge');
  }

  /** A family of counts in fixed buckets. */
  histogram<const L extends readonly string[] = []>(name: string, options: HistogramOptions<L> = {}): Histogram<L> {
    checkObject(options, 'a histogram');
    const { bounds } = options;
    if (bounds !== undefined) checkList(bounds, 'the bounds of a histogram');
    return new Histogram<L>(this.#home, name, options, { histogram: { bounds } });
  }

  /** A family of counts in buckets whose width follows the values. */
  exponentialHistogram<const L extends readonly string[] = []>(name: string, options: ExponentialHistogramOptions<L> = {}): Histogram<L> {
    checkObject(options, 'an exponential histogram');
    const { maxSize, maxScale, zeroThreshold } = options;
    return new Histogram<L>(this.#home, name, options, { 'exponential-histogram': { maxSize, maxScale, zeroThreshold } });
  }

  /** A family of quantiles: exact up to 64 values, beyond within the significant digits. */
  summary<const L extends readonly string[] = []>(name: string, options: SummaryOptions<L> = {}): Summary<L> {
    checkObject(options, 'a summary');
    const { quantiles, digits } = options;
    if (quantiles !== undefined) checkList(quantiles, 'the quantiles of a summary');
    return new Summary<L>(this.#home, name, options, { summary: { quantiles, digits } });
  }

  /** A family of facts, each with the value 1; the name with or without the ending `_info`. */
  info<const L extends readonly string[] = []>(name: string, options: FamilyOptions<L> = {}): Info<L> {
    return new Info<L>(this.#home, name, options, 'info');
  }

  /** A family of states, of which one holds. */
  stateSet<const T extends string, const L extends readonly string[] = []>(name: string, options: StateSetOptions<L, T>): StateSet<L, T> {
    return new StateSet<L, T>(this.#home, name, options);
  }

  /** A clock that never falls: milliseconds since a moment that stays the same. It is no time of day. */
  elapsed(): number {
    return elapsed();
  }
}
