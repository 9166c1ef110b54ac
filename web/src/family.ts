// Families: what is declared once, and its series by label values.
//
// `with(values)` and `labels(labels)` find a series to hold; recording by it passes numbers only. The
// methods that take labels themselves find it each time and never throw: labels that cannot be are a
// counted drop there. Deliberately absent: state sets, whose series are several; see state.

import type { Ledger } from './binding.js';
import { attempt, checkList, checkObject, checkText } from './error.js';
import { type Labels, type LabelsArgument, Finder, type ValuesArgument } from './label.js';
import { InProgress, Timer } from './lasting.js';
import type { Callback, Home } from './observer.js';
import type { Outcome } from './outcome.js';
import { CounterSeries, GaugeSeries, HistogramSeries, InfoSeries, type Series, SummarySeries, UpDownCounterSeries } from './series.js';
import type { Span } from './span.js';
import { type Duration, type Time, millis, nanos } from './time.js';

/** What a family is, besides its name and kind. Two families of one name must be alike in all but `help`. */
export interface FamilyOptions<L extends readonly string[]> {
  /** What it means, for people. */
  readonly help?: string;
  /** The unit (`seconds`, `bytes`), or nothing. */
  readonly unit?: string;
  /** The names of its labels. */
  readonly labels?: L;
  /** Also keep the last so much event time by itself, for `rate` and `recentQuantile`: milliseconds, or nanoseconds as a bigint. Not for gauges, infos and state sets. */
  readonly window?: Duration;
}

/** A series of a family and its value. */
export interface Row<L extends readonly string[]> {
  /** Its labels; nothing stands for all label sets past the limit together. */
  readonly labels: Labels<L> | undefined;
  /** Its value, as `value()` has it. */
  readonly value: number;
}

/** What a family measures with, as the binding reads it. */
export type Instrument = string | Readonly<Record<string, object>>;

/** Declares a family; gives its number and its label names. */
export function declare(ledger: Ledger, name: string, options: FamilyOptions<readonly string[]>, instrument: Instrument): [number, readonly string[]] {
  checkText(name, "a family's name");
  checkObject(options, `options of '${name}'`);
  const { help = '', unit = '', labels = [], window } = options;
  checkList(labels, `the labels of '${name}'`);
  const names = [...labels] as string[];
  const length = window === undefined ? undefined : [millis(window), nanos(window)];
  const id = attempt(() => ledger.declare({ name, help, unit, labels: names, instrument, window: length }));
  return [id, names];
}

/** The series of a family with the greatest values, with these names for their labels. */
export function greatest<L extends readonly string[]>({ ledger, observers }: Home, family: number, names: readonly string[], count: number): Row<L>[] {
  const most = typeof count === 'number' && count > 0 ? Math.min(Math.floor(count), 2 ** 32 - 1) : 0;
  observers.collect();
  const rows = attempt(() => ledger.top(family, most)) as { labels: string[] | undefined; value: number }[];
  const byName = (values: string[]): Labels<L> => Object.fromEntries(names.map((name, place) => [name, values[place]])) as Labels<L>;
  return rows.map(({ labels, value }) => ({ labels: labels && byName(labels), value }));
}

/** A declared family. */
export abstract class Family<L extends readonly string[], S extends Series> {
  /** Its name, as it was declared. */
  readonly name: string;

  protected readonly home: Home;
  protected readonly finder: Finder<S>;
  protected readonly id: number;

  constructor(home: Home, name: string, options: FamilyOptions<L>, instrument: Instrument) {
    const [id, names] = declare(home.ledger, name, options, instrument);
    const isTimed = options.window !== undefined;
    const open = (values: readonly string[]): S => {
      const series = attempt(() => home.ledger.resolve(id, values as string[]));
      return this.wrap(home, series, isTimed);
    };
    this.name = name;
    this.home = home;
    this.finder = new Finder(home.ledger, name, names, open);
    this.id = id;
  }

  /**
   * The series with these label values, in the order of the label names, to be kept by those who record
   * often. A series that is found and never recorded stands in the accounts as zero.
   *
   * @throws TelemetryError `invalid-argument` for another number of values, `limit` for a value that is
   * too long or a series too many.
   */
  with(values: ValuesArgument<L>): S {
    return this.finder.byValues(values);
  }

  /**
   * The series with these labels, by name, in any order.
   *
   * @throws TelemetryError as `with`, and `invalid-argument` for other labels than the family's.
   */
  labels(labels: LabelsArgument<L>): S {
    return this.finder.byLabels(labels);
  }

  /** The series with the greatest values, at most so many, the greatest first; of equal ones in the order of their labels. `Infinity` is all. The callbacks run before. */
  top(count: number): Row<L>[] {
    return greatest(this.home, this.id, this.finder.names, count);
  }

  protected abstract wrap(home: Home, id: number, isTimed: boolean): S;
}

/** A family of sums. */
abstract class Sums<L extends readonly string[], S extends CounterSeries | UpDownCounterSeries> extends Family<L, S> {
  protected abstract readonly mayFall: boolean;

  /** Adds a value to the series with these labels. */
  add(value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.add(value, at);
  }

