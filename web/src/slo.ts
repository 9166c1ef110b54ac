// Objectives: how they are promised, how events are recorded against them, how they stand.
//
// Deliberately absent: what they are made of (slo-options), what is said of them (slo-answers), and all
// arithmetic, which is the ledger's.

import type { Ledger } from './binding.js';
import { attempt, checkObject } from './error.js';
import { type Outcome, numeric, outcome } from './outcome.js';
import { type SloAlertHistory, type SloAnalysis, type SloAttributes, type SloChange, type SloPolicyState, type SloStatus, type SloViolation, analysis } from './slo-answers.js';
import { AttributeSets, UNKNOWN } from './slo-attributes.js';
import { type SloOptions, wireObjective, wireTime } from './slo-options.js';
import type { Watch } from './slo-watch.js';
import { type Span, handleOf } from './span.js';
import { type Time, millis, millisOrNow, nanos, nanosOrClock } from './time.js';

/** What an event was like. */
export interface Happened<D extends readonly string[]> {
  /** Its attributes, of the objective's dimensions; what is left out it has not. Without any of it the event is in no analysis. */
  readonly attributes?: SloAttributes<D>;
  /** The span in which it happened. */
  readonly span?: Span;
  /** When; none is now. */
  readonly at?: Time;
}

/** What events were like, and how many there were. */
export interface HappenedOften<D extends readonly string[]> extends Happened<D> {
  /** How many, a whole number from 0 to 2^53 - 1; 1 if nothing is said. */
  readonly count?: number;
}

/** What is to be analysed, and how deeply. */
export interface SloQuestion {
  /** The end of the window that is looked at; none is the time of the newest event. */
  readonly at?: Time;
  /** From when on it is to be compared with what came before in the window. */
  readonly since?: Time;
  /** How many attributes are combined at most; 3 if nothing is said. */
  readonly order?: 1 | 2 | 3;
  /** How many patterns are told at most, 1 to 100; 20 if nothing is said. */
  readonly most?: number;
}

/** What all objects of one objective share: another call may give it other terms. */
interface Terms {
  sets: AttributeSets;
}

/** What is given to record, as the binding takes it. */
type Given = readonly [ms: number, ns: number, set: number, span: number];

/** A created objective. */
export class Slo<D extends readonly string[] = readonly string[]> {
  constructor(
    private readonly ledger: Ledger,
    private readonly handle: number,
    /** Its id. */
    readonly id: string,
    private readonly terms: Terms,
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
    if (typeof good !== 'boolean') return this.#refuse();
    return outcome(this.ledger.recordEvent(this.handle, good, numeric(count), millisOrNow(at), nanosOrClock(at)));
  }

  /** The same with what the events were like. Attributes that are no strings, or not among the dimensions, are a counted drop. */
  recordEventWith(good: boolean, happened: HappenedOften<D>): Outcome {
    if (typeof good !== 'boolean') return this.#refuse();
    const count = countOf(happened);
    const given = this.#given(happened);
    if (given === undefined) return this.#refuse();
    return outcome(this.ledger.recordEventWith(this.handle, good, count, ...given));
  }

  /** Records a value for the threshold to judge. */
  recordValue(value: number, at?: Time): Outcome {
    return outcome(this.ledger.recordValue(this.handle, numeric(value), millisOrNow(at), nanosOrClock(at)));
  }

  /** The same with what the event was like, as `recordEventWith` has it. */
  recordValueWith(value: number, happened: Happened<D>): Outcome {
    const given = this.#given(happened);
    if (given === undefined) return this.#refuse();
    return outcome(this.ledger.recordValueWith(this.handle, numeric(value), ...given));
  }

  /**
   * How it stood at a time; none is the time of its newest event.
   *
   * @throws TelemetryError `invalid-argument` for a time that cannot be.
   */
  getStatus(at?: Time): SloStatus {
    return attempt(() => this.ledger.sloStatus(this.handle, millis(at), nanos(at)) as SloStatus);
  }

  /**
   * When its target was not reached, in order, up to a time; none is the time of its newest event.
   *
   * @throws TelemetryError as `getStatus`.
   */
  violations(at?: Time): SloViolation[] {
    return attempt(() => this.ledger.sloViolations(this.handle, millis(at), nanos(at)) as SloViolation[]);
  }

  /**
   * What its alerts did, in their order, up to a time, likewise.
   *
   * @throws TelemetryError as `getStatus`.
   */
  alerts(at?: Time): SloAlertHistory[] {
    return attempt(() => this.ledger.sloAlerts(this.handle, millis(at), nanos(at)) as SloAlertHistory[]);
  }

  /**
   * What its error budget policy asked for at a time, likewise.
   *
   * @throws TelemetryError as `getStatus`.
   */
  policy(at?: Time): SloPolicyState {
    return attempt(() => this.ledger.sloPolicy(this.handle, millis(at), nanos(at)) as SloPolicyState);
  }

