// Tracing: how spans begin, with their parent always said.
//
// Nothing here throws where spans begin and end: what cannot be is a counted drop and a span that is
// not recorded. Deliberately absent: a guess at the parent. Where tasks interleave, "the current
// span" is another task's as often as not, so `current` is there for code that runs one at a time.

import { type Attributes, wireAttributes } from './attribute.js';
import { type Ledger, deriveSpanId, deriveTraceId } from './binding.js';
import { TelemetryError, attempt, checkObject, checkText } from './error.js';
import { Span, type SpanContext, type SpanStatus, wireStatus } from './span.js';
import { type Time, millis, millisOrNow, nanos, nanosOrClock } from './time.js';

/** What role a span plays (OpenTelemetry Trace API, section SpanKind). */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** What a new span hangs under: nothing, in a new trace; nothing, in this trace; a span, here or in another program. */
export type Parent = 'root' | { readonly traceId: string } | SpanContext | Span;

/** How a span begins. */
export interface SpanOptions {
  /** Its role; `internal` if nothing is said. */
  readonly kind?: SpanKind;
  /** What it hangs under; `root` if nothing is said. */
  readonly parent?: Parent;
  /** Its id, 16 hexadecimal digits; random if nothing is said. */
  readonly id?: string;
  /** When; now if nothing is said. */
  readonly at?: Time;
  /** What is known of it. */
  readonly attributes?: Attributes;
}

/** Something that happened in a span that is recorded whole. */
export interface SpanEvent {
  /** Its name. */
  readonly name: string;
  /** When. */
  readonly at: Time;
  /** More about it. */
  readonly attributes?: Attributes;
}

/** Another span that a span which is recorded whole has to do with. */
export interface SpanLink {
  /** That span. */
  readonly context: SpanContext;
  /** More about it. */
  readonly attributes?: Attributes;
}

/** A whole span, for those who measured it themselves. */
export interface SpanData {
  /** Its trace and its own id. */
  readonly context: SpanContext;
  /** The id of the span it hangs under; nothing for a root. */
  readonly parent?: string;
  /** Its name. */
  readonly name: string;
  /** Its role; `internal` if nothing is said. */
  readonly kind?: SpanKind;
  /** When it began. */
  readonly started: Time;
  /** When it ended; not before it began. */
  readonly ended: Time;
  /** More about it. */
  readonly attributes?: Attributes;
  /** What happened in it. */
  readonly events?: readonly SpanEvent[];
  /** What it has to do with. */
  readonly links?: readonly SpanLink[];
  /** How it ended. */
  readonly status?: SpanStatus;
  /** Of an error: what went wrong, for people. */
  readonly description?: string;
}

/** Begins spans. */
export class Tracer {
  readonly #names = new Map<SpanKind, Map<string, number>>(); // as bounded as the ledger's own list

  constructor(private readonly ledger: Ledger) {}

  /**
   * Declares the name and kind of spans ahead of time, so that a mistake shows where it is made.
   *
   * @throws TelemetryError `invalid-name` for an empty or long name, `limit` for one too many,
   * `invalid-argument` for a kind that there is not.
   */
  declare(name: string, kind: SpanKind = 'internal'): void {
    this.#declared(name, kind);
  }

  /** Begins a span. */
  startSpan(name: string, options: SpanOptions = {}): Span {
    const span = new Span(this.ledger, this.#start(name, options));
    if (options?.attributes !== undefined) span.setAttributes(options.attributes);
    return span;
  }

  /**
   * Runs `body` in a span that ends when it does: when it returns, or when the promise that it
   * returns settles. What it throws becomes the span's status and is thrown on. The span is
   * `current` until `body` returns, which for an async function is its first `await`.
   */
  withSpan<T>(name: string, body: (span: Span) => T): T;
  withSpan<T>(name: string, options: SpanOptions, body: (span: Span) => T): T;
  withSpan<T>(name: string, first: SpanOptions | ((span: Span) => T), second?: (span: Span) => T): T {
    const [options, body] = typeof first === 'function' ? [{}, first] : [first, second];
    if (body === undefined) throw new TelemetryError('invalid-argument', 'invalid argument: withSpan takes a function to run');
    const span = this.startSpan(name, options);
    let result;
    try {
      result = this.#within(span, body);
    } catch (thrown) {
      fail(span, thrown);
      throw thrown;
    }
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    const watched = result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (thrown: unknown) => {
        fail(span, thrown);
        throw thrown;
      },
    );
    return watched as T;
  }

