// Labels: the values of a family's labels, and the series that were found by them before.
//
// Finding a series by its labels costs a call with strings; a lookup in Maps costs a tenth of it.
// The Maps are nested, one level a label, so no separator can make two label sets one. Deliberately
// absent: the rules for names and values, which are the ledger's.

import { wrong } from './error.js';

/** Values for a family's labels. */
export type Labels<L extends readonly string[]> = Readonly<Record<L[number], string>>;

/** Labels as an argument, which a family without labels does not need. */
export type LabelsArgument<L extends readonly string[]> = L extends readonly [] ? [labels?: Labels<L>] : [labels: Labels<L>];

type Entry<S> = S | Map<string, Entry<S>>;

/**
 * The most series that a family remembers by label values: twice what the ledger keeps of a family,
 * as label sets beyond that share one series. What is not remembered is asked for again.
 */
const REMEMBERED_MAX = 4_096;

/** Series by label values. */
export class SeriesCache<S extends object> {
  #root: Entry<S> | undefined;
  #size = 0;

  constructor(private readonly names: readonly string[]) {}

  /** The series that was found by these labels before. */
  get(labels: Readonly<Record<string, string>>): S | undefined {
    let entry = this.#root;
    for (const name of this.names) {
      if (!(entry instanceof Map)) return undefined;
      const value = labels[name];
      entry = value === undefined ? undefined : entry.get(value);
    }
    return entry instanceof Map ? undefined : entry;
  }

  /** Remembers a series under label values, in the order of the names. */
  set(values: readonly string[], series: S): void {
    if (this.#size >= REMEMBERED_MAX) return;
    this.#size += 1;
    const last = values.at(-1);
    if (last === undefined) {
      this.#root = series;
      return;
    }
    let level = (this.#root ??= new Map()) as Map<string, Entry<S>>;
    for (const value of values.slice(0, -1)) {
      let next = level.get(value) as Map<string, Entry<S>> | undefined;
      if (next === undefined) level.set(value, (next = new Map()));
      level = next;
    }
    level.set(last, series);
  }
}

/** The label values in the order of the names; labels that are missing or too many are an error. */
export function labelValues(family: string, names: readonly string[], labels: Readonly<Record<string, unknown>>): string[] {
  return names.map((name) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (typeof value !== 'string') throw wrong(`'${family}' needs a string for its label '${name}'`);
    return value;
  });
}

/** Refuses labels with a key that the family does not have, which would otherwise be lost. */
export function checkLabels(family: string, names: readonly string[], labels: unknown): asserts labels is Readonly<Record<string, string>> {
  if (typeof labels !== 'object' || labels === null || Object.keys(labels).length !== names.length) {
    throw wrong(`'${family}' takes a string for each of its labels and no more: [${names.join(', ')}]`);
  }
}
