// Objectives: how they are promised, how events are recorded against them, how they stand.
//
// A target is text or a ratio of integers and never a double: 0.999 has no exact one, and whether an
// objective is met must not depend on rounding. Deliberately absent: arithmetic, which is the ledger's.

import type { Ledger } from './binding.js';
import { attempt, checkObject, checkText, wrong } from './error.js';
import { type Outcome, numeric, outcome } from './outcome.js';
import { type Time, millis, millisOrNow, nanos, nanosOrClock } from './time.js';

/** An exact fraction. */
export interface Ratio<N = number | bigint> {
  /** Above the line. */
  readonly numerator: N;
  /** Below the line; not zero. */
  readonly denominator: N;
}

/** A share: `'99.9%'`, `'0.999'`, `'999/1000'`, or a ratio. */
export type Target = string | Ratio;

/** What kind of thing an indicator is about; it does not change how it is counted. */
export type SliType = 'availability' | 'latency' | 'throughput' | 'error-rate' | 'saturation';

/** A value is good when it compares so with `value`. */
export interface Threshold {
  /** How. */
  readonly comparison: 'below' | 'at-most' | 'above' | 'at-least';
  /** With what. */
  readonly value: number;
}

/** The last so many minutes, or the time since the calendar's last turn. */
export type Window =
  | { readonly rollingMinutes: number }
  | { readonly calendar: 'day' | 'week' | 'month' | 'quarter'; readonly utcOffsetMinutes?: number };

/** What is promised. Two objectives of one id must be alike. */
export interface SloOptions {
  /** Its id. */
  readonly id: string;
  /** Its name, for people; the id if nothing is said. */
  readonly name?: string;
  /** What it means, for people. */
  readonly description?: string;
  /** What kind of thing it is about; `availability` if nothing is said. */
  readonly sliType?: SliType;
  /** Where good and bad come from: the recorder says it (`events`, if nothing is said), or a threshold judges a value. */
  readonly indicator?: 'events' | { readonly threshold: Threshold };
  /** The share that must be good, above 0 and at most 1. */
  readonly target: Target;
  /** Over how many last days; 30 if nothing is said here and at `window`. */
  readonly windowDays?: number;
  /** Over what other time. */
  readonly window?: Window;
  /** What the budget is counted in: events (`occurrences`, if nothing is said), or slices of time that are good as a whole. */
  readonly budgeting?: 'occurrences' | { readonly timeslices: { readonly minutes: number; readonly target: Target } };
}

/** An objective at a moment. Counts are exact to 2^53 - 1 and rounded beyond. */
export interface SloStatus {
  /** The objective's id. */
  readonly id: string;
  /** The objective's name. */
  readonly name: string;
  /** The share that must be good, in lowest terms. */
  readonly target: Ratio<bigint>;
  /** When the window begins, inclusive, in nanoseconds since 1970. */
  readonly windowStart: bigint;
  /** When the window ends, exclusive, in nanoseconds since 1970; zero without data. */
  readonly windowEnd: bigint;
  /** Good events (or slices) in the window. */
  readonly good: number;
  /** All events (or slices) in the window. */
  readonly total: number;
  /** How it stands, decided in integers. */
  readonly state: 'no-data' | 'met' | 'violated';
  /** good / total; nothing without data. */
  readonly current: number | undefined;
  /** The share of the error budget that is left, below 0 when overspent; nothing without data or where the target is 1. */
  readonly budgetRemaining: number | undefined;
  /** How many more may go bad. */
  readonly budgetRemainingEvents: number;
  /** Events that were recorded too late for any window, and so are in none. */
  readonly expired: number;
}

/** A created objective. */
export class Slo {
  constructor(
    private readonly ledger: Ledger,
    private readonly handle: number,
    /** Its id. */
    readonly id: string,
  ) {}

  /** Records a good event, or so many. None for `at` is now. */
  good(count = 1, at?: Time): Outcome {
    return this.recordEvent(true, count, at);
  }

  /** Records a bad event, or so many. None for `at` is now. */
  bad(count = 1, at?: Time): Outcome {
    return this.recordEvent(false, count, at);
  }

  /** Records so many good or bad events; the count is a whole number from 0 to 2^53 - 1. */
  recordEvent(good: boolean, count = 1, at?: Time): Outcome {
    if (typeof good !== 'boolean') return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.recordEvent(this.handle, good, numeric(count), millisOrNow(at), nanosOrClock(at)));
  }

  /** Records a value for the threshold to judge. */
  recordValue(value: number, at?: Time): Outcome {
    return outcome(this.ledger.recordValue(this.handle, numeric(value), millisOrNow(at), nanosOrClock(at)));
  }

  /**
   * How it stood at a time; none is the time of its newest event.
   *
   * @throws TelemetryError `invalid-argument` for a time that cannot be.
   */
  getStatus(at?: Time): SloStatus {
    return attempt(() => this.ledger.sloStatus(this.handle, millis(at), nanos(at)) as SloStatus);
  }
}

/** Creates objectives and says how they stand. */
export class SloTracker {
  constructor(private readonly ledger: Ledger) {}

  /**
   * Creates an objective, or finds it again.
   *
   * @throws TelemetryError `conflict` where the id is taken by other terms; otherwise by whose rule it breaks.
   */
  create(options: SloOptions): Slo {
    checkObject(options, 'an objective');
    const { id, name = id, description = '', sliType = 'availability', indicator = 'events', budgeting = 'occurrences' } = options;
    checkText(id, "an objective's id");
    const objective = {
      id,
      name,
      description,
      sliType,
      indicator,
      target: targetText(options.target),
      window: wireWindow(options),
      budgeting: typeof budgeting === 'string' ? budgeting : wireTimeslices(budgeting),
    };
    return new Slo(
      this.ledger,
      attempt(() => this.ledger.createSlo(objective)),
      id,
    );
  }

  /**
   * How all objectives stood at a time, in the order of their ids, also those that came with deltas;
   * none is the time of each one's newest event.
   *
   * @throws TelemetryError `invalid-argument` for a time that cannot be.
   */
  statuses(at?: Time): SloStatus[] {
    return attempt(() => this.ledger.sloStatuses(millis(at), nanos(at)) as SloStatus[]);
  }
}

function targetText(target: Target): string {
  if (typeof target === 'string') return target;
  checkObject(target, 'a target is a string such as 95%, or');
  return `${target.numerator}/${target.denominator}`;
}

function wireWindow({ window, windowDays }: SloOptions): unknown {
  if (window === undefined) return { rolling: { minutes: numeric(windowDays ?? 30) * 1_440 } };
  if (windowDays !== undefined) throw wrong('an objective takes window or windowDays, not both');
  checkObject(window, 'a window');
  if ('rollingMinutes' in window) return { rolling: { minutes: window.rollingMinutes } };
  return { calendar: { unit: window.calendar, utcOffsetMinutes: window.utcOffsetMinutes ?? 0 } };
}

function wireTimeslices(budgeting: Exclude<SloOptions['budgeting'], string | undefined>): unknown {
  checkObject(budgeting, 'budgeting');
  checkObject(budgeting.timeslices, 'timeslices');
  return { timeslices: { minutes: budgeting.timeslices.minutes, target: targetText(budgeting.timeslices.target) } };
}