  /**
   * What its bad events had in common, of those whose attributes were recorded. Times are cut to whole
   * slices: the twelfth part of the window, but at least an hour.
   *
   * @throws TelemetryError `invalid-argument` for a question out of its range.
   */
  analyze(question: SloQuestion = {}): SloAnalysis<D> {
    checkObject(question, 'an analysis');
    const { at, since, order, most } = question;
    const asked = { at: wireTime(at), since: wireTime(since), order, most };
    return analysis<D>(attempt(() => this.ledger.sloAnalysis(this.handle, asked) as unknown));
  }

  #refuse(): Outcome {
    return outcome(this.ledger.refuse('invalid-value'));
  }

  /** What was given, or nothing where it cannot be; objects that throw cannot. */
  #given(happened: Happened<D>): Given | undefined {
    if (typeof happened !== 'object' || happened === null) return undefined;
    try {
      const { at, attributes, span } = happened;
      const [ms, ns, handle] = [millisOrNow(at), nanosOrClock(at), span === undefined ? 0 : handleOf(span, this.ledger)];
      const set = attributes === undefined ? UNKNOWN : this.terms.sets.find(attributes); // last, as nothing may run in between
      return set === undefined ? undefined : [ms, ns, set, handle];
    } catch {
      return undefined;
    }
  }
}

/** Creates objectives and says how they stand. */
export class SloTracker {
  readonly #terms = new Map<string, Terms>(); // as bounded as the ledger's own list

  constructor(
    private readonly ledger: Ledger,
    private readonly watch: Watch,
  ) {}

  /**
   * Creates an objective, or finds it again. One of a higher version than an objective of its id redefines that.
   *
   * @throws TelemetryError `conflict` where the id is taken by other terms, `unknown` for parts of a composite
   * that are not there; otherwise by whose rule it breaks.
   */
  create<const D extends readonly string[] = []>(options: SloOptions<D>): Slo<D> {
    const objective = wireObjective(options);
    return this.#slo(
      options.id,
      attempt(() => this.ledger.createSlo(objective)),
    );
  }

  /**
   * Gives an objective other terms from now on, with the next version, whatever version is said. What was
   * counted stays, and goes on to count where the indicator is the same; objects that were given stay valid.
   *
   * @throws TelemetryError `unknown` where no objective has the id; otherwise as `create`.
   */
  redefine<const D extends readonly string[] = []>(options: SloOptions<D>): Slo<D> {
    const objective = wireObjective(options);
    return this.#slo(
      options.id,
      attempt(() => this.ledger.redefineSlo(objective)),
    );
  }

  /**
   * How all objectives stood at a time, in the order of their ids, also those that came with deltas; of several
   * versions of one, the latest. None is the time of each one's newest event.
   *
   * @throws TelemetryError `invalid-argument` for a time that cannot be.
   */
  statuses(at?: Time): SloStatus[] {
    return attempt(() => this.ledger.sloStatuses(millis(at), nanos(at)) as SloStatus[]);
  }

  /**
   * Has a callback told of each change: how an objective stands, whether an alert fires, what a policy asks
   * for. It is looked before every export, `snapshot()`, `digest()` and `drain()`, at the time that it is
   * then, and by `check`. Before the first look nothing is known of any objective. What a callback throws is
   * in `Telemetry.callbackErrors`. Gives the function that ends this.
   */
  onChange(callback: (change: SloChange) => void): () => void {
    return this.watch.add(callback);
  }

  /**
   * Looks now, or as if it were another time, tells the callbacks and gives what changed since the last look.
   * Once a time was given, exports and their like do not look any more: who replays the past keeps the time.
   *
   * @throws TelemetryError `invalid-argument` for a time that cannot be.
   */
  check(at?: Time): SloChange[] {
    return this.watch.check(at);
  }

  #slo<D extends readonly string[]>(id: string, handle: number): Slo<D> {
    const dimensions = attempt(() => this.ledger.sloDimensions(handle));
    const terms = this.#terms.get(id);
    if (terms !== undefined && isAlike(terms.sets.names, dimensions)) return new Slo<D>(this.ledger, handle, id, terms);
    const sets = new AttributeSets(this.ledger, dimensions);
    if (terms !== undefined) terms.sets = sets;
    const own = terms ?? { sets };
    this.#terms.set(id, own);
    return new Slo<D>(this.ledger, handle, id, own);
  }
}

/** How many events were given; what is no number is NaN, which is counted. */
function countOf(happened: { readonly count?: unknown }): number {
  try {
    const { count = 1 } = happened;
    return numeric(count);
  } catch {
    return NaN;
  }
}

function isAlike(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, place) => name === b[place]);
}
