// Tracing: how spans begin.
//
// Nothing here throws where spans begin and end: what cannot be is a counted drop and a span that is
// not recorded. Deliberately absent: a guess at the parent. What is current is what code runs in; see context.

import { type Attributes, wireAttributes } from './attribute.js';
import { type Ledger, deriveSpanId, deriveTraceId } from './binding.js';
import { elapsedAtNow } from './clock.js';
import { currentSpan, runIn } from './context.js';
import { TelemetryError, attempt, checkObject, checkText } from './error.js';
import { spansEnded } from './finished.js';
import { type HeadersLike, RemoteParent, extract } from './propagation.js';
import { settled } from './settle.js';
import { Span, type SpanContext, type SpanStatus, wireStatus } from './span.js';
import { type Time, millis, millisOrNow, nanos, nanosOrClock } from './time.js';

/** What role a span plays (OpenTelemetry Trace API, section SpanKind). */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/**
 * What a new span hangs under: the span that code runs in, or nothing where there is none; nothing, in a new trace;
 * nothing, in this trace; a span, here or in another program.
 */
export type Parent = 'current' | 'root' | { readonly traceId: string } | SpanContext | Span | RemoteParent;

/** Which library or part of a program says something (OpenTelemetry, Instrumentation Scope). */
export interface ScopeOptions {
  /** Its version. */
  readonly version?: string;
  /** Where the schema of what it says is described. */
  readonly schemaUrl?: string;
  /** More about it. */
  readonly attributes?: Attributes;
}

/** How a span begins. */
export interface SpanOptions {
  /** Its role; `internal` if nothing is said. */
  readonly kind?: SpanKind;
  /** What it hangs under; `current` if nothing is said. */
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
  /** How many attributes it lost before it came here; none if nothing is said. */
  readonly droppedAttributes?: number;
  /** How many events it lost before it came here. */
  readonly droppedEvents?: number;
  /** How many links it lost before it came here. */
  readonly droppedLinks?: number;
}

/** Begins spans. */
export class Tracer {
  readonly #names = new Map<SpanKind, Map<string, number>>(); // as bounded as the ledger's own list

  constructor(
    private readonly ledger: Ledger,
    private readonly id = 0,
  ) {}

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
   * returns settles. What it throws becomes the span's status and is thrown on. The span is the
   * current one in `body` and in all that it begins: in Node across awaits, timers and promises, elsewhere
   * until `body` returns, which for an async function is its first `await`.
   */
  withSpan<T>(name: string, body: (span: Span) => T): T;
  withSpan<T>(name: string, options: SpanOptions, body: (span: Span) => T): T;
  withSpan<T>(name: string, first: SpanOptions | ((span: Span) => T), second?: (span: Span) => T): T {
    const [options, body] = typeof first === 'function' ? [{}, first] : [first, second];
    if (body === undefined) throw new TelemetryError('invalid-argument', 'invalid argument: withSpan takes a function to run');
    const span = this.startSpan(name, options);
    return settled(
      () => runIn(span, body),
      (failure) => {
        if (failure !== undefined) span.setStatus('error', message(failure.thrown));
        span.end();
      },
    );
  }

  /**
   * Records a whole span in one call.
   *
   * @throws TelemetryError by what is wrong with it.
   */
  complete(data: SpanData): void {
    checkObject(data, 'complete');
    const { context, parent, name, kind = 'internal', started, ended, status = 'unset', description = '' } = data;
    const { droppedAttributes = 0, droppedEvents = 0, droppedLinks = 0 } = data;
    checkText(name, "a span's name");
    const span = {
      context,
      parent,
      tracer: this.id,
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
      dropped: { attributes: droppedAttributes, events: droppedEvents, links: droppedLinks },
    };
    attempt(() => this.ledger.complete(span));
    spansEnded(this.ledger);
  }

  /** The innermost span that `withSpan` runs this code in and that has not ended, or one that is not recorded. */
  current(): Span {
    return currentSpan(this.ledger) ?? new Span(this.ledger, 0);
  }

  /**
   * Makes what the headers of a request say usable as a parent: `traceparent`, `tracestate` and `baggage`. Headers
   * that break the rules are as if they were not there, and under what comes of them a trace begins.
   *
   * @throws TelemetryError `limit` for too many open spans, `invalid-argument` for what holds no headers.
   */
  extract(headers: HeadersLike): RemoteParent {
    return extract(this.ledger, headers);
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

  #declared(name: string, kind: SpanKind): number {
    const known = this.#names.get(kind)?.get(name);
    if (known !== undefined) return known;
    checkText(name, "a span's name");
    const declared = attempt(() => this.ledger.declareSpan(this.id, name, kind));
    const names = this.#names.get(kind);
    if (names === undefined) this.#names.set(kind, new Map([[name, declared]]));
    else names.set(name, declared);
    return declared;
  }

  #start(name: string, options: SpanOptions): number {
    let remote = 0;
    try {
      checkObject(options, 'a span');
      const { kind = 'internal', id, at, parent: said = 'current' } = options;
      const parent = said === 'current' ? (currentSpan(this.ledger) ?? 'root') : said;
      if (id !== undefined) checkText(id, "a span's id");
      const declared = this.#declared(name, kind);
      if (parent === 'root') return this.ledger.startRoot(declared, undefined, id, millisOrNow(at), nanosOrClock(at), elapsedAtNow());
      checkObject(parent, 'parent');
      const isOurs = parent instanceof Span || parent instanceof RemoteParent;
      const own = isOurs ? parent.handleIn(this.ledger) : undefined;
      if (own !== undefined) return this.ledger.startChild(declared, own, id, millisOrNow(at), nanosOrClock(at), elapsedAtNow());
      const context = isOurs ? parent.context() : parent;
      if (context !== undefined && !('spanId' in context)) {
        checkText(context.traceId, 'a trace id');
        return this.ledger.startRoot(declared, context.traceId, id, millisOrNow(at), nanosOrClock(at), elapsedAtNow());
      }
      remote = attempt(() => this.ledger.remoteSpan(context));
      return this.ledger.startChild(declared, remote, id, millisOrNow(at), nanosOrClock(at), elapsedAtNow());
    } catch (refused) {
      if (!(refused instanceof TelemetryError)) throw refused;
      this.ledger.refuse(refused.code === 'limit' ? 'over-limit' : 'invalid-value');
      return 0;
    } finally {
      if (remote !== 0) this.ledger.endSpan(remote, 0, 0, 0); // only the place is given back: a context has no times
    }
  }
}

/** What was thrown says, for people; empty where it says nothing. */
export function message(thrown: unknown): string {
  const text: unknown = thrown instanceof Error ? thrown.message : thrown;
  return typeof text === 'string' ? text : '';
}

/** The tracer of a scope. */
export function openTracer(ledger: Ledger, name: string, options: ScopeOptions): Tracer {
  checkText(name, "a tracer's name");
  checkObject(options, 'a tracer');
  const { version = '', schemaUrl = '', attributes } = options;
  checkText(version, "a tracer's version");
  checkText(schemaUrl, "a tracer's schemaUrl");
  const scope = { name, version, schemaUrl, attributes: wireAttributes(ledger, attributes) };
  return new Tracer(
    ledger,
    attempt(() => ledger.getTracer(scope)),
  );
}
