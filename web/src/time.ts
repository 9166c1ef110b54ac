// Times as the package takes them, and as the binding does: milliseconds and nanoseconds on top.
//
// A number of today's nanoseconds does not fit a double, and a BigInt for each event would cost more
// than the event, so a time crosses as two doubles. Deliberately absent: the clock; where no time is
// given, the binding reads it.

/**
 * A moment.
 *
 * - A number is milliseconds since 1970, as in `Date.now()`. Whole milliseconds are converted
 *   exactly; a fraction goes to the nearest nanosecond.
 * - A bigint is nanoseconds since 1970, exactly.
 * - A `Date`, or anything else with `getTime()`, is its milliseconds.
 *
 * What is none of these, is before 1970 or is past 2^63 - 1 ns (the year 2262) is no moment: on the
 * hot path it is a counted drop (`invalid-time`), elsewhere an error.
 */
export type Time = number | bigint | { getTime(): number };

const NANOS_PER_MILLI = 1_000_000n;
const NONE = NaN; // by agreement with the binding: the ledger's own clock
const INVALID = -1; // before 1970, so refused

/** The milliseconds of a time. */
export function millis(at: Time | undefined): number {
  switch (typeof at) {
    case 'undefined':
      return NONE;
    case 'number':
      return at === at ? at : INVALID; // NaN would read as none
    case 'bigint':
      return at < 0n ? INVALID : Number(at / NANOS_PER_MILLI);
    default:
      return at !== null && typeof at.getTime === 'function' ? known(at.getTime()) : INVALID;
  }
}

/** The nanoseconds on top of the milliseconds of a time. */
export function nanos(at: Time | undefined): number {
  return typeof at === 'bigint' && at >= 0n ? Number(at % NANOS_PER_MILLI) : 0;
}

function known(ms: unknown): number {
  return typeof ms === 'number' && ms === ms ? ms : INVALID;
}