  /** Adds one, or so much, to the series with these labels. */
  inc(labels: LabelsArgument<L>, value = 1, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.add(value, at);
  }

  /**
   * Has a callback report the totals so far, of sums that other code keeps, whenever the accounts are
   * asked for. The difference to what it reported before is added; where a total that cannot fall is
   * smaller, it began again, and all of it is added. Several callbacks on one series report several sums:
   * 10 and 3 are 13. Gives the function that ends this; what was reported stays, and a callback that is
   * added afterwards counts from zero.
   */
  addCallback(callback: Callback<L>): () => void {
    const { observers } = this.home;
    return observers.add(callback, (total, labels, reported) => {
      const series = this.finder.found(labels);
      if (typeof series === 'string') return series;
      return observers.total(reported, this.finder.key(labels), series, total, this.mayFall);
    });
  }
}

/** A family of sums that never fall. */
export class Counter<L extends readonly string[] = readonly string[]> extends Sums<L, CounterSeries> {
  protected override readonly mayFall = false;

  /** Adds a value in a span, which may stay as an exemplar. */
  addIn(span: Span, value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.addIn(span, value, at);
  }

  protected override wrap(home: Home, id: number, isTimed: boolean): CounterSeries {
    return new CounterSeries(home, id, isTimed);
  }
}

/** A family of sums that may fall. */
export class UpDownCounter<L extends readonly string[] = readonly string[]> extends Sums<L, UpDownCounterSeries> {
  protected override readonly mayFall = true;

  /** Takes one away, or so much. */
  dec(labels: LabelsArgument<L>, value = 1, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.dec(value, at);
  }

  /** Adds one until the answer's `end`. */
  trackInProgress(labels: LabelsArgument<L>): InProgress {
    const series = this.finder.found(labels);
    return new InProgress(typeof series === 'string' ? undefined : series);
  }

  protected override wrap(home: Home, id: number, isTimed: boolean): UpDownCounterSeries {
    return new UpDownCounterSeries(home, id, isTimed);
  }
}

/** A family of last values, by event time. */
export class Gauge<L extends readonly string[] = readonly string[]> extends Family<L, GaugeSeries> {
  /** Sets the series with these labels. None for `at` is now. */
  set(value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.set(value, at);
  }

  /** Adds a value to what the series with these labels last was in this ledger. */
  add(value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.add(value, at);
  }

  /** Adds one, or so much. */
  inc(labels: LabelsArgument<L>, value = 1, at?: Time): Outcome {
    return this.add(value, labels, at);
  }

  /** Takes one away, or so much. */
  dec(labels: LabelsArgument<L>, value = 1, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.dec(value, at);
  }

  /** Sets it to the current time, in seconds since 1970. */
  setToCurrentTime(labels: LabelsArgument<L>): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.setToCurrentTime();
  }

  /** Adds one until the answer's `end`. */
  trackInProgress(labels: LabelsArgument<L>): InProgress {
    const series = this.finder.found(labels);
    return new InProgress(typeof series === 'string' ? undefined : series);
  }

  /** Has a callback report the values whenever the accounts are asked for. Gives the function that ends this. */
  addCallback(callback: Callback<L>): () => void {
    return this.home.observers.add(callback, (value, labels) => this.set(value, labels as LabelsArgument<L>));
  }

  protected override wrap(home: Home, id: number): GaugeSeries {
    return new GaugeSeries(home, id, true);
  }
}

/** A family of what is observed. */
abstract class Observed<L extends readonly string[], S extends HistogramSeries | SummarySeries> extends Family<L, S> {
  /** Records a value into the series with these labels. */
  observe(value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.observe(value, at);
  }

  /** Records a value so many times at once. */
  observeTimes(value: number, times: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.observeTimes(value, times, at);
  }

  /** Measures seconds from now on, until the answer's `observeDuration`. */
  startTimer(labels: LabelsArgument<L>): Timer {
    const series = this.finder.found(labels);
    return new Timer(typeof series === 'string' ? undefined : series);
  }
}

/** A family of counts in buckets, with fixed bounds or exponential. */
export class Histogram<L extends readonly string[] = readonly string[]> extends Observed<L, HistogramSeries> {
  /** Records a value in a span, which may stay as an exemplar. */
  observeIn(span: Span, value: number, labels: LabelsArgument<L>, at?: Time): Outcome {
    const series = this.finder.found(labels);
    return typeof series === 'string' ? series : series.observeIn(span, value, at);
  }

  protected override wrap(home: Home, id: number, isTimed: boolean): HistogramSeries {
    return new HistogramSeries(home, id, isTimed);
  }
}

/** A family of quantiles. */
export class Summary<L extends readonly string[] = readonly string[]> extends Observed<L, SummarySeries> {
  protected override wrap(home: Home, id: number, isTimed: boolean): SummarySeries {
    return new SummarySeries(home, id, isTimed);
  }
}

/** A family of facts: each holds from the moment that `labels` or `with` says it. */
export class Info<L extends readonly string[] = readonly string[]> extends Family<L, InfoSeries> {
  protected override wrap(home: Home, id: number): InfoSeries {
    return new InfoSeries(home, id, true);
  }
}
