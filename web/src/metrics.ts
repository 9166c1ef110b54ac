// Metrics: families of counters, gauges and histograms, and their series.
//
// A family is declared once; `with(labels)` finds a series, and recording by it passes numbers only.
// `family.inc(labels)` and its like find it each time and never throw: labels that cannot be are a
// counted drop there. Deliberately absent: sums and buckets, which are the ledger's.

import type { Ledger } from './binding.js';
import { TelemetryError, attempt, checkList, checkObject, checkText } from './error.js';
import { type Labels, type LabelsArgument, SeriesCache, checkLabels, labelValues } from './label.js';
import { type Outcome, numeric, outcome } from './outcome.js';
import { type Time, millis, nanos } from './time.js';

/** What a family is. Two families of one name must be alike in all but `help`. */
export interface FamilyOptions<L extends readonly string[]> {
  /** The name; a counter's with or without the ending `_total`. */
  readonly name: string;
  /** What it means, for people. */
  readonly help?: string;
  /** The unit (`seconds`, `bytes`), or nothing. */
  readonly unit?: string;
  /** The names of its labels. */
  readonly labels?: L;
}

/** What a histogram is. */
export interface HistogramOptions<L extends readonly string[]> extends FamilyOptions<L> {
  /** Upper bounds, finite and rising; the bucket to infinity is implied. */
  readonly bounds: readonly number[];
}

type Instrument = 'counter' | 'up-down-counter' | 'gauge' | { readonly histogram: readonly number[] };

/** One series of a counter. */
export class CounterSeries {
  constructor(
    private readonly ledger: Ledger,
    private readonly id: number,
  ) {}

  /** Adds to it. `at` widens the span of time that the series is known to cover. */
  add(value: number, at?: Time): Outcome {
    return outcome(this.ledger.add(this.id, numeric(value), millis(at), nanos(at)));
  }

  /** Adds one, or so much. */
  inc(value = 1, at?: Time): Outcome {
    return this.add(value, at);
  }
}

/** One series of an up-down-counter. */
export class UpDownCounterSeries extends CounterSeries {
  /** Takes one away, or so much. */
  dec(value = 1, at?: Time): Outcome {
    return this.add(-numeric(value), at);
  }
}

/** One series of a gauge. */
export class GaugeSeries {
  constructor(
    private readonly ledger: Ledger,
    private readonly id: number,
  ) {}

  /** Sets it. The latest `at` wins, whatever order writes arrive in; none is now. NaN is a value too. */
  set(value: number, at?: Time): Outcome {
    if (typeof value !== 'number') return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.set(this.id, value, millis(at), nanos(at)));
  }
}

/** One series of a histogram. */
export class HistogramSeries {
  constructor(
    private readonly ledger: Ledger,
    private readonly id: number,
  ) {}

  /** Records a value. `at` widens the span of time that the series is known to cover. */
  observe(value: number, at?: Time): Outcome {
    return outcome(this.ledger.observe(this.id, numeric(value), millis(at), nanos(at)));
  }
}

/** A declared family. */
abstract class Family<L extends readonly string[], S extends object> {
  /** Its name, as it was declared. */
  readonly name: string;

  readonly #ledger: Ledger;
  readonly #id: number;
  readonly #labels: readonly string[];
  readonly #cache: SeriesCache<S>;

  constructor(ledger: Ledger, options: FamilyOptions<L>, instrument: Instrument) {
    checkObject(options, 'a family');
    const { name, help = '', unit = '', labels = [] } = options;
    checkText(name, "a family's name");
    checkList(labels, `the labels of '${name}'`);
    this.#id = attempt(() => ledger.declare({ name, help, unit, labels, instrument }));
    this.name = name;
    this.#ledger = ledger;
    this.#labels = [...labels];
    this.#cache = new SeriesCache(this.#labels);
  }

  /**
   * The series with these labels, to be kept by those who record often. A series that is found and
   * never recorded stands in the accounts as zero.
   *
   * @throws TelemetryError `invalid-argument` for other labels than the family's, `limit` for a
   * value that is too long or a series too many.
   */
  with(...[labels]: LabelsArgument<L>): S {
    return this.find(labels ?? {});
  }

