// Options out of the environment variables of OpenTelemetry, for who asks for them.
//
// Source: OpenTelemetry, Environment Variable Specification and Protocol Exporter. Deliberately absent: reading them by
// itself; a library does not change what it does because of a variable that nobody pointed it at.

import type { Attributes } from './attribute.js';
import { Environment, type Variables, boolean, choice, integer, pairs, size, timeout, withoutNothing } from './environment-value.js';
import { type TelemetryError, checkObject, wrong } from './error.js';
import type { OtlpHttpOptions } from './push/otlp-http.js';
import type { PipelineOptions } from './push/pipeline.js';
import { type Sampler, type SamplingRule, type SpanLimits, alwaysOff, alwaysOn, parentBased, traceIdRatio } from './sampling.js';
import type { TelemetryOptions } from './telemetry.js';

/** What the variables say. What they do not say is not there. */
export interface EnvironmentOptions {
  /** By `OTEL_SDK_DISABLED`. Where it is, nothing is sampled either, so nothing is exported. */
  readonly isDisabled: boolean;
  /** By `OTEL_TRACES_EXPORTER`: where spans are to go. */
  readonly exporter?: 'otlp' | 'console' | 'none';
  /** For `new Telemetry`: by `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and the limits of spans. */
  readonly telemetry: Pick<TelemetryOptions, 'sampler' | 'resource' | 'spanLimits'>;
  /** For `new SpanPipeline`: by `OTEL_BSP_…`. */
  readonly pipeline: PipelineOptions;
  /** For `new OtlpHttpExporter`: by `OTEL_EXPORTER_OTLP_TRACES_…` and `OTEL_EXPORTER_OTLP_…`. */
  readonly otlp: OtlpHttpOptions;
}

const LIMITS: Readonly<Record<keyof SpanLimits, readonly string[]>> = {
  attributes: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  events: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  links: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  attributesPerEvent: ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributesPerLink: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeValueLength: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
};

const SAMPLERS = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const;

/** How many spans wait at once where nothing is said, as the pipeline has it. */
const QUEUE_SIZE = 2_048;

/** How many digits a ratio of the ledger's has behind the point. */
const SHARE_DIGITS = 17;

/**
 * What the environment says: `const { telemetry, pipeline, otlp } = fromEnvironment(process.env)`.
 *
 * A value that is wrong is told to `onError`, or on the console, and ignored.
 */
export function fromEnvironment(variables: Variables, onError: (error: TelemetryError) => void = warn): EnvironmentOptions {
  checkObject(variables, 'fromEnvironment');
  const environment = new Environment(variables, onError);
  const isDisabled = environment.read(['OTEL_SDK_DISABLED'], boolean) ?? false;
  const sampler = samplerOf(environment);
  const exporter = environment.read(['OTEL_TRACES_EXPORTER'], choice(['otlp', 'console', 'none']));
  return {
    isDisabled,
    ...(exporter !== undefined && { exporter }),
    telemetry: withoutNothing<EnvironmentOptions['telemetry']>({
      sampler: isDisabled ? alwaysOff : sampler,
      resource: resourceOf(environment),
      spanLimits: limitsOf(environment),
    }),
    pipeline: pipelineOf(environment),
    otlp: otlpOf(environment),
  };
}

function warn(error: TelemetryError): void {
  console.warn(error.message);
}

function samplerOf(environment: Environment): Sampler | SamplingRule | undefined {
  const name = environment.read(['OTEL_TRACES_SAMPLER'], choice(SAMPLERS));
  const ratio = (): SamplingRule => environment.read(['OTEL_TRACES_SAMPLER_ARG'], share) ?? traceIdRatio('1');
  switch (name) {
    case undefined:
      return undefined;
    case 'always_on':
      return alwaysOn;
    case 'always_off':
      return alwaysOff;
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_on':
      return parentBased();
    case 'parentbased_always_off':
      return parentBased({ root: alwaysOff });
    case 'parentbased_traceidratio':
      return parentBased({ root: ratio() });
  }
}

function share(text: string): SamplingRule {
  const value = /^[\d.]+(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!(value <= 1)) throw wrong(`'${text}' is no share from 0 to 1`);
  const isExact = /^\d*\.?\d*$/.test(text) && (text.split('.')[1] ?? '').length <= SHARE_DIGITS;
  return traceIdRatio(isExact ? text : value.toFixed(SHARE_DIGITS));
}

function resourceOf(environment: Environment): Attributes | undefined {
  const attributes = environment.read(['OTEL_RESOURCE_ATTRIBUTES'], pairs) ?? [];
  const service = environment.read(['OTEL_SERVICE_NAME'], (text) => text);
  if (service !== undefined) attributes.push(['service.name', service]); // it beats one among the attributes
  return attributes.length === 0 ? undefined : Object.fromEntries(attributes);
}

function limitsOf(environment: Environment): SpanLimits | undefined {
  const limits = Object.entries(LIMITS).map(([limit, names]) => [limit, environment.read(names, integer)] as const);
  const known = limits.filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : (Object.fromEntries(known) as SpanLimits);
}

function pipelineOf(environment: Environment): PipelineOptions {
  const maxQueueSize = environment.read(['OTEL_BSP_MAX_QUEUE_SIZE'], size);
  const most = maxQueueSize ?? QUEUE_SIZE;
  const batchSize = (text: string): number => {
    const count = size(text);
    if (count > most) throw wrong(`${count} is more than wait at once, ${most}`);
    return count;
  };
  return withoutNothing<PipelineOptions>({
    maxQueueSize,
    maxExportBatchSize: environment.read(['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], batchSize),
    scheduleDelay: environment.read(['OTEL_BSP_SCHEDULE_DELAY'], integer),
    exportTimeout: environment.read(['OTEL_BSP_EXPORT_TIMEOUT'], timeout),
  });
}

/** How spans are sent: what is said for traces, and else what is said for all signals. */
function otlpOf(environment: Environment): OtlpHttpOptions {
  const both = (name: string): string[] => [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
  environment.read(both('COMPRESSION'), uncompressed);
  return withoutNothing<OtlpHttpOptions>({
    endpoint: environment.read(['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], address) ?? environment.read(['OTEL_EXPORTER_OTLP_ENDPOINT'], belowAddress),
    headers: environment.read(both('HEADERS'), headers),
    protocol: environment.read(both('PROTOCOL'), choice(['http/protobuf', 'http/json', 'grpc'])),
    timeout: environment.read(both('TIMEOUT'), timeout),
  });
}

function uncompressed(text: string): void {
  if (text.toLowerCase() !== 'none') throw wrong(`'${text}' is not done here, so requests go as they are`);
}

/** An address that is meant as it is. */
function address(text: string): string {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw wrong('it is no address; give one like http://localhost:4318');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('it is no http address; give one like http://localhost:4318');
  return text;
}

/** The address for traces below one for all signals. */
function belowAddress(text: string): string {
  const url = new URL(address(text));
  url.pathname = url.pathname.replace(/\/?$/, '/v1/traces');
  return url.href;
}

function headers(text: string): Readonly<Record<string, string>> {
  const found = pairs(text);
  for (const [place, pair] of found.entries()) {
    try {
      new Headers([pair]);
    } catch {
      throw wrong(`part ${place + 1} cannot be sent as a header`);
    }
  }
  return Object.fromEntries(found);
}
