// Labels: the values of a family's labels, and the series that were found by them before.
//
// Finding a series by its labels costs a call with strings; to follow a way that was gone before costs
// a tenth of it. A way has a step for each label, so no separator can make two label sets one, and it
// follows the object as it was written, so that nothing has to be sorted or counted. Deliberately absent:
// the rules for names and values, which are the ledger's.

import type { Ledger } from './binding.js';
import { TelemetryError, checkList, wrong } from './error.js';
import { type Outcome, outcome } from './outcome.js';

/** Values for a family's labels, by name. */
export type Labels<L extends readonly string[]> = Readonly<Record<L[number], string>>;

/** Labels as an argument, which a family without labels does not need. */
export type LabelsArgument<L extends readonly string[]> = L extends readonly [] ? Labels<L> | void : Labels<L>;

/** Values for a family's labels, in the order of the names. */
export type LabelValues<L extends readonly string[]> = { readonly [K in keyof L]: string };

/** Values as an argument, which a family without labels does not need. */
export type ValuesArgument<L extends readonly string[]> = L extends readonly [] ? LabelValues<L> | void : LabelValues<L>;

/**
 * The most ways to series that a family remembers: twice the series that the ledger keeps of a family,
 * as label sets beyond that share one. What is not remembered is asked for again.
 */
const REMEMBERED_MAX = 4_096;

const hasOwn = Object.prototype.hasOwnProperty;

/** So many values of a label are looked for one by one, which is faster than a Map while they are few. */
const NEAR_MAX = 8;

/** A place on the way to a series: which label comes next, and where each of its values leads. */
class Step<S> {
  readonly #near: unknown[] = []; // the values that came first
  readonly #nearNext: Step<S>[] = [];
  readonly #far = new Map<unknown, Step<S>>(); // all others
  other: Step<S> | undefined = undefined; // where another label comes next
  series: S | undefined = undefined; // at the end of the way

  constructor(readonly name: string) {}

  get(value: unknown): Step<S> | undefined {
    const place = this.#near.indexOf(value);
    return place < 0 ? this.#far.get(value) : this.#nearNext[place];
  }

  set(value: unknown, next: Step<S>): void {
    if (this.#near.length >= NEAR_MAX) {
      this.#far.set(value, next);
      return;
    }
    this.#near.push(value);
    this.#nearNext.push(next);
  }
}

/** Finds the series of a family by labels. */
export class Finder<S extends object> {
  readonly #root: Step<S>;
  #remembered = 0;

  /** `open` makes the series of label values that were not seen before. */
  constructor(
    private readonly ledger: Ledger,
    private readonly family: string,
    readonly names: readonly string[],
    private readonly open: (values: readonly string[]) => S,
  ) {
    this.#root = new Step(names[0] ?? '');
  }

  /** The series with these labels; where there can be none, that is a counted drop. */
  found(labels: unknown): S | Outcome {
    try {
      return this.#known(labels) ?? this.#sought(labels);
    } catch (refused) {
      // Also what labels throw that are no plain object: getters and proxies run code of their own.
      const isLimit = refused instanceof TelemetryError && refused.code === 'limit';
      return outcome(this.ledger.refuse(isLimit ? 'over-limit' : 'invalid-value'));
    }
  }

  /** The series with these labels. */
  byLabels(labels: unknown): S {
    return this.#known(labels) ?? this.#sought(labels);
  }

  /** The series with these label values, in the order of the names. */
  byValues(given: unknown): S {
    checkList(given ?? [], `the label values of '${this.family}'`);
    const values = [...((given ?? []) as readonly unknown[])]; // holes become values too
    if (values.length !== this.names.length || !values.every((value) => typeof value === 'string')) throw this.#wrong();
    let step: Step<S> | undefined = this.#root;
    for (const [place, name] of this.names.entries()) step = along(step, name)?.get(values[place]);
    return step?.series ?? this.#open(values as string[]);
  }

  /** What tells these labels, which were found, from others. */
  key(labels: unknown): string {
    return JSON.stringify(this.names.map((name) => (labels as Record<string, unknown>)[name]));
  }

  /** The series that was found by these labels before. */
  #known(labels: unknown): S | undefined {
    if (typeof labels !== 'object') return labels === undefined ? this.#root.series : undefined;
    let step: Step<S> | undefined = this.#root;
    for (const name in labels) {
      if (!hasOwn.call(labels, name)) continue;
      while (step !== undefined && step.name !== name) step = step.other;
      step = step?.get((labels as Record<string, unknown>)[name]);
      if (step === undefined) return undefined;
    }
    return step.series;
  }

  #sought(labels: unknown): S {
    const given: unknown = labels ?? {};
    if (typeof given !== 'object' || given === null) throw this.#wrong();
    const order = Object.keys(given);
    const values = this.names.map((name) => {
      const value: unknown = hasOwn.call(given, name) ? (given as Record<string, unknown>)[name] : undefined;
      if (typeof value !== 'string') throw this.#wrong();
      return value;
    });
    if (order.length !== this.names.length) throw this.#wrong();
    const series = this.byValues(values);
    if (order.some((name, place) => name !== this.names[place])) {
      this.#remember(
        order,
        order.map((name) => values[this.names.indexOf(name)]),
        series,
      );
    }
    return series;
  }

  #open(values: readonly string[]): S {
    const series = this.open(values);
    this.#remember(this.names, values, series);
    return series;
  }

  #remember(names: readonly string[], values: readonly unknown[], series: S): void {
    if (this.#remembered >= REMEMBERED_MAX) return;
    this.#remembered += 1;
    let step = this.#root;
    for (const [place, name] of names.entries()) {
      while (step.name !== name) step = step.other ??= new Step(name);
      let next = step.get(values[place]);
      if (next === undefined) step.set(values[place], (next = new Step(names[place + 1] ?? '')));
      step = next;
    }
    step.series = series;
  }

  #wrong(): TelemetryError {
    return wrong(`'${this.family}' takes a string for each of its labels and no more: [${this.names.join(', ')}]`);
  }
}

/** The step of those that may come next which has this name. */
function along<S>(step: Step<S> | undefined, name: string): Step<S> | undefined {
  while (step !== undefined && step.name !== name) step = step.other;
  return step;
}
