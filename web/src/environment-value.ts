// Values of environment variables: what they are read as, and what is said of those that are wrong.
//
// Source: OpenTelemetry, Environment Variable Specification, section Configuration types. An empty value is none.
// A wrong one is told to whoever wants to know, and is then as if it were not there. Deliberately absent: the names.

import { TelemetryError, wrong } from './error.js';

/** Variables by name, such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The largest integer that every implementation reads. */
const INTEGER_MAX = 2 ** 31 - 1;

/** Reads variables. */
export class Environment {
  constructor(
    private readonly variables: Variables,
    private readonly tell: (error: TelemetryError) => void,
  ) {}

  /** The first of these that is set and can be read. */
  read<T>(names: readonly string[], parse: (text: string) => T): T | undefined {
    for (const name of names) {
      const text = this.variables[name];
      if (typeof text !== 'string' || text.trim() === '') continue;
      try {
        return parse(text.trim());
      } catch (refused) {
        if (!(refused instanceof TelemetryError)) throw refused;
        this.tell(wrong(`${name}: ${refused.message.replace(/^invalid argument: /, '')}; it is ignored`));
      }
    }
    return undefined;
  }
}

/** Options without those of which nothing is said. */
export function withoutNothing<T extends object>(options: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** Only `true` is; what is neither is told. */
export function boolean(text: string): boolean {
  const word = text.toLowerCase();
  if (word !== 'true' && word !== 'false') throw wrong(`'${start(text)}' is neither true nor false`);
  return word === 'true';
}

/** A whole number from 0. */
export function integer(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value <= INTEGER_MAX)) throw wrong(`'${start(text)}' is no whole number from 0 to ${INTEGER_MAX}`);
  return value;
}

/** A whole number from 1: nothing has room in none. */
export function size(text: string): number {
  const value = integer(text);
  if (value === 0) throw wrong(`'${start(text)}' has no room for anything`);
  return value;
}

/** Milliseconds until something is given up; 0 is never. */
export function timeout(text: string): number {
  return integer(text) || Infinity;
}

/** One of these words, in whatever case. */
export function choice<const T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text.toLowerCase());
    if (found === undefined) throw wrong(`there is no '${start(text)}'; there are ${words.join(', ')}`);
    return found;
  };
}

/** Pairs `key=value` with commas between them, percent-encoded. One that is wrong makes all wrong; values may be secrets, so none is shown. */
export function pairs(text: string): [key: string, value: string][] {
  const found: [string, string][] = [];
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value] = pair.split(/=(.*)/s, 2);
    if (key.trim() === '' || value === undefined) throw wrong(`part ${found.length + 1} is no key=value`);
    found.push([decoded(key), decoded(value)]);
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    throw wrong('it is not percent-encoded');
  }
}

function start(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
