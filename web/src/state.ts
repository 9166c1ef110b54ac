// State sets: of some states, one holds, for each set of labels.
//
// In the accounts a state is the last label's value, and the label has the family's name (OpenMetrics
// 1.0, section StateSet). Deliberately absent: which states may follow which.

import { attempt, checkList, checkObject, checkText, wrong } from './error.js';
import { type FamilyOptions, type Row, declare, greatest } from './family.js';
import { Finder, type LabelsArgument, type ValuesArgument } from './label.js';
import type { Home } from './observer.js';
import { type Outcome, outcome } from './outcome.js';
import { StateSeries } from './series.js';
import type { Time } from './time.js';

/** What a state set is. */
export interface StateSetOptions<L extends readonly string[], T extends string> extends Omit<FamilyOptions<L>, 'window'> {
  /** Its states, 1 to 64, no two alike. */
  readonly states: readonly T[];
}

/** The states of one set of labels, as far as they were asked for. */
class States {
  readonly #series = new Map<string, StateSeries>();

  constructor(
    private readonly home: Home,
    private readonly family: number,
    private readonly values: readonly string[],
  ) {}

  get(state: string): StateSeries {
    const known = this.#series.get(state);
    if (known !== undefined) return known;
    const id = attempt(() => this.home.ledger.resolve(this.family, [...this.values, state]));
    const series = new StateSeries(this.home, id, true);
    this.#series.set(state, series);
    return series;
  }
}

/** A declared set of states: of those that hold one at a time. */
export class StateSet<L extends readonly string[] = readonly string[], T extends string = string> {
  /** Its name, as it was declared. */
  readonly name: string;
  /** Its states. */
  readonly states: readonly T[];

  readonly #home: Home;
  readonly #id: number;
  readonly #finder: Finder<States>;

  constructor(home: Home, name: string, options: StateSetOptions<L, T>) {
    checkObject(options, 'a state set');
    checkText(name, "a family's name");
    const { states, labels = [] }: StateSetOptions<readonly string[], T> = options;
    checkList(states, 'the states of a state set');
    checkList(labels, `the labels of '${name}'`);
    this.states = [...states];
    if (labels.includes(name)) throw wrong(`the label '${name}' of state set '${name}' is there for its states; leave it out`);
    const [id, names] = declare(home.ledger, name, options, { 'state-set': { states: this.states } });
    this.name = name;
    this.#home = home;
    this.#id = id;
    this.#finder = new Finder(home.ledger, name, names, (values) => new States(home, id, values));
  }

  /**
   * Says which state holds for these labels; the others then do not, from the same moment on, so that of
   * several writers the latest decides on all of them. None for `at` is now. A state that is none is a
   * counted drop.
   */
  set(state: T, labels: LabelsArgument<L>, at?: Time): Outcome {
    const { ledger, moments } = this.#home;
    const states = this.#finder.found(labels);
    if (typeof states === 'string') return states;
    if (!this.states.includes(state)) return outcome(ledger.refuse('invalid-value'));
    let all: Outcome = 'recorded';
    try {
      const series = this.states.map((other) => states.get(other));
      const moment = at === undefined ? moments.next() : at; // one for all
      for (const [place, other] of this.states.entries()) {
        const came = series[place]?.set(other === state, moment) ?? 'unknown-id';
        if (came !== 'recorded') all = came;
      }
    } catch {
      return outcome(ledger.refuse('over-limit')); // label values too long, or a series too many
    }
    return all;
  }

  /**
   * One state by itself, for states that may hold together; the label values in the order of the names.
   *
   * @throws TelemetryError `invalid-argument` for a state that is none and for another number of values,
   * `limit` for a value that is too long or a series too many.
   */
  with(values: ValuesArgument<L>, state: T): StateSeries {
    return this.#finder.byValues(values).get(known(this, state));
  }

  /**
   * The same by the names of the labels.
   *
   * @throws TelemetryError as `with`.
   */
  labels(labels: LabelsArgument<L>, state: T): StateSeries {
    return this.#finder.byLabels(labels).get(known(this, state));
  }

  /** The states with the greatest values, 1 before 0; the label of the family's name is the state. `Infinity` is all. The callbacks run before. */
  top(count: number): Row<readonly [...L, string]>[] {
    return greatest(this.#home, this.#id, [...this.#finder.names, this.name], count);
  }
}

function known(set: { readonly name: string; readonly states: readonly string[] }, state: string): string {
  if (!set.states.includes(state)) throw wrong(`'${set.name}' has no such state; it has ${set.states.join(', ')}`);
  return state;
}
