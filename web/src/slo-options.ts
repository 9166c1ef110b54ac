// What objectives are made of, and how the binding reads it.
//
// Shares and factors are text or ratios of integers and never doubles: 0.999 has no exact one, and whether
// an objective is met must not depend on rounding. Lengths of time are whole minutes, as objectives count
// them. Deliberately absent: rules; the ledger checks what it is given.

import { checkList, checkObject, checkText, within, wrong } from './error.js';
import { numeric } from './outcome.js';
import { type Duration, type Time, millis, nanos } from './time.js';

/** An exact fraction. */
export interface Ratio<N = number | bigint> {
  /** Above the line. */
  readonly numerator: N;
  /** Below the line; not zero. */
  readonly denominator: N;
}

/** A share or a factor: `'99.9%'`, `'0.999'`, `'14.4'`, `'999/1000'`, or a ratio. */
export type Target = string | Ratio;

/** What kind of thing an indicator is about; it does not change how it is counted. */
export type SliType = 'availability' | 'latency' | 'throughput' | 'error-rate' | 'saturation';

/** A value is good when it compares so with `value`. */
export interface Threshold {
  /** How. */
  readonly comparison: 'below' | 'at-most' | 'above' | 'at-least';
  /** With what. */
  readonly value: number;
}

/** Series whose records are counted together: what is added to a counter counts as so many events, each value of a histogram or a summary as one. */
export interface MetricSelector {
  /** The family's name, with or without `_total`: of a counter, a histogram or a summary. */
  readonly name: string;
  /** The labels that must match; none takes all series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a histogram or a summary, only values that compare so count. */
  readonly threshold?: Threshold;
}

/** A part, which is what is good or what is bad, and the whole. */
export type MetricRatio =
  | { readonly good: MetricSelector; readonly total: MetricSelector }
  | { readonly bad: MetricSelector; readonly total: MetricSelector };

/** Spans that are events. One is good when its status is no error and it did not take too long. */
export interface SpanSelector {
  /** The name they end with. */
  readonly name: string;
  /** The attributes that must match, as text; none takes all of the name. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** How long a good one may take: milliseconds, or nanoseconds as a bigint. */
  readonly maxDuration?: Duration;
}

/** An objective's part in another. */
export interface Weighted {
  /** The objective's id. */
  readonly id: string;
  /** Its weight, at least 1. */
  readonly weight: number;
}

/**
 * Where good and bad come from: the recorder says it of each event (`events`), a threshold judges a value,
 * records of this ledger's metrics or finished spans are the events from when the objective is created on,
 * or other objectives are its parts.
 */
export type Indicator =
  | 'events'
  | { readonly threshold: Threshold }
  | { readonly metrics: MetricRatio }
  | { readonly spans: SpanSelector }
  | { readonly composite: readonly Weighted[] };

/** The last so many minutes, or the time since the calendar's last turn. */
export type Window =
  | { readonly rollingMinutes: number }
  | { readonly calendar: 'day' | 'week' | 'month' | 'quarter'; readonly utcOffsetMinutes?: number };

/** What a slice of time is in which nothing happened: not counted, good, or bad. */
export type Missing = 'ignored' | 'good' | 'bad';

/** What the budget is counted in: events, slices of time that are good or bad as a whole, or slices that count by their share. */
export type Budgeting =
  | 'occurrences'
  | { readonly timeslices: { readonly minutes: number; readonly target: Target; readonly missing?: Missing } }
  | { readonly ratioTimeslices: { readonly minutes: number; readonly missing?: Missing } };

/** How urgent an alert is: somebody must look now, or in the next days. */
export type Severity = 'page' | 'ticket';

/** The budget burns faster than so many times the pace that just spends it in the window, over both lookbacks. */
export interface Burn {
  /** How many times as fast. */
  readonly factor: Target;
  /** The long lookback, at most the window. */
  readonly longMinutes: number;
  /** The short one, which ends the alert soon after the burning ends. */
  readonly shortMinutes: number;
  /** How many events (or slices) must have been bad in the long lookback; 1 if nothing is said. */
  readonly minimumBad?: number;
}

/** An alert: it fires while the budget burns too fast, or when nothing happened for so long. */
export type Alert =
  | { readonly name: string; readonly severity: Severity; readonly burn: Burn }
  | { readonly name: string; readonly severity: Severity; readonly noDataMinutes: number };

