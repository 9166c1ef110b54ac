// Which spans are sampled, what is kept of them, and how much one may hold: as options, and as the binding reads them.
//
// What is not sampled is still seen by objectives and metrics. Deliberately absent: rules; the ledger checks what
// it is given.

import { checkObject, wrong } from './error.js';
import { type Target, ratioText } from './slo-options.js';
import { type Duration, millis, nanos } from './time.js';

/** A share of all, 0 to 1: as a target of an objective, or a number, which is what its shortest digits say: `0.25`. */
export type Share = Target | number;

/** Whether a span is sampled. */
export type SamplingRule =
  | 'alwaysOn'
  | 'alwaysOff'
  | { readonly traceIdRatio: Share }
  | { readonly rateLimit: { readonly traces: number; readonly period: Duration } };

/** Which rule holds, by what stands above a span (OpenTelemetry Trace SDK, section ParentBased). */
export interface Sampler {
  /** For the first span of a trace. */
  readonly root: SamplingRule;
  /** Under a sampled span of another program; `alwaysOn` if nothing is said. */
  readonly remoteSampled?: SamplingRule;
  /** Under a span of another program that is not sampled; `alwaysOff` if nothing is said. */
  readonly remoteNotSampled?: SamplingRule;
  /** Under a sampled span of this ledger; `alwaysOn` if nothing is said. */
  readonly localSampled?: SamplingRule;
  /** Under a span of this ledger that is not sampled; `alwaysOff` if nothing is said. */
  readonly localNotSampled?: SamplingRule;
}

/** What is kept of sampled spans once it is known how they ended: what failed or was slow, and a share of the others. */
export interface Keeping {
  /** A span that took as long as this or longer was slow; none is never. */
  readonly slow?: Duration;
  /** The share that is kept of what neither failed nor was slow, by the trace's id. */
  readonly others: Share;
}

/** How much a span may hold (OpenTelemetry Trace SDK, section Span limits). What is not said, and more than 128, is 128. */
export interface SpanLimits {
  /** Attributes of a span. */
  readonly attributes?: number;
  /** Events of a span. */
  readonly events?: number;
  /** Links of a span. */
  readonly links?: number;
  /** Attributes of an event. */
  readonly attributesPerEvent?: number;
  /** Attributes of a link. */
  readonly attributesPerLink?: number;
  /** Characters of a text in an attribute; what is longer is cut. As many as a span holds if nothing is said. */
  readonly attributeValueLength?: number;
}

/** It is sampled. */
export const alwaysOn: SamplingRule = 'alwaysOn';

/** It is not. */
export const alwaysOff: SamplingRule = 'alwaysOff';

/** It is if the trace belongs to this share of all: the same traces everywhere (OpenTelemetry, TraceState: Probability Sampling). */
export function traceIdRatio(share: Share): SamplingRule {
  return { traceIdRatio: share };
}

/** It is while so many traces have not begun in so long. What this decides depends on what the ledger saw before. */
export function rateLimit(traces: number, period: Duration): SamplingRule {
  return { rateLimit: { traces, period } };
}

/** Spans under another follow it, unless something else is said of them; `alwaysOn` for the first of a trace if nothing is. */
export function parentBased(rules: Partial<Sampler> = {}): Sampler {
  return { root: alwaysOn, ...rules };
}

/** A sampler as the binding reads it. A rule alone is for all spans, whatever stands above them. */
export function wireSampler(sampler: Sampler | SamplingRule): object {
  if (isRule(sampler)) {
    const rule = wireRule(sampler);
    return { root: rule, remoteSampled: rule, remoteNotSampled: rule, localSampled: rule, localNotSampled: rule };
  }
  checkObject(sampler, 'a sampler');
  const { root, remoteSampled = alwaysOn, remoteNotSampled = alwaysOff, localSampled = alwaysOn, localNotSampled = alwaysOff } = sampler;
  return {
    root: wireRule(root),
    remoteSampled: wireRule(remoteSampled),
    remoteNotSampled: wireRule(remoteNotSampled),
    localSampled: wireRule(localSampled),
    localNotSampled: wireRule(localNotSampled),
  };
}

/** What is kept, as the binding reads it. */
export function wireKeeping(keeping: Keeping | null): object | undefined {
  if (keeping === null) return undefined;
  checkObject(keeping, 'keeping');
  return { slow: keeping.slow === undefined ? undefined : wireDuration(keeping.slow), others: shareText(keeping.others) };
}

/** Limits of spans, as the binding reads them. */
export function wireSpanLimits(limits: SpanLimits): object {
  checkObject(limits, 'limits of spans');
  const { attributes, events, links, attributesPerEvent, attributesPerLink, attributeValueLength } = limits;
  return { attributes, events, links, attributesPerEvent, attributesPerLink, attributeValueLength };
}

function isRule(sampler: Sampler | SamplingRule): sampler is SamplingRule {
  return typeof sampler === 'string' || (typeof sampler === 'object' && sampler !== null && !('root' in sampler));
}

function wireRule(rule: SamplingRule): unknown {
  if (rule === 'alwaysOn' || rule === 'alwaysOff') return rule;
  if (typeof rule === 'object' && rule !== null) {
    if ('traceIdRatio' in rule) return { traceIdRatio: shareText(rule.traceIdRatio) };
    if ('rateLimit' in rule) {
      checkObject(rule.rateLimit, 'a rate limit');
      return { rateLimit: { traces: rule.rateLimit.traces, period: wireDuration(rule.rateLimit.period) } };
    }
  }
  throw wrong('a sampling rule is alwaysOn, alwaysOff, traceIdRatio(share) or rateLimit(traces, period)');
}

function wireDuration(duration: Duration): [number, number] {
  if (typeof duration !== 'number' && typeof duration !== 'bigint') throw wrong('a length of time is milliseconds or, as a bigint, nanoseconds');
  return [millis(duration), nanos(duration)];
}

function shareText(share: Share): string {
  return typeof share === 'number' ? String(share) : ratioText(share);
}
