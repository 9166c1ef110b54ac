// Which span code runs in: what `withSpan` began and is still at work in.
//
// Where the runtime can follow a task through its awaits, timers and promises (AsyncLocalStorage of Node; its
// entry puts it here), each task has its own. Elsewhere a span is current until the function that runs in it
// returns, which for an async one is its first `await`; never is it another task's. Deliberately absent: any import of
// a runtime's, so that what is bundled for browsers has none.

import type { Ledger } from './binding.js';
import type { Span } from './span.js';

/** A span that code runs in, and what is around it. */
interface Context {
  readonly span: Span;
  readonly outer: Context | undefined;
}

/** What keeps the context of each task. AsyncLocalStorage is one. */
export interface ContextManager {
  /** The context of the code that runs now. */
  getStore(): unknown;
  /** Runs a function in a context. */
  run<T>(context: unknown, body: () => T): T;
}

/** Keeps one context, for as long as a function runs. */
class Synchronous implements ContextManager {
  #context: unknown;

  getStore(): unknown {
    return this.#context;
  }

  run<T>(context: unknown, body: () => T): T {
    const before = this.#context;
    this.#context = context;
    try {
      return body();
    } finally {
      this.#context = before;
    }
  }
}

let manager: ContextManager = new Synchronous();

/** Has another keep the contexts, for an entry that knows its runtime. */
export function keepContextsIn(other: ContextManager): void {
  manager = other;
}

/** Runs a function in a span. */
export function runIn<T>(span: Span, body: (span: Span) => T): T {
  const context: Context = { span, outer: manager.getStore() as Context | undefined };
  return manager.run(context, () => body(span));
}

/** The innermost span of a ledger that code runs in and that has not ended: work that outlives its span is of the next one around it. */
export function currentSpan(ledger: Ledger): Span | undefined {
  let context = manager.getStore() as Context | undefined;
  while (context !== undefined && (context.span.hasEnded || context.span.handleIn(ledger) === undefined)) context = context.outer;
  return context?.span;
}
