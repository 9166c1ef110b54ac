// Series: what is recorded often, by number. A series holds nothing of the WebAssembly's memory.
//
// Recording makes no object and reads no clock unless the accounts need the time. Deliberately absent:
// sums and buckets, which are the ledger's, and labels; see family.

import type { Ledger } from './binding.js';
import { now } from './clock.js';
import { attempt } from './error.js';
import { InProgress, Timer } from './lasting.js';
import type { Home } from './observer.js';
import { NEEDS_TIME, type Outcome, numeric, outcome } from './outcome.js';
import { type Span, handleOf } from './span.js';
import { type Time, millis, millisOrNow, nanos, nanosOrClock } from './time.js';

/** A quantile and how well it is known: the value of its rank lies from `low` to `high`. */
export interface Quantile {
  /** The best single answer: interpolated in a histogram's bucket, the upper end in a summary. */
  readonly value: number;
  /** Not less than this. */
  readonly low: number;
  /** Not more than this. */
  readonly high: number;
}

/** One series of any family. */
export abstract class Series {
  protected readonly ledger: Ledger;

  constructor(
    protected readonly home: Home,
    protected readonly id: number,
    /** Whether each record must have a time. */
    protected readonly isTimed: boolean,
  ) {
    this.ledger = home.ledger; // one step less for each record
  }

  /**
   * What it has come to, of all that its ledger knows: a sum, the last write, 1 of a fact, of histograms
   * and summaries the number of values; nothing of what was never set. The callbacks run before.
   */
  value(): number | undefined {
    return this.asked((ledger) => ledger.value(this.id));
  }

  /** `Ledger.add` by the time that was given. */
  protected added(value: number, at: Time | undefined): Outcome {
    if (at === undefined && !this.isTimed) {
      const code = this.ledger.addUntimed(this.id, numeric(value));
      if (code !== NEEDS_TIME) return outcome(code);
    }
    return outcome(this.ledger.add(this.id, numeric(value), millisOrNow(at), nanosOrClock(at)));
  }

  /** `Ledger.set` by the time that was given. A number that is none is NaN, which can be set; what is no number cannot. */
  protected written(value: number, at: Time | undefined): Outcome {
    if (typeof value !== 'number') return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.set(this.id, value, millisOrNow(at), nanosOrClock(at)));
  }

  /** `Ledger.recordIn` by the time that was given. What is no span of this ledger leaves no exemplar. */
  protected recordedIn(span: Span, value: number, at: Time | undefined): Outcome {
    return outcome(this.ledger.recordIn(this.id, numeric(value), millisOrNow(at), nanosOrClock(at), handleOf(span, this.ledger)));
  }

  /** `Ledger.rate` by the time that was given. */
  protected grown(at: Time | undefined): number {
    return this.asked((ledger) => ledger.rate(this.id, millis(at), nanos(at)));
  }

  /** What the ledger says, once the callbacks have said what there is to say. */
  protected asked<T>(ask: (ledger: Ledger) => T): T {
    this.home.observers.collect();
    return attempt(() => ask(this.ledger));
  }
}

