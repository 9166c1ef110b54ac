// Timers that no process stays alive for, and times that are over.
//
// Deliberately absent: what time it is; see clock.

/** The longest time that timers of JavaScript know; they take a longer one for none at all. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Calls a function once, after so long at the latest. Node does not stay for it. Gives what calls it off. */
export function later(ms: number, act: () => void): () => void {
  const timer: unknown = setTimeout(act, Math.min(ms, TIMER_MS_MAX));
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
  return () => clearTimeout(timer as number);
}

/** A time that somebody waits for: Node stays until it is over, or called off. */
export class Deadline {
  readonly over: Promise<void>;
  #isOver = false;
  #callOff: () => void = () => {};

  constructor(ms: number) {
    this.over = new Promise((resolve) => {
      const timer: unknown = setTimeout(
        () => {
          this.#isOver = true;
          resolve();
        },
        Math.min(ms, TIMER_MS_MAX),
      );
      this.#callOff = () => clearTimeout(timer as number);
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  callOff(): void {
    this.#callOff();
  }

  /** Waits so long, or until the time is over. */
  async pause(ms: number): Promise<void> {
    let callOff: () => void = () => {};
    await Promise.race([this.over, new Promise<void>((resolve) => void (callOff = later(ms, resolve)))]);
    callOff();
  }
}
