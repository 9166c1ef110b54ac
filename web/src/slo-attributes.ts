// Attributes of events: their values by the names of an objective's dimensions, and the number of each set.
//
// Strings take longer to cross to the WebAssembly than all else takes, so a set of values gets a number there
// when it is first seen, and is found again by a way that has a step for each value. Deliberately absent: how
// many sets are kept, which the binding decides, and the rules for values, which are the ledger's.

import type { Ledger } from './binding.js';

/** The number of no attributes. */
export const UNKNOWN = 0;

/** The number of a set that is not kept: it holds for the next record. */
const PASSING = 1;

const hasOwn = Object.prototype.hasOwnProperty;

/** A place on the way to a number. */
interface Step {
  readonly next: Map<string, Step>;
  set: number; // at the end of the way
}

/** The sets of attributes of an objective. */
export class AttributeSets {
  readonly #root: Step = { next: new Map(), set: UNKNOWN };

  constructor(
    private readonly ledger: Ledger,
    readonly names: readonly string[],
  ) {}

  /** The number of these attributes, which is to be used before anything else runs; nothing where they cannot be. */
  find(attributes: unknown): number | undefined {
    if (typeof attributes !== 'object' || attributes === null) return undefined;
    let found = 0;
    let step: Step | undefined = this.#root;
    const values: string[] = [];
    for (const name of this.names) {
      const isThere = hasOwn.call(attributes, name);
      const value: unknown = isThere ? (attributes as Record<string, unknown>)[name] : undefined;
      if (value !== undefined && typeof value !== 'string') return undefined;
      found += Number(isThere);
      values.push(value ?? '');
      step = step?.next.get(value ?? '');
    }
    if (Object.keys(attributes).length !== found) return undefined;
    if (this.names.length === 0) return UNKNOWN;
    return step === undefined ? this.#remember(values) : step.set;
  }

  #remember(values: string[]): number {
    const set = this.ledger.attributeSet(values);
    if (set === PASSING) return set;
    let step = this.#root;
    for (const value of values) {
      let next = step.next.get(value);
      if (next === undefined) step.next.set(value, (next = { next: new Map(), set: UNKNOWN }));
      step = next;
    }
    step.set = set;
    return set;
  }
}
