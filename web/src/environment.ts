// Options of a ledger out of the environment variables of OpenTelemetry, for who asks for them.
//
// Source: OpenTelemetry, Environment Variable Specification. What is not set or empty is not said. Deliberately
// absent: reading them by itself; a library does not change what it does because of a variable that nobody
// pointed it at.

import type { Attributes } from './attribute.js';
import { checkObject, wrong } from './error.js';
import { type Sampler, type SamplingRule, type SpanLimits, alwaysOff, alwaysOn, parentBased, traceIdRatio } from './sampling.js';

/** Variables by name, such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the variables say. */
export interface EnvironmentOptions {
  /** By `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. */
  readonly sampler?: Sampler | SamplingRule;
  /** By `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resource?: Attributes;
  /** By `OTEL_SPAN_…_LIMIT`, `OTEL_ATTRIBUTE_…_LIMIT`, `OTEL_EVENT_…_LIMIT` and `OTEL_LINK_…_LIMIT`. */
  readonly spanLimits?: SpanLimits;
}

const LIMITS: Readonly<Record<keyof SpanLimits, readonly string[]>> = {
  attributes: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  events: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  links: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  attributesPerEvent: ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributesPerLink: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeValueLength: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
};

/**
 * What the environment says: `new Telemetry(fromEnvironment(process.env))`.
 *
 * @throws TelemetryError `invalid-argument` for a sampler, a limit or an attribute that is none; it names the variable.
 */
export function fromEnvironment(variables: Variables): EnvironmentOptions {
  checkObject(variables, 'fromEnvironment');
  const [sampler, resource, spanLimits] = [samplerOf(variables), resourceOf(variables), limitsOf(variables)];
  return { ...(sampler && { sampler }), ...(resource && { resource }), ...(spanLimits && { spanLimits }) };
}

function samplerOf(variables: Variables): Sampler | SamplingRule | undefined {
  const name = variables['OTEL_TRACES_SAMPLER'];
  const share = variables['OTEL_TRACES_SAMPLER_ARG'] || '1';
  switch (name) {
    case undefined:
    case '':
      return undefined;
    case 'always_on':
      return alwaysOn;
    case 'always_off':
      return alwaysOff;
    case 'traceidratio':
      return traceIdRatio(share);
    case 'parentbased_always_on':
      return parentBased();
    case 'parentbased_always_off':
      return parentBased({ root: alwaysOff });
    case 'parentbased_traceidratio':
      return parentBased({ root: traceIdRatio(share) });
    default:
      throw wrong(`OTEL_TRACES_SAMPLER: there is no sampler '${name}'; there are (parentbased_)always_on, always_off and traceidratio`);
  }
}

function resourceOf(variables: Variables): Attributes | undefined {
  const attributes: [string, string][] = [];
  for (const pair of (variables['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value] = pair.split(/=(.*)/s, 2);
    if (key.trim() === '' || value === undefined) throw wrong(`OTEL_RESOURCE_ATTRIBUTES: '${pair}' is no key=value`);
    attributes.push([decoded(key), decoded(value)]);
  }
  const service = variables['OTEL_SERVICE_NAME'];
  if (service) attributes.push(['service.name', service]); // it beats one among the attributes
  return attributes.length === 0 ? undefined : Object.fromEntries(attributes);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    throw wrong(`OTEL_RESOURCE_ATTRIBUTES: '${text}' is not percent-encoded`);
  }
}

function limitsOf(variables: Variables): SpanLimits | undefined {
  const limits: Partial<Record<keyof SpanLimits, number>> = {};
  for (const [limit, names] of Object.entries(LIMITS)) {
    const name = names.find((candidate) => variables[candidate]);
    if (name === undefined) continue;
    const text = variables[name] ?? '';
    if (!/^\d{1,9}$/.test(text)) throw wrong(`${name}: '${text}' is no number from 0 to 999999999`);
    limits[limit as keyof SpanLimits] = Number(text);
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}