/** A step of an error budget policy. */
export interface PolicyStep {
  /** The share of the budget from which on it holds. */
  readonly from: Target;
  /** It goes on until less than this share is consumed; as `from` if nothing is said. */
  readonly until?: Target;
  /** What is to be done, in a word. */
  readonly action: string;
}

/** A time in which events do not count, though they are kept. */
export interface Exemption {
  /** Why, for people. */
  readonly reason: string;
  /** When it begins (the first time); on a whole minute. */
  readonly start: Time;
  /** How long it lasts. */
  readonly minutes: number;
  /** How it repeats, if it does: a rule of RFC 5545 (`FREQ=WEEKLY;BYDAY=SA,SU`). */
  readonly recurrence?: string;
  /** On whose calendar it repeats: minutes east of UTC; 0 if nothing is said. */
  readonly utcOffsetMinutes?: number;
}

/** How finely and how long the past is kept, all in minutes; `Infinity` is for ever. */
export interface Resolution {
  /** So much by the minute; six hours if nothing is said. */
  readonly minutes?: number;
  /** So much in slots of at most five minutes, and what is older in hours; three days if nothing is said. */
  readonly fiveMinutes?: number;
  /** So much beside the window: how late events may come, and how far back one may ask how things stood; a day if nothing is said. */
  readonly history?: number;
}

/** What is promised. Two objectives of one id and version must be alike. */
export interface SloOptions<D extends readonly string[] = readonly string[]> {
  /** Its id. */
  readonly id: string;
  /** Which of its terms these are: 1 (if nothing is said), 2, 3, ... */
  readonly version?: number;
  /** Its name, for people; the id if nothing is said. */
  readonly name?: string;
  /** What it means, for people. */
  readonly description?: string;
  /** What kind of thing it is about; `availability` if nothing is said. */
  readonly sliType?: SliType;
  /** Where good and bad come from; `events` if nothing is said. */
  readonly indicator?: Indicator;
  /** The share that must be good, above 0 and at most 1. */
  readonly target: Target;
  /** Over how many last days; 30 if nothing is said here and at `window`. */
  readonly windowDays?: number;
  /** Over what other time. */
  readonly window?: Window;
  /** What the budget is counted in; `occurrences` if nothing is said. */
  readonly budgeting?: Budgeting;
  /** Fewer events (or slices) than this in the window are too few to judge by: nothing is violated then, no alert on burn fires, no step of the policy holds; 0 if nothing is said. */
  readonly minimum?: number;
  /** The attributes of events by which failures are analysed, at most 8: of metrics their labels, of spans their attributes. */
  readonly dimensions?: D;
  /** When somebody is to be told; the four of the SRE workbook if nothing is said. */
  readonly alerts?: readonly Alert[];
  /** What is to be done as the budget is consumed; reviews from half of it on, less risk from three quarters, no deployments once it is spent, if nothing is said. */
  readonly policy?: readonly PolicyStep[];
  /** Times in which events do not count. */
  readonly exemptions?: readonly Exemption[];
  /** How finely the past is kept. */
  readonly resolution?: Resolution;
}

/** An objective as the binding reads it. */
export function wireObjective(options: SloOptions): object {
  checkObject(options, 'an objective');
  const given: { readonly id?: unknown } = options;
  const what = typeof given.id === 'string' ? `objective '${given.id}'` : 'an objective';
  try {
    checkFields(options, OBJECTIVE, what);
    return wire(options);
  } catch (error) {
    throw within(error, what);
  }
}

function wire(options: SloOptions): object {
  const { id, version = 1, name = id, description = '', sliType = 'availability', minimum = 0 } = options;
  const { indicator = 'events', budgeting = 'occurrences', dimensions = [], alerts, policy, exemptions = [], resolution = {} } = options;
  checkText(id, "an objective's id");
  checkList(dimensions, `the dimensions of '${id}'`);
  checkObject(resolution, 'a resolution');
  checkFields(resolution, RESOLUTION, 'its resolution');
  const { minutes, fiveMinutes, history } = resolution;
  return {
    id,
    version,
    name,
    description,
    sliType,
    indicator: wireIndicator(indicator),
    target: ratioText(options.target),
    window: wireWindow(options),
    budgeting: wireBudgeting(budgeting),
    minimum,
    dimensions: [...(dimensions as readonly unknown[])],
    alerts: alerts === undefined ? undefined : wireList(alerts, 'alerts', wireAlert),
    policy: policy === undefined ? undefined : wireList(policy, 'policy', wireStep),
    exemptions: wireList(exemptions, 'exemptions', wireExemption),
    resolution: { minutes, fiveMinutes, history },
  };
}

