// Contexts in headers: what came with a request, and what is sent along with the next.
//
// The rules are the ledger's (W3C Trace Context, section 4; W3C Baggage, section 3): headers that break them are as if
// they were not there. Deliberately absent: requests; who makes or answers them passes their headers.

/// <reference lib="esnext.disposable" preserve="true" />

import type { Ledger } from './binding.js';
import { attempt, wrong } from './error.js';
import { DISPOSE } from './lasting.js';
import type { SpanContext } from './span.js';

/** The headers of a request: `Headers`, a `Map`, pairs, or an object such as Node's `request.headers`. A list is a header that came several times. */
export type HeadersLike =
  | Iterable<readonly [name: string, value: string | readonly string[]]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What headers are written into: `Headers`, a `Map`, or anything else that sets values by name. */
export interface HeadersTarget {
  set(name: string, value: string): unknown;
}

/** A member of the baggage that travels with a request (W3C Baggage, section 3). */
export interface BaggageEntry {
  /** The key: a token. */
  readonly key: string;
  /** The value: any text; it is percent-encoded where it travels. */
  readonly value: string;
  /** Properties as they stand in the header, `;` between them; or empty. */
  readonly metadata: string;
}

const HEADERS: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

/** Stands for a line's end, which no header holds, and is as wrong in each of these headers wherever it stands. */
const NO_HEADER = '\u0001';

/**
 * What came with a request, to be the parent of spans. It takes the place of an open span until `end`, which
 * `using` calls; spans that began under it go on.
 */
export class RemoteParent {
  #handle: number;

  constructor(
    private readonly ledger: Ledger,
    handle: number,
  ) {
    this.#handle = handle;
  }

  /** Where the span stands that sent it; nothing where the headers do not say, or after `end`. Under such a parent a trace begins. */
  context(): SpanContext | undefined {
    return this.ledger.spanContext(this.#handle) as SpanContext | undefined;
  }

  /** The baggage that came, in order. */
  baggage(): BaggageEntry[] {
    return this.ledger.baggage(this.#handle) as BaggageEntry[];
  }

  /** The headers that came, by the rules, for a request that is passed on without a span of its own; nothing after `end`. */
  inject(): Record<string, string>;
  /** The same, set in `Headers`, a `Map` or the like. */
  inject<T extends HeadersTarget>(target: T): T;
  inject(target?: HeadersTarget): unknown {
    return injected(this.ledger, this.#handle, target);
  }

  /** Its number, if it is of this ledger. */
  handleIn(ledger: Ledger): number | undefined {
    return ledger === this.ledger ? this.#handle : undefined;
  }

  /** Gives its place back, once. Nothing begins under it any more. */
  end(): void {
    if (this.#handle !== 0) this.ledger.endSpan(this.#handle, 0, 0, 0); // a context has no times
    this.#handle = 0;
  }

  /** Gives its place back at the end of a `using` block. */
  [DISPOSE](): void {
    this.end();
  }
}

/** Reads headers into a ledger. */
export function extract(ledger: Ledger, headers: HeadersLike): RemoteParent {
  const lines: string[] = [];
  for (const [name, value] of pairs(headers)) {
    if (typeof name !== 'string' || !HEADERS.includes(name.toLowerCase())) continue;
    for (const single of Array.isArray(value) ? value : [value]) {
      if (typeof single === 'string') lines.push(name, single.includes('\n') ? single.replaceAll('\n', NO_HEADER) : single);
    }
  }
  return new RemoteParent(
    ledger,
    attempt(() => ledger.extract(lines.join('\n'))),
  );
}

/** The headers of a span or of what came, in an object of their own or where they are wanted. */
export function injected(ledger: Ledger, handle: number, target?: HeadersTarget): unknown {
  const record: Record<string, string> = {};
  const headers = ledger.inject(handle).split('\n'); // names and values by turns
  for (let place = 0; place + 1 < headers.length; place += 2) {
    const [name = '', value = ''] = [headers[place], headers[place + 1]];
    if (target === undefined) record[name] = value;
    else target.set(name, value);
  }
  return target ?? record;
}

function pairs(headers: HeadersLike): Iterable<readonly [unknown, unknown]> {
  if (typeof headers !== 'object' || headers === null) throw wrong('extract takes Headers, a Map, an array of pairs or an object');
  if (!(Symbol.iterator in headers)) return Object.entries(headers);
  return [...(headers as Iterable<unknown>)].filter((pair): pair is readonly [unknown, unknown] => Array.isArray(pair));
}
