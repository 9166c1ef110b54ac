// Spans: what can be said of one while it is open.
//
// A Span holds a number and nothing of the WebAssembly's memory, so there is nothing to free.
// Deliberately absent: how spans begin; see tracer.

import { type AttributeValue, type Attributes, wireAttributes, writeAttribute } from './attribute.js';
import type { Ledger } from './binding.js';
import { elapsedAtNow } from './clock.js';
import { spansEnded } from './finished.js';
import { type Outcome, numeric, outcome } from './outcome.js';
import { type BaggageEntry, type HeadersTarget, injected } from './propagation.js';
import { type Time, millisOrNow, nanosOrClock } from './time.js';

/** Where a span stands, as it travels between programs (W3C Trace Context, section 3). */
export interface SpanContext {
  /** The trace: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span: 16 hexadecimal digits. */
  readonly spanId: string;
  /** The trace flags byte: bit 0 sampled, bit 1 random. */
  readonly traceFlags: number;
  /** The `tracestate` header as it came, or empty. */
  readonly traceState: string;
}

/** How a span ended. `ok` is final, `error` beats `unset`, and setting `unset` does nothing. */
export type SpanStatus = 'unset' | 'ok' | 'error';

/** An open span. What is written to it after its end is a counted drop. */
export class Span {
  #hasEnded = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly handle: number,
  ) {}

  /** Whether it is recorded. All that is said of a span that is not has no effect. */
  get isRecorded(): boolean {
    return this.handle !== 0;
  }

  /** Whether `end` was called. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Its context, to be sent along with a request; nothing once it has ended. */
  context(): SpanContext | undefined {
    return this.ledger.spanContext(this.handle) as SpanContext | undefined;
  }

  /** Sets an attribute. Which type a number becomes is said at `AttributeValue`. */
  setAttribute(key: string, value: AttributeValue): Outcome {
    return outcome(writeAttribute(this.ledger, this.handle, key, value));
  }

  /** Sets several attributes. Each that is dropped is counted. */
  setAttributes(attributes: Attributes): void {
    for (const [key, value] of Object.entries(attributes ?? {})) this.setAttribute(key, value);
  }

  /** Adds an event; none for `at` is now. */
  addEvent(name: string, attributes?: Attributes, at?: Time): Outcome {
    if (typeof name !== 'string') return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.addEvent(this.handle, name, millisOrNow(at), nanosOrClock(at), elapsedAtNow(), wireAttributes(this.ledger, attributes)));
  }

  /**
   * Adds an event `exception` with the type, message and stack of what was thrown. The status is not changed: who
   * ends the span knows whether it failed. Stacks name files and lines, so they are not the same everywhere.
   */
  recordException(thrown: unknown, at?: Time): Outcome {
    const [type, message, stack] = parts(thrown);
    return outcome(this.ledger.recordException(this.handle, type, message, stack, millisOrNow(at), nanosOrClock(at), elapsedAtNow()));
  }

  /** Its baggage: what came with its parent, and what was set since. */
  baggage(): BaggageEntry[] {
    return this.ledger.baggage(this.handle) as BaggageEntry[];
  }

  /** Sets a member of its baggage, and of what begins under it from now on; `metadata` are properties, `;` between them. */
  setBaggage(key: string, value: string, metadata = ''): Outcome {
    if ([key, value, metadata].some((text: unknown) => typeof text !== 'string')) return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.setBaggage(this.handle, key, value, metadata));
  }

  /** The headers to send along with a request that is made in it: `traceparent`, and where there is something in them `tracestate` and `baggage`. */
  inject(): Record<string, string>;
  /** The same, set in `Headers`, a `Map` or the like. */
  inject<T extends HeadersTarget>(target: T): T;
  inject(target?: HeadersTarget): unknown {
    return injected(this.ledger, this.handle, target);
  }

  /** Adds a link to another span. */
  addLink(context: SpanContext, attributes?: Attributes): Outcome {
    return outcome(this.ledger.addLink(this.handle, { context, attributes: wireAttributes(this.ledger, attributes) }));
  }

  /** Says how it goes; an error may have a description for people. */
  setStatus(status: SpanStatus, description = ''): Outcome {
    return outcome(this.ledger.setStatus(this.handle, wireStatus(status, description)));
  }

  /** Gives it another name. */
  updateName(name: string): Outcome {
    if (typeof name !== 'string') return outcome(this.ledger.refuse('invalid-value'));
    return outcome(this.ledger.updateName(this.handle, name));
  }

  /** Ends it, once. None for `at` is now; a time before the start is moved to the start. */
  end(at?: Time): Outcome {
    this.#hasEnded = true;
    const ended = outcome(this.ledger.endSpan(this.handle, millisOrNow(at), nanosOrClock(at), elapsedAtNow()));
    spansEnded(this.ledger);
    return ended;
  }

  /** Its number, if it is of this ledger: a number means nothing to another. */
  handleIn(ledger: Ledger): number | undefined {
    return ledger === this.ledger ? this.handle : undefined;
  }
}

/** A status as the binding reads it. */
export function wireStatus(status: SpanStatus, description: string): unknown {
  return status === 'error' ? { error: description } : status;
}

/** The type, message and stack of what was thrown, which may be anything. */
function parts(thrown: unknown): [type: string, message: string, stack: string] {
  try {
    if (!(thrown instanceof Error)) return ['', typeof thrown === 'string' ? thrown : '', ''];
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return [text(thrown.name), text(thrown.message), text(thrown.stack)];
  } catch {
    return ['', '', '']; // an error whose properties throw
  }
}

/** The number of a span in a ledger, 0 of what is none. */
export function handleOf(span: unknown, ledger: Ledger): number {
  try {
    const { handleIn } = span as Partial<Span>;
    return typeof handleIn === 'function' ? numeric(handleIn.call(span as Span, ledger)) || 0 : 0;
  } catch {
    return 0; // a span that throws, or null
  }
}