function wireIndicator(indicator: Indicator): unknown {
  if (typeof indicator === 'string') return indicator;
  const kind = theOne(indicator, ['threshold', 'metrics', 'spans', 'composite'], 'an indicator');
  const content: unknown = (indicator as Record<string, unknown>)[kind];
  switch (kind) {
    case 'threshold':
      return { threshold: wireThreshold(content as Threshold) };
    case 'metrics': {
      const ratio = content as Record<string, MetricSelector>;
      const part = theOne(ratio, ['good', 'bad'], 'an indicator over metrics');
      return { metrics: { partIsGood: part === 'good', part: wireSelector(ratio[part]), total: wireSelector(ratio['total']) } };
    }
    case 'spans': {
      checkObject(content, 'an indicator over spans');
      checkFields(content, SPANS, 'its indicator over spans');
      const { name, attributes, maxDuration } = content as SpanSelector;
      return { spans: { name, attributes: wirePairs(attributes, 'attributes'), maxDuration: maxDuration === undefined ? undefined : wireTime(maxDuration) } };
    }
    default: {
      const part = (weighted: Weighted): object => {
        checkFields(weighted, WEIGHTED, 'each of its parts');
        return { id: weighted.id, weight: weighted.weight };
      };
      return { composite: wireList(content as readonly Weighted[], "a composite's parts", part) };
    }
  }
}

function wireThreshold(threshold: Threshold): object {
  checkObject(threshold, 'a threshold');
  checkFields(threshold, THRESHOLD, 'a threshold of it');
  return { comparison: threshold.comparison, value: threshold.value };
}

function wireSelector(selector: MetricSelector | undefined): object {
  checkObject(selector, 'each of the part and the total of an indicator over metrics');
  checkFields(selector, SELECTOR, 'a selector of its metrics');
  const { name, labels, threshold } = selector as MetricSelector;
  return { name, labels: wirePairs(labels, 'labels'), threshold: threshold === undefined ? undefined : wireThreshold(threshold) };
}

function wirePairs(record: Readonly<Record<string, string>> | undefined, what: string): [string, string][] {
  if (record === undefined) return [];
  checkObject(record, what);
  const pairs = Object.entries(record);
  if (Array.isArray(record) || !pairs.every(([, value]) => typeof value === 'string')) throw wrong(`${what} must have strings for values`);
  return pairs;
}

function wireWindow({ window, windowDays }: SloOptions): object {
  if (window === undefined) return { rolling: { minutes: numeric(windowDays ?? 30) * 1_440 } };
  if (windowDays !== undefined) throw wrong('an objective takes window or windowDays, not both');
  const kind = theOne(window, ['rollingMinutes', 'calendar'], 'a window');
  checkFields(window, kind === 'calendar' ? CALENDAR : ROLLING, 'its window');
  if (kind === 'rollingMinutes') return { rolling: { minutes: (window as { rollingMinutes: number }).rollingMinutes } };
  const { calendar, utcOffsetMinutes = 0 } = window as { calendar: string; utcOffsetMinutes?: number };
  return { calendar: { unit: calendar, utcOffsetMinutes } };
}

function wireBudgeting(budgeting: Budgeting): unknown {
  if (typeof budgeting === 'string') return budgeting;
  const kind = theOne(budgeting, ['timeslices', 'ratioTimeslices'], 'budgeting');
  const slices: unknown = (budgeting as Record<string, unknown>)[kind];
  checkObject(slices, kind);
  checkFields(slices, kind === 'timeslices' ? TIMESLICES : RATIO_TIMESLICES, 'its budgeting');
  const { minutes, target, missing = 'ignored' } = slices as { minutes: number; target: Target; missing?: Missing };
  return kind === 'timeslices' ? { timeslices: { minutes, target: ratioText(target), missing } } : { ratioTimeslices: { minutes, missing } };
}

function wireAlert(alert: Alert): object {
  const { name, severity } = alert;
  const kind = theOne(alert, ['burn', 'noDataMinutes'], 'an alert');
  checkFields(alert, kind === 'burn' ? BURN_ALERT : NO_DATA_ALERT, 'an alert of it');
  if (kind === 'noDataMinutes') return { name, severity, condition: { noData: { minutes: (alert as { noDataMinutes: number }).noDataMinutes } } };
  const { burn } = alert as { burn: Burn };
  checkObject(burn, 'burn');
  checkFields(burn, BURN, 'the burn of an alert');
  const { factor, longMinutes, shortMinutes, minimumBad = 1 } = burn;
  return { name, severity, condition: { burn: { factor: ratioText(factor), longMinutes, shortMinutes, minimumBad } } };
}

