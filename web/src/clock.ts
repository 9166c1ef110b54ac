// The clocks of JavaScript: what time it is, and how long something takes.
//
// They are read here and not by the WebAssembly, for which a call to JavaScript costs more than what it
// records, and which must not be waiting for one: a page can put functions of its own in their place,
// and those can call this library again. Deliberately absent: an order among single records at moments
// that a coarse clock gives alike; the binding keeps one. Several records of one moment get it here.

/** How far the fine clock may be from the wall clock before it is not believed: it stands still while a computer sleeps, and does not follow when the wall clock is set. */
const DRIFT_MS_MAX = 1_000;

/** How many milliseconds the fine clock is believed before it is compared again, which costs as much as reading it. */
const BELIEVED_MS = 1;

const FAILED = -1; // before 1970, so refused and counted

const wallClock = Date.now; // one that somebody put in its place is asked each time

let origin = NaN; // of the fine clock; 0 in some runtimes until a request comes, so it is read late
let compared = NaN; // the fine clock's time when it last agreed with the wall clock
let latest = 0;

/** The milliseconds since 1970: the wall clock's, finer where the fine clock agrees with it. A clock that fails gives a time that the ledger refuses and counts. */
export function now(): number {
  try {
    const fine = performance.now();
    if (fine > latest) latest = fine;
    if (fine >= compared && fine - compared < BELIEVED_MS && Date.now === wallClock) return origin + fine;
    const wall = Date.now();
    if (!(origin > 0)) origin = performance.timeOrigin;
    const isBelieved = Math.abs(origin + fine - wall) < DRIFT_MS_MAX;
    compared = isBelieved ? fine : NaN;
    return known(isBelieved ? origin + fine : wall);
  } catch {
    return wallNow();
  }
}

/** Milliseconds since a moment that stays the same; never less than before. Where there is no fine clock, it stands still. */
export function elapsed(): number {
  try {
    const fine = performance.now();
    if (fine > latest) latest = fine;
  } catch {
    // A clock that fails has stood still.
  }
  return latest;
}

/** What `elapsed` says as of the last time that `now` was read: one reading serves both. */
export function elapsedAtNow(): number {
  return latest;
}

const NANOS_PER_MILLI = 1_000_000;

/** How far a clock may be behind what it said before and still be taken for the same: further back, it was set. */
const STEP_NS_MAX = 1_000_000_000n;

/** Moments that are each later than the one before, for records that must be told apart by them though the clock is too coarse. */
export class Moments {
  #latest = 0n;

  /** Now in nanoseconds since 1970, later than the moment before. A clock that fails gives a time that the ledger refuses and counts. */
  next(): number | bigint {
    const ms = now();
    if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) return FAILED;
    const whole = Math.trunc(ms);
    const read = BigInt(whole) * BigInt(NANOS_PER_MILLI) + BigInt(Math.round((ms - whole) * NANOS_PER_MILLI));
    const isSame = read <= this.#latest && this.#latest - read < STEP_NS_MAX;
    this.#latest = isSame ? this.#latest + 1n : read;
    return this.#latest;
  }
}

function wallNow(): number {
  try {
    return known(Date.now());
  } catch {
    return FAILED;
  }
}

function known(ms: number): number {
  return typeof ms === 'number' && ms >= 0 ? ms : FAILED; // a clock that a page put there may say anything
}
