// Finished spans as objects, for exporters that look at them.
//
// They are read from the JSON of OTLP, so whoever sends bytes does not pay for objects. Deliberately absent: a
// second rule for numbers; an attribute is what `AttributeValue` says, so a span can be recorded again as it is.

import { type AttributeValue, type Attributes, float } from '../attribute.js';
import type { SpanContext, SpanStatus } from '../span.js';
import type { ScopeOptions, SpanData, SpanEvent, SpanKind, SpanLink } from '../tracer.js';
import type { SpanBatch } from './exporter.js';

/** A span that ended. Its times are nanoseconds since 1970. */
export interface FinishedSpan extends Required<Omit<SpanData, 'parent' | 'started' | 'ended'>> {
  /** The id of the span it hangs under; nothing for a root. */
  readonly parent?: string;
  /** When it began. */
  readonly started: bigint;
  /** When it ended. */
  readonly ended: bigint;
  /** Who ran. */
  readonly resource: Attributes;
  /** Which library or part of the program says it. */
  readonly scope: Required<ScopeOptions> & { readonly name: string };
}

// The parts of an ExportTraceServiceRequest that stand in its JSON; what is empty is left out.
interface Value {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | 'NaN' | 'Infinity' | '-Infinity';
  readonly arrayValue?: { readonly values?: readonly Value[] };
}
type Pairs = readonly { readonly key: string; readonly value: Value }[];
interface Context {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly flags?: number;
}
interface Event {
  readonly timeUnixNano?: string;
  readonly name?: string;
  readonly attributes?: Pairs;
}
interface Span extends Context {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: Pairs;
  readonly droppedAttributesCount?: number;
  readonly events?: readonly Event[];
  readonly droppedEventsCount?: number;
  readonly links?: readonly (Context & { readonly attributes?: Pairs })[];
  readonly droppedLinksCount?: number;
  readonly status?: { readonly message?: string; readonly code: number };
}
interface Request {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes?: Pairs };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name?: string; readonly version?: string; readonly attributes?: Pairs };
      readonly spans: readonly Span[];
      readonly schemaUrl?: string;
    }[];
  }[];
}

const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer']; // from 1 on
const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];

/** The spans of a batch as objects, by resource and scope. */
export function finishedSpans(batch: SpanBatch): FinishedSpan[] {
  const { resourceSpans = [] } = JSON.parse(batch.otlpTracesJson()) as Request;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans, schemaUrl = '' }) => {
      const { name = '', version = '' } = scope;
      const of = { resource: attributes(resource.attributes), scope: { name, version, schemaUrl, attributes: attributes(scope.attributes) } };
      return spans.map((span) => ({ ...finished(span), ...of }));
    }),
  );
}

function finished(span: Span): Omit<FinishedSpan, 'resource' | 'scope'> {
  return {
    context: context(span),
    ...(span.parentSpanId !== undefined && { parent: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind - 1] ?? 'internal',
    started: BigInt(span.startTimeUnixNano ?? 0),
    ended: BigInt(span.endTimeUnixNano ?? 0),
    attributes: attributes(span.attributes),
    events: (span.events ?? []).map(event),
    links: (span.links ?? []).map((link): SpanLink => ({ context: context(link), attributes: attributes(link.attributes) })),
    status: STATUSES[span.status?.code ?? 0] ?? 'unset',
    description: span.status?.message ?? '',
    droppedAttributes: span.droppedAttributesCount ?? 0,
    droppedEvents: span.droppedEventsCount ?? 0,
    droppedLinks: span.droppedLinksCount ?? 0,
  };
}

function event({ name = '', timeUnixNano = '0', attributes: pairs }: Event): SpanEvent {
  return { name, at: BigInt(timeUnixNano), attributes: attributes(pairs) };
}

function context({ traceId, spanId, flags = 0, traceState = '' }: Context): SpanContext {
  return { traceId, spanId, traceFlags: flags, traceState };
}

function attributes(pairs: Pairs = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, attribute(value)]));
}

function attribute(value: Value): AttributeValue {
  const list = value.arrayValue?.values;
  if (value.arrayValue === undefined) return single(value);
  if (list?.[0]?.intValue !== undefined) {
    const integers = list.map(({ intValue = '' }) => BigInt(intValue));
    return integers.every(isSmall) ? integers.map(Number) : integers;
  }
  if (list?.[0]?.doubleValue !== undefined) {
    const doubles = list.map(({ doubleValue }) => Number(doubleValue));
    return doubles.every(isWhole) ? float(doubles) : doubles;
  }
  return (list ?? []).map(single) as readonly string[] | readonly boolean[];
}

function single({ stringValue, boolValue, intValue, doubleValue }: Value): string | boolean | number | bigint | ReturnType<typeof float> {
  if (intValue !== undefined) return isSmall(BigInt(intValue)) ? Number(intValue) : BigInt(intValue);
  if (doubleValue === undefined) return boolValue ?? stringValue ?? '';
  const double = Number(doubleValue);
  return isWhole(double) ? float(double) : double;
}

function isSmall(integer: bigint): boolean {
  return Number.isSafeInteger(Number(integer));
}

/** Whether a double would be taken for an integer. */
function isWhole(double: number): boolean {
  return Number.isSafeInteger(double) && !Object.is(double, -0);
}