  /** The series with these labels. */
  protected find(labels: unknown): S {
    checkLabels(this.name, this.#labels, labels);
    const found = this.#cache.get(labels);
    if (found !== undefined) return found;
    const values = labelValues(this.name, this.#labels, labels);
    const series = this.wrap(
      this.#ledger,
      attempt(() => this.#ledger.resolve(this.#id, values)),
    );
    this.#cache.set(values, series);
    return series;
  }

  /** Records into the series with these labels; where there can be none, that is a counted drop. */
  protected record(labels: Labels<L>, write: (series: S) => Outcome): Outcome {
    let series;
    try {
      series = this.find(labels);
    } catch (refused) {
      const isLimit = refused instanceof TelemetryError && refused.code === 'limit';
      return outcome(this.#ledger.refuse(isLimit ? 'over-limit' : 'invalid-value'));
    }
    return write(series);
  }

  protected abstract wrap(ledger: Ledger, id: number): S;
}

/** A family of sums that never fall. */
export class Counter<L extends readonly string[] = readonly string[]> extends Family<L, CounterSeries> {
  /** Adds to the series with these labels. */
  add(labels: Labels<L>, value: number, at?: Time): Outcome {
    return this.record(labels, (series) => series.add(value, at));
  }

  /** Adds one, or so much, to the series with these labels. */
  inc(labels: Labels<L>, value = 1, at?: Time): Outcome {
    return this.add(labels, value, at);
  }

  protected override wrap(ledger: Ledger, id: number): CounterSeries {
    return new CounterSeries(ledger, id);
  }
}

/** A family of sums that may fall. */
export class UpDownCounter<L extends readonly string[] = readonly string[]> extends Family<L, UpDownCounterSeries> {
  /** Adds to the series with these labels. */
  add(labels: Labels<L>, value: number, at?: Time): Outcome {
    return this.record(labels, (series) => series.add(value, at));
  }

  protected override wrap(ledger: Ledger, id: number): UpDownCounterSeries {
    return new UpDownCounterSeries(ledger, id);
  }
}

/** A family of last values, by event time. */
export class Gauge<L extends readonly string[] = readonly string[]> extends Family<L, GaugeSeries> {
  /** Sets the series with these labels. */
  set(labels: Labels<L>, value: number, at?: Time): Outcome {
    return this.record(labels, (series) => series.set(value, at));
  }

  protected override wrap(ledger: Ledger, id: number): GaugeSeries {
    return new GaugeSeries(ledger, id);
  }
}

/** A family of counts in fixed buckets. */
export class Histogram<L extends readonly string[] = readonly string[]> extends Family<L, HistogramSeries> {
  /** Records a value into the series with these labels. */
  observe(labels: Labels<L>, value: number, at?: Time): Outcome {
    return this.record(labels, (series) => series.observe(value, at));
  }

  protected override wrap(ledger: Ledger, id: number): HistogramSeries {
    return new HistogramSeries(ledger, id);
  }
}

/** Declares families, or finds them again. Each may throw a TelemetryError. */
export class Metrics {
  constructor(private readonly ledger: Ledger) {}

  /** A family of sums that never fall. */
  counter<const L extends readonly string[] = []>(options: FamilyOptions<L>): Counter<L> {
    return new Counter<L>(this.ledger, options, 'counter');
  }

  /** A family of sums that may fall. */
  upDownCounter<const L extends readonly string[] = []>(options: FamilyOptions<L>): UpDownCounter<L> {
    return new UpDownCounter<L>(this.ledger, options, 'up-down-counter');
  }

  /** A family of last values. */
  gauge<const L extends readonly string[] = []>(options: FamilyOptions<L>): Gauge<L> {
    return new Gauge<L>(this.ledger, options, 'gauge');
  }

  /** A family of counts in fixed buckets. */
  histogram<const L extends readonly string[] = []>(options: HistogramOptions<L>): Histogram<L> {
    checkObject(options, 'a histogram');
    checkList(options.bounds, 'the bounds of a histogram');
    return new Histogram<L>(this.ledger, options, { histogram: options.bounds });
  }
}
