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

/** Stands for a line's end, which no header holds, and is as wrong in each of these headers wherever it stands. */
const NO_HEADER = '\u0001';

/** The values of the headers that count. */
class Values {
  /** Each `traceparent`, a line's end before it. */
  parents = '';
  /** The last of them. */
  parent = '';
  state = '';
  baggage = '';

  /** Takes a header; those of other names count for nothing. */
  add(name: unknown, value: unknown): void {
    // Names are told apart by their length first: a request has many headers, of which few are ours.
    if (typeof name !== 'string' || (name.length !== 11 && name.length !== 10 && name.length !== 7)) return;
    const known = name.toLowerCase();
    if (known !== 'traceparent' && known !== 'tracestate' && known !== 'baggage') return;
    if (Array.isArray(value)) for (const single of value as unknown[]) this.#take(known, single);
    else this.#take(known, value);
  }

  #take(name: 'traceparent' | 'tracestate' | 'baggage', value: unknown): void {
    if (typeof value !== 'string') return;
    const line = value.includes('\n') ? value.replaceAll('\n', NO_HEADER) : value;
    if (name === 'traceparent') this.parents += `\n${(this.parent = line)}`;
    else if (name === 'tracestate') this.state = joined(this.state, line);
    else this.baggage = joined(this.baggage, line);
  }
}

/** Several headers of one name are one list (RFC 9110, section 5.3). */
function joined(list: string, more: string): string {
  return list === '' ? more : `${list},${more}`;
}

/**
 * What came with a request, to be the parent of spans. It takes the place of an open span until `end`, which
 * `using` calls; spans that began under it go on.
 */
export class RemoteParent {
  #handle: number;

  /** What came is `came` where the ledger would send just that along. */
  constructor(
    private readonly ledger: Ledger,
    handle: number,
    private readonly came?: Values,
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
    // Whoever abandons all spans of a ledger ends what came, too.
    if (this.came === undefined || !this.ledger.hasContext(this.#handle)) return injected(this.ledger, this.#handle, target);
    return written(this.came.parent, this.came.state, this.came.baggage, target);
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
  if (typeof headers !== 'object' || headers === null) throw wrong('extract takes Headers, a Map, an array of pairs or an object');
  const values = new Values();
  if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) if (Array.isArray(pair)) values.add(pair[0], pair[1]);
  } else {
    for (const name of Object.keys(headers)) values.add(name, headers[name]);
  }
  const { state, baggage, parents } = values;
  const handle = attempt(() => ledger.extract(`${state}\n${baggage}${parents}`));
  return handle < 0 ? new RemoteParent(ledger, -handle, values) : new RemoteParent(ledger, handle);
}

/** The headers of a span or of what came, in an object of their own or where they are wanted. */
export function injected(ledger: Ledger, handle: number, target?: HeadersTarget): unknown {
  const [parent = '', state = '', baggage = ''] = ledger.inject(handle).split('\n');
  return written(parent, state, baggage, target);
}

/** Headers, without those that are empty. */
function written(parent: string, state: string, baggage: string, target?: HeadersTarget): unknown {
  if (target === undefined) {
    const record: Record<string, string> = {};
    if (parent !== '') record['traceparent'] = parent;
    if (state !== '') record['tracestate'] = state;
    if (baggage !== '') record['baggage'] = baggage;
    return record;
  }
  if (parent !== '') target.set('traceparent', parent);
  if (state !== '') target.set('tracestate', state);
  if (baggage !== '') target.set('baggage', baggage);
  return target;
}
