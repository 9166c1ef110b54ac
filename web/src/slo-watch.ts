// The watch over objectives: who wants to be told what changed, and when it is looked.
//
// It is looked before everything that shows the whole accounts, at the time that it is then, because alerts
// also end and windows also empty while nothing happens. Who keeps time of their own, and says so by a time
// given to `check`, is not looked at in between. Deliberately absent: timers; a page that wants to be told
// every minute calls every minute.

import type { Ledger } from './binding.js';
import { now } from './clock.js';
import { attempt, wrong } from './error.js';
import type { Observers } from './observer.js';
import type { SloChange } from './slo-answers.js';
import { type Time, millis, nanos } from './time.js';

interface Listener {
  readonly callback: (change: SloChange) => unknown;
}

/** Who is told of changes. */
export class Watch {
  readonly #listeners = new Set<Listener>();
  #isLooking = false;
  #isTimed = false; // somebody checks at times of their own

  constructor(
    private readonly ledger: Ledger,
    private readonly observers: Observers,
  ) {}

  /** Adds a callback. Gives the function that takes it away. */
  add(callback: (change: SloChange) => unknown): () => void {
    if (typeof callback !== 'function') throw wrong('a callback must be a function');
    const listener = { callback };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks for those who want to be told; what goes wrong is kept with the errors of callbacks. */
  look(): void {
    if (this.#listeners.size > 0 && !this.#isTimed) this.observers.kept(() => this.#look(now()));
  }

  /** Looks, and tells. */
  check(at: Time | undefined): SloChange[] {
    const changes = this.#look(at === undefined ? now() : at);
    this.#isTimed ||= at !== undefined;
    return changes;
  }

  #look(at: Time): SloChange[] {
    if (this.#isLooking) return []; // a callback that looks would be told while it is
    const changes = attempt(() => this.ledger.sloChanges(millis(at), nanos(at)) as SloChange[]);
    this.#isLooking = true;
    try {
      for (const change of changes) {
        for (const listener of [...this.#listeners]) {
          if (this.#listeners.has(listener)) this.observers.kept(() => listener.callback(change)); // one may take another away
        }
      }
    } finally {
      this.#isLooking = false;
    }
    return changes;
  }
}
