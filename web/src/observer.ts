// Callbacks: values that are looked up when somebody asks for the accounts (OpenTelemetry Metrics API,
// section Asynchronous Instrument operations).
//
// They run before the ledger is asked, never while it is, and a callback that asks for the accounts
// itself gets them as they stand. What one throws is kept, and the accounts come all the same. A drain
// directly after a delta export does not run them again: what they said in between would be drained and
// in no export.
// Deliberately absent: waiting; the accounts are there at once, so callbacks must be too.

import type { Ledger } from './binding.js';
import type { Moments } from './clock.js';
import { TelemetryError, wrong } from './error.js';
import type { LabelsArgument } from './label.js';
import { type Outcome, outcome } from './outcome.js';

/** Says a value, for these labels: the last one of a gauge, the whole so far of a sum. */
export type Report<L extends readonly string[]> = (value: number, labels: LabelsArgument<L>) => Outcome;

/** Says what there is to say; what it reports after it has returned is a counted drop. */
export type Callback<L extends readonly string[]> = (report: Report<L>) => void;

/** What a sum is reported to. */
interface Sum {
  add(value: number): Outcome;
}

/** The totals that one callback reported last, by series. */
export type Reported = Map<string, number>;

/** Writes what a callback reports. */
type Write = (value: number, labels: unknown, reported: Reported) => Outcome;

interface Observer {
  readonly callback: (report: (value: number, labels: unknown) => Outcome) => void;
  readonly write: Write;
  readonly reported: Reported; // its own: two callbacks on one series report two sums
}

/** What families and series share: their ledger, its callbacks, and moments for what is recorded in several parts. */
export interface Home {
  readonly ledger: Ledger;
  readonly observers: Observers;
  readonly moments: Moments;
}

/** The most errors that are kept; those before are forgotten. */
const ERRORS_MAX = 16;

/** The most sums that are followed, of all callbacks together: about 100 bytes each. */
const SUMS_MAX = 65_536;

/** The callbacks of a ledger. */
export class Observers {
  readonly #observers = new Set<Observer>();
  readonly #errors: unknown[] = [];
  #followed = 0; // sums, of all callbacks
  #running: Observer | undefined = undefined;
  #isCollecting = false;
  #isExported = false; // by a delta export, after which nothing was asked

  constructor(
    private readonly ledger: Ledger,
    private readonly onError: ((error: unknown) => void) | undefined,
  ) {}

  /** What went wrong in callbacks, the last at the end. */
  get errors(): readonly unknown[] {
    return [...this.#errors];
  }

  /** Adds a callback. Gives the function that takes it away, and with it what was remembered of its totals. */
  add<L extends readonly string[]>(callback: Callback<L>, write: Write): () => void {
    if (typeof callback !== 'function') throw wrong('a callback must be a function');
    const observer: Observer = { callback, write, reported: new Map() };
    this.#observers.add(observer);
    return () => {
      this.#observers.delete(observer);
      if (this.#running !== observer) this.#forget(observer); // one that runs may still report
    };
  }

  /** Runs the callbacks. One that asks for the accounts does not make them run again. */
  collect(): void {
    if (this.#isCollecting) return;
    this.#isExported = false;
    if (this.#observers.size === 0) return;
    this.#isCollecting = true;
    try {
      for (const observer of [...this.#observers]) {
        if (this.#observers.has(observer)) this.#run(observer); // one may take another away
      }
    } finally {
      this.#isCollecting = false;
    }
  }

  /** Says that a delta export went out with what the callbacks have said. */
  exported(): void {
    if (!this.#isCollecting) this.#isExported = true;
  }

  /** Whether a drain belongs to a delta export that went out just before, so that nothing may come in between. */
  drains(): boolean {
    const isExported = this.#isExported;
    this.#isExported = false;
    return isExported;
  }

  /** Whether the callbacks run. */
  get isCollecting(): boolean {
    return this.#isCollecting;
  }

  /** Runs somebody else's function; what it throws, or the promise that it gives, is kept like a callback's. */
  kept(run: () => unknown): void {
    try {
      const answer = run();
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#keep(error));
    } catch (error) {
      this.#keep(error);
    }
  }

  /**
   * Brings a callback's part of a sum to a total. What it reported before under this key is in it; of a
   * sum that cannot fall a smaller total is one that began again, and counts whole. All parts together
   * are exact.
   */
  total(reported: Reported, key: string, sum: Sum, total: number, mayFall: boolean): Outcome {
    if (typeof total !== 'number' || !Number.isFinite(total) || (total < 0 && !mayFall)) return sum.add(NaN); // which is counted
    const before = reported.get(key);
    if (before === undefined && this.#followed >= SUMS_MAX) return outcome(this.ledger.refuse('over-limit'));
    if (before === total) return 'recorded';
    for (const part of mayFall ? [total, -(before ?? 0)] : rise(before ?? 0, total)) {
      const came = part === 0 ? 'recorded' : sum.add(part);
      if (came !== 'recorded') return came;
    }
    if (before === undefined) this.#followed += 1;
    reported.set(key, total);
    return 'recorded';
  }

  #run(observer: Observer): void {
    const { callback, write, reported } = observer;
    let isOpen = true;
    const report = (value: number, labels: unknown): Outcome => (isOpen ? write(value, labels, reported) : outcome(this.ledger.refuse('unknown-id')));
    this.#running = observer;
    try {
      const answer: unknown = callback(report);
      if (answer instanceof Promise) {
        answer.catch((error: unknown) => this.#keep(error));
        this.#keep(new TelemetryError('unsupported', 'unsupported: a callback gave a promise; what it reports later is not recorded'));
      }
    } catch (error) {
      this.#keep(error);
    } finally {
      isOpen = false;
      this.#running = undefined;
      if (!this.#observers.has(observer)) this.#forget(observer); // it took itself away
    }
  }

  #forget({ reported }: Observer): void {
    this.#followed -= reported.size;
    reported.clear();
  }

  #keep(error: unknown): void {
    this.#errors.push(error);
    if (this.#errors.length > ERRORS_MAX) this.#errors.shift();
    try {
      const answer: unknown = this.onError?.(error);
      if (answer !== undefined) Promise.resolve(answer).catch(() => undefined); // as below, only later
    } catch {
      // The error itself is kept, and there is nobody else to tell.
    }
  }
}

/** Parts, none below zero, that make `total - before` together, to the last bit. */
function rise(before: number, total: number): number[] {
  if (total < before) return [total];
  const parts: number[] = [];
  let [less, more] = [before, total];
  for (;;) {
    const difference = more - less;
    const rest = more - difference - less; // what was rounded away (Dekker, Fast2Sum)
    if (rest >= 0) return [...parts, difference, rest];
    const below = difference * (1 - Number.EPSILON / 2); // the double before it
    parts.push(below);
    [less, more] = [-rest, difference - below];
  }
}
