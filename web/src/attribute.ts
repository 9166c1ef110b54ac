// Attributes of spans, events and links: which JavaScript value becomes which type of the ledger.
//
// JavaScript has one type for integers and doubles and the ledger has two, so there is a rule, and
// `float` for those who want the other. Deliberately absent: objects as values; the ledger has none.

import { type Ledger, attributeKey } from './binding.js';

/** Doubles that stay doubles, also where they are whole; see `float`. */
export class Float {
  constructor(
    /** The double, or several. */
    readonly value: number | readonly number[],
  ) {}
}

/**
 * The value of an attribute.
 *
 * - A number that is whole and within ±(2^53 - 1) is an integer; any other (a fraction, NaN, an
 *   infinity, -0, a larger one) is a float. `float(1)` is the float 1.
 * - A bigint is an integer of 64 bits; one outside is a counted drop (`invalid-value`).
 * - Strings are text, booleans are booleans.
 * - A list holds one of these types. A list of numbers is of integers if all are integers by the rule
 *   above, and of floats otherwise; an empty list is of texts. A list of several types is a counted drop.
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Float
  | readonly string[]
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[];

/** Attributes by key. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A value as the binding reads it: its type and its content. */
type WireValue = Readonly<Record<string, unknown>>;

/** A pair as the binding reads it. */
export type WireAttribute = readonly [key: string, value: WireValue];

/** Marks a number, or a list of them, as of type float even where it is whole. */
export function float(value: number | readonly number[]): Float {
  return new Float(value);
}

/** The numbers of keys, as many as the binding gives. */
const KEYS = new Map<string, number>();

/** A key that has no number: it crosses as a text. */
const NO_NUMBER = 0;

/** Sets an attribute of a span; gives the outcome's number. */
export function writeAttribute(ledger: Ledger, span: number, key: string, value: AttributeValue): number {
  const number = KEYS.get(key) ?? numbered(key);
  if (number !== NO_NUMBER) {
    switch (typeof value) {
      case 'string':
        return ledger.setText(span, number, value);
      case 'boolean':
        return ledger.setBoolean(span, number, value);
      case 'number':
        return isInteger(value) ? ledger.setInteger(span, number, value) : ledger.setFloat(span, number, value);
    }
  }
  const wire = typeof key === 'string' ? wireValue(value) : undefined;
  return wire === undefined ? ledger.refuse('invalid-value') : ledger.setValue(span, key, wire);
}

/** Gives a key a number, if there is one left for it. */
function numbered(key: unknown): number {
  if (typeof key !== 'string') return NO_NUMBER;
  const number = attributeKey(key);
  if (number !== NO_NUMBER) KEYS.set(key, number);
  return number;
}

/** Attributes as the binding reads them. A value that is of no type is left out and counted. */
export function wireAttributes(ledger: Ledger, attributes: Attributes | undefined): WireAttribute[] {
  const wire: WireAttribute[] = [];
  for (const [key, value] of Object.entries(attributes ?? {})) {
    const converted = wireValue(value);
    if (converted === undefined) ledger.refuse('invalid-value');
    else wire.push([key, converted]);
  }
  return wire;
}

function wireValue(value: unknown): WireValue | undefined {
  if (Array.isArray(value)) return wireList(value);
  if (value instanceof Float) return wireFloat(value.value);
  switch (typeof value) {
    case 'string':
      return { text: value };
    case 'boolean':
      return { boolean: value };
    case 'number':
      return isInteger(value) ? { integer: value } : { float: value };
    case 'bigint':
      return isLong(value) ? { integer: value } : undefined;
    default:
      return undefined;
  }
}

function wireList(list: readonly unknown[]): WireValue | undefined {
  if (list.every((item) => typeof item === 'string')) return { texts: list };
  if (list.every((item) => typeof item === 'boolean')) return { booleans: list };
  if (list.every((item) => typeof item === 'bigint')) return list.every(isLong) ? { integers: list } : undefined;
  if (!list.every((item) => typeof item === 'number')) return undefined;
  return list.every(isInteger) ? { integers: list } : { floats: list };
}

function wireFloat(value: unknown): WireValue | undefined {
  if (typeof value === 'number') return { float: value };
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'number');
  return isList ? { floats: value } : undefined;
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