function wireStep(step: PolicyStep): object {
  checkFields(step, STEP, 'a step of its policy');
  const { from, until = from, action } = step;
  return { from: ratioText(from), until: ratioText(until), action };
}

function wireExemption(exemption: Exemption): object {
  checkFields(exemption, EXEMPTION, 'an exemption of it');
  const { reason, start, minutes, recurrence, utcOffsetMinutes = 0 } = exemption;
  return { reason, start: wireTime(start), minutes, recurrence, utcOffsetMinutes };
}

function wireList<T>(list: readonly T[], what: string, wire: (item: T) => object): object[] {
  checkList(list, what);
  return [...list].map((item) => {
    checkObject(item, `each of ${what}`);
    return wire(item as T);
  });
}

/** The fields that an object must have, and those that it may have. */
type Fields = readonly [needed: readonly string[], others: readonly string[]];

const OBJECTIVE: Fields = [
  ['id', 'target'],
  [
    'version', 'name', 'description', 'sliType', 'indicator', 'windowDays', 'window', 'budgeting', 'minimum', 'dimensions', 'alerts', 'policy',
    'exemptions', 'resolution',
  ],
];
const RESOLUTION: Fields = [[], ['minutes', 'fiveMinutes', 'history']];
const THRESHOLD: Fields = [['comparison', 'value'], []];
const SELECTOR: Fields = [['name'], ['labels', 'threshold']];
const SPANS: Fields = [['name'], ['attributes', 'maxDuration']];
const WEIGHTED: Fields = [['id', 'weight'], []];
const ROLLING: Fields = [['rollingMinutes'], []];
const CALENDAR: Fields = [['calendar'], ['utcOffsetMinutes']];
const TIMESLICES: Fields = [['minutes', 'target'], ['missing']];
const RATIO_TIMESLICES: Fields = [['minutes'], ['missing']];
const BURN_ALERT: Fields = [['name', 'severity', 'burn'], []];
const NO_DATA_ALERT: Fields = [['name', 'severity', 'noDataMinutes'], []];
const BURN: Fields = [['factor', 'longMinutes', 'shortMinutes'], ['minimumBad']];
const STEP: Fields = [['from', 'action'], ['until']];
const EXEMPTION: Fields = [['reason', 'start', 'minutes'], ['recurrence', 'utcOffsetMinutes']];

/** Refuses an object that lacks a field, or has one that is not known: it would be passed over, and most are misspelt. */
function checkFields(object: unknown, [needed, others]: Fields, what: string): void {
  const record = object as Record<string, unknown>;
  for (const name of Object.keys(record)) {
    if (!needed.includes(name) && !others.includes(name)) {
      throw wrong(`${what} has no field '${name.slice(0, 64)}'; there are ${[...needed, ...others].join(', ')}`);
    }
  }
  const missing = needed.find((name) => record[name] === undefined);
  if (missing !== undefined) throw wrong(`${what} lacks the field '${missing}'`);
}

/** A time or a length of time as the binding reads it; none is NaN. */
export function wireTime(time: Time | Duration | undefined): [number, number] {
  return [millis(time), nanos(time)];
}

/** The text of a share or a factor. */
/** A share or a factor as the binding reads it. */
export function ratioText(ratio: Target): string {
  if (typeof ratio === 'string') return ratio;
  checkObject(ratio, 'a share is a string such as 95%, or');
  const { numerator, denominator } = ratio;
  for (const part of [numerator, denominator]) {
    if (typeof part !== 'number' && typeof part !== 'bigint') throw wrong('a ratio has two whole numbers');
  }
  return `${numerator}/${denominator}`;
}

/** Which one of some properties an object has of its own: what a page gives all objects is not meant. */
function theOne<const K extends string>(object: unknown, names: readonly K[], what: string): K {
  checkObject(object, what);
  const [name, second] = names.filter((candidate) => Object.hasOwn(object as object, candidate));
  if (name === undefined || second !== undefined) throw wrong(`${what} has one of ${names.join(', ')}`);
  return name;
}