  /**
   * Records a whole span in one call.
   *
   * @throws TelemetryError by what is wrong with it.
   */
  complete(data: SpanData): void {
    checkObject(data, 'complete');
    const { context, parent, name, kind = 'internal', started, ended, status = 'unset', description = '' } = data;
    checkText(name, "a span's name");
    const span = {
      context,
      parent,
      name,
      kind,
      started: [millis(started), nanos(started)],
      ended: [millis(ended), nanos(ended)],
      attributes: wireAttributes(this.ledger, data.attributes),
      events: (data.events ?? []).map((event) => ({
        name: event.name,
        at: [millis(event.at), nanos(event.at)],
        attributes: wireAttributes(this.ledger, event.attributes),
      })),
      links: (data.links ?? []).map((link) => ({ context: link.context, attributes: wireAttributes(this.ledger, link.attributes) })),
      status: wireStatus(status, description),
    };
    attempt(() => this.ledger.complete(span));
  }

  /** The span that was entered last by `withSpan` and not left, or one that is not recorded. */
  current(): Span {
    return new Span(this.ledger, this.ledger.current());
  }

  /** A trace id made of a seed: the same seed gives the same id everywhere. */
  deriveTraceId(seed: string): string {
    checkText(seed, 'the seed of an id');
    return deriveTraceId(seed);
  }

  /** A span id made of a seed: the same seed gives the same id everywhere. */
  deriveSpanId(seed: string): string {
    checkText(seed, 'the seed of an id');
    return deriveSpanId(seed);
  }

  /** Runs a function while a span is the current one. */
  #within<T>(span: Span, body: (span: Span) => T): T {
    const handle = span.handleIn(this.ledger) ?? 0;
    const isEntered = this.ledger.enter(handle) === 0;
    try {
      return body(span);
    } finally {
      if (isEntered) this.ledger.exit(handle);
    }
  }

  #declared(name: string, kind: SpanKind): number {
    const known = this.#names.get(kind)?.get(name);
    if (known !== undefined) return known;
    checkText(name, "a span's name");
    const declared = attempt(() => this.ledger.declareSpan(name, kind));
    const names = this.#names.get(kind);
    if (names === undefined) this.#names.set(kind, new Map([[name, declared]]));
    else names.set(name, declared);
    return declared;
  }

  #start(name: string, options: SpanOptions): number {
    let remote = 0;
    try {
      checkObject(options, 'a span');
      const { kind = 'internal', parent = 'root', id, at } = options;
      if (id !== undefined) checkText(id, "a span's id");
      const declared = this.#declared(name, kind);
      if (parent === 'root') return this.ledger.startRoot(declared, undefined, id, millisOrNow(at), nanosOrClock(at));
      checkObject(parent, 'parent');
      const own = parent instanceof Span ? parent.handleIn(this.ledger) : undefined;
      if (own !== undefined) return this.ledger.startChild(declared, own, id, millisOrNow(at), nanosOrClock(at));
      const context = parent instanceof Span ? parent.context() : parent;
      if (context !== undefined && !('spanId' in context)) {
        checkText(context.traceId, 'a trace id');
        return this.ledger.startRoot(declared, context.traceId, id, millisOrNow(at), nanosOrClock(at));
      }
      remote = attempt(() => this.ledger.remoteSpan(context));
      return this.ledger.startChild(declared, remote, id, millisOrNow(at), nanosOrClock(at));
    } catch (refused) {
      if (!(refused instanceof TelemetryError)) throw refused;
      this.ledger.refuse(refused.code === 'limit' ? 'over-limit' : 'invalid-value');
      return 0;
    } finally {
      if (remote !== 0) this.ledger.endSpan(remote, 0, 0); // only the place is given back: a context has no times
    }
  }
}

function fail(span: Span, thrown: unknown): void {
  const message: unknown = thrown instanceof Error ? thrown.message : thrown;
  span.setStatus('error', typeof message === 'string' ? message : '');
  span.end();
}
