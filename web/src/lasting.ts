// What lasts: how long something takes, and that it is in progress.
//
// Both end once, by a call or, where the language has it, by `using`. Deliberately absent: the wall
// clock, which may be set while something lasts.

/// <reference lib="esnext.disposable" preserve="true" />

import { elapsed } from './clock.js';
import type { Outcome } from './outcome.js';

/** Older browsers have no such symbol; what they cannot write, nobody calls there. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** Measures how long something takes, in seconds, by a clock that never falls. */
export class Timer {
  readonly #started: number;
  #series: { observe(value: number): Outcome } | undefined;

  /** Without a series it measures and records nothing: that there can be none was counted before. */
  constructor(series: { observe(value: number): Outcome } | undefined) {
    this.#series = series;
    this.#started = elapsed();
  }

  /** Gives the seconds since it was started, and records them the first time. */
  observeDuration(): number {
    const seconds = (elapsed() - this.#started) / 1_000;
    this.#series?.observe(seconds);
    this.#series = undefined;
    return seconds;
  }

  /** Records nothing from now on. */
  discard(): void {
    this.#series = undefined;
  }

  /** Records the seconds at the end of a `using` block. */
  [DISPOSE](): void {
    this.observeDuration();
  }
}

/** Something in progress, which was added to a gauge or an up-down-counter. */
export class InProgress {
  #series: { add(value: number): Outcome } | undefined;

  constructor(series: { add(value: number): Outcome } | undefined) {
    this.#series = series;
    series?.add(1);
  }

  /** Takes it back, once. */
  end(): void {
    this.#series?.add(-1);
    this.#series = undefined;
  }

  /** Takes it back at the end of a `using` block. */
  [DISPOSE](): void {
    this.end();
  }
}
