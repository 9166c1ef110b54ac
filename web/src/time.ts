// Times as the package takes them, and as the binding does: milliseconds and nanoseconds on top.
//
// A number of today's nanoseconds does not fit a double, and a BigInt for each event would cost more
// than the event, so a time crosses as two doubles: NaN for the first is none, NaN for the second is the
// clock's. Deliberately absent: the clock; where no time is
// given, the ledger's clock may be read; see clock.

import { now } from './clock.js';
import { wrong } from './error.js';

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

/** A length of time: a number is milliseconds, a bigint nanoseconds. */
export type Duration = number | bigint;

const NANOS_PER_MILLI = 1_000_000n;
const NONE = NaN; // by agreement with the binding
const CLOCK = NaN; // likewise: of moments that the clock gives alike, what is recorded later is later
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
      return dated(at);
  }
}

/** The nanoseconds on top of the milliseconds of a time. */
export function nanos(at: Time | undefined): number {
  return typeof at === 'bigint' && at >= 0n ? Number(at % NANOS_PER_MILLI) : 0;
}

/** The milliseconds of a time; none is now. */
export function millisOrNow(at: Time | undefined): number {
  return at === undefined ? now() : millis(at);
}

/** The nanoseconds on top of these milliseconds. */
export function nanosOrClock(at: Time | undefined): number {
  return at === undefined ? CLOCK : nanos(at);
}

/**
 * A length of time in milliseconds; nothing where none is said.
 *
 * @throws TelemetryError `invalid-argument` for what is none.
 */
export function lengthMs(length: Duration | undefined, what: string): number | undefined {
  if (length === undefined) return undefined;
  const ms = typeof length === 'bigint' ? Number(length) / Number(NANOS_PER_MILLI) : length;
  if (typeof ms !== 'number' || !(ms >= 0)) throw wrong(`${what} must be milliseconds from 0 or, as a bigint, nanoseconds`);
  return ms;
}

/** The milliseconds of what should be a date. One that throws is no moment. */
function dated(at: { getTime(): number } | null): number {
  try {
    const ms: unknown = typeof at?.getTime === 'function' ? at.getTime() : INVALID;
    return typeof ms === 'number' && ms === ms ? ms : INVALID;
  } catch {
    return INVALID;
  }
}
