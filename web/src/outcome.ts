// What became of a record on the hot path, as a word.
//
// Deliberately absent: exceptions. Telemetry must not be what ends the program that it observes.

/**
 * What became of a record (`outcome` in wit/types.wit). All but `recorded` are drops: they are
 * counted by the same names in `Telemetry.dropped()`.
 */
export type Outcome = 'recorded' | 'unknown-id' | 'wrong-kind' | 'invalid-value' | 'invalid-time' | 'over-limit' | 'future-time';

const OUTCOMES: readonly Outcome[] = ['recorded', 'unknown-id', 'wrong-kind', 'invalid-value', 'invalid-time', 'over-limit', 'future-time'];

/** The binding's answer to a record without a time where an objective or a window needs one: nothing was recorded. */
export const NEEDS_TIME = 255;

/** The word for a number of the binding. */
export function outcome(code: number): Outcome {
  return OUTCOMES[code] ?? 'invalid-value';
}

/** A value of whatever type as a number; what is none becomes NaN, which the ledger refuses and counts. */
export function numeric(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