/** One series of a counter. */
export class CounterSeries extends Series {
  /** Adds to it a value that is finite and not negative. `at` widens the span of time that the series is known to cover. */
  add(value: number, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Adds one, or so much. */
  inc(value = 1, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Adds to it in a span, which may stay as its exemplar. None for `at` is now. */
  addIn(span: Span, value: number, at?: Time): Outcome {
    return this.recordedIn(span, value, at);
  }

  /**
   * How fast it grew, per second of event time, in its family's window up to a time; none is its newest
   * record. The callbacks run before.
   *
   * @throws TelemetryError `invalid-argument` where the family has no window.
   */
  rate(at?: Time): number {
    return this.grown(at);
  }
}

/** One series of an up-down-counter. */
export class UpDownCounterSeries extends Series {
  /** Adds to it a finite value. `at` as in `CounterSeries`. */
  add(value: number, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Adds one, or so much. */
  inc(value = 1, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Takes one away, or so much. */
  dec(value = 1, at?: Time): Outcome {
    return this.added(-numeric(value), at);
  }

  /** Adds one until the answer's `end`. Unlike a gauge it counts right for several writers. */
  trackInProgress(): InProgress {
    return new InProgress(this);
  }

  /**
   * As `CounterSeries.rate`.
   *
   * @throws TelemetryError as there.
   */
  rate(at?: Time): number {
    return this.grown(at);
  }
}

/** One series of a gauge. */
export class GaugeSeries extends Series {
  /** Sets it. The latest time wins, whatever order writes arrive in; none is now. */
  set(value: number, at?: Time): Outcome {
    return this.written(value, at);
  }

  /** Adds to what it last was in this ledger. Amounts that several writers share belong into an up-down-counter. */
  add(value: number, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Adds one, or so much. */
  inc(value = 1, at?: Time): Outcome {
    return this.added(value, at);
  }

  /** Takes one away, or so much. */
  dec(value = 1, at?: Time): Outcome {
    return this.added(-numeric(value), at);
  }

  /** Sets it to the current time, in seconds since 1970. */
  setToCurrentTime(): Outcome {
    const ms = now();
    return this.written(ms / 1_000, ms);
  }

  /** Adds one until the answer's `end`. */
  trackInProgress(): InProgress {
    return new InProgress(this);
  }
}

/** One series of what is observed. */
abstract class ObservedSeries extends Series {
  /** Records a finite value. `at` widens the span of time that the series is known to cover. */
  observe(value: number, at?: Time): Outcome {
    if (at === undefined && !this.isTimed) {
      const code = this.ledger.observe(this.id, numeric(value), NaN, 0);
      if (code !== NEEDS_TIME) return outcome(code);
    }
    return outcome(this.ledger.observe(this.id, numeric(value), millisOrNow(at), nanosOrClock(at)));
  }

  /** Records a value so many times at once, as of a sample that stands for several: a whole number from 0 to 2^32 - 1. */
  observeTimes(value: number, times: number, at?: Time): Outcome {
    if (at === undefined && !this.isTimed) {
      const code = this.ledger.observeTimes(this.id, numeric(value), numeric(times), NaN, 0);
      if (code !== NEEDS_TIME) return outcome(code);
    }
    return outcome(this.ledger.observeTimes(this.id, numeric(value), numeric(times), millisOrNow(at), nanosOrClock(at)));
  }

  /** Measures seconds from now on, until the answer's `observeDuration`. */
  startTimer(): Timer {
    return new Timer(this);
  }

  /**
   * How many values a second came, in its family's window up to a time; none is its newest record. The
   * callbacks run before.
   *
   * @throws TelemetryError `invalid-argument` where the family has no window.
   */
  rate(at?: Time): number {
    return this.grown(at);
  }

  /**
   * The value at or below which this share of all values lies, 0 to 1; nothing where there are none. The
   * callbacks run before.
   *
   * @throws TelemetryError `invalid-argument` for a share outside 0 to 1.
   */
  quantile(share: number): Quantile | undefined {
    return this.asked((ledger) => ledger.quantile(this.id, numeric(share)) as Quantile | undefined);
  }

  /**
   * The same of its family's window up to a time; none is its newest record.
   *
   * @throws TelemetryError as `quantile`, also where the family has no window.
   */
  recentQuantile(share: number, at?: Time): Quantile | undefined {
    return this.asked((ledger) => ledger.recentQuantile(this.id, numeric(share), millis(at), nanos(at)) as Quantile | undefined);
  }
}

/** One series of a histogram, with fixed bounds or exponential. */
export class HistogramSeries extends ObservedSeries {
  /** Records a value in a span, which may stay as an exemplar. None for `at` is now. */
  observeIn(span: Span, value: number, at?: Time): Outcome {
    return this.recordedIn(span, value, at);
  }
}

/** One series of a summary. */
export class SummarySeries extends ObservedSeries {}

/** A fact: it holds from the moment its labels are given. */
export class InfoSeries extends Series {}

/** One state of a state set. */
export class StateSeries extends Series {
  /** Says whether it holds. None for `at` is now. */
  set(holds: boolean, at?: Time): Outcome {
    const moment = at === undefined ? this.home.moments.next() : at; // as those of its set, in one order with them
    return this.written(typeof holds === 'boolean' ? Number(holds) : NaN, moment); // a state is no NaN
  }
}
