// What is said of objectives: how they stand, what they went through, what failures had in common.
//
// Times are nanoseconds since 1970 and lengths of time nanoseconds, both bigints; counts are numbers, exact
// to 2^53 - 1 and rounded beyond. Deliberately absent: how any of it is computed, which is the ledger's.

import type { Ratio, Severity } from './slo-options.js';

/** How an objective stands: too little happened to say, the target is reached, it is but not for long, or it is not. */
export type SloState = 'no-data' | 'insufficient' | 'met' | 'at-risk' | 'violated';

/** An objective at a moment. */
export interface SloStatus {
  /** The objective's id. */
  readonly id: string;
  /** Which of its terms these are. */
  readonly version: number;
  /** The objective's name. */
  readonly name: string;
  /** The share that must be good, in lowest terms. */
  readonly target: Ratio<bigint>;
  /** When the window begins, inclusive. */
  readonly windowStart: bigint;
  /** When the window ends, exclusive; zero without data. */
  readonly windowEnd: bigint;
  /** Good events (or slices) in the window, those in exempt times left out. */
  readonly good: number;
  /** All events (or slices) in the window, those in exempt times left out. */
  readonly total: number;
  /** So many of `good` and `total` are one event or slice: 1, or 1,000,000,000 where slices count by their share. */
  readonly unit: number;
  /** The same as `good` with those in exempt times. */
  readonly rawGood: number;
  /** The same as `total` with those in exempt times. */
  readonly rawTotal: number;
  /** How it stands, decided in integers. */
  readonly state: SloState;
  /** Whether it is not violated; also where too little happened to say. */
  readonly isMet: boolean;
  /** good / total; nothing without data. */
  readonly current: number | undefined;
  /** The share of the error budget that is left, below 0 when overspent; nothing without data or where the target is 1. */
  readonly budgetRemaining: number | undefined;
  /** How many more may go bad. */
  readonly budgetRemainingEvents: number;
  /** The share of the error budget that is left, in percent from 0 to 100; 100 without data. */
  readonly errorBudgetRemaining: number;
  /** The share of the error budget that is consumed, in percent from 0 to 100. */
  readonly errorBudgetConsumed: number;
  /** The share of the window's minutes that lie in slots in which something happened. */
  readonly coverage: number;
  /** How fast the budget burned over each lookback of the alerts, shortest first: 1 just spends it in the window; nothing where nothing happened. */
  readonly burnRates: readonly { readonly lookback: bigint; readonly rate: number | undefined }[];
  /** The names of the alerts that fire. */
  readonly firing: readonly string[];
  /** While the target is reached: how soon it will not be if things go on as lately; nothing where it will be. */
  readonly timeToExhaustion: bigint | undefined;
  /** While the target is not reached: how soon it will be again, likewise. */
  readonly timeToRecovery: bigint | undefined;
  /** Of a calendar window: what `current` and `budgetRemaining` will be at its end, likewise. */
  readonly projection: { readonly current: number | undefined; readonly budgetRemaining: number | undefined } | undefined;
  /** Events that were recorded too late for any window, and so are in none. */
  readonly expired: number;
  /** Records of metrics that are no whole number of events, and so in no slot. */
  readonly uncounted: number;
}

/** A time in which an objective's target was not reached: one episode, however many events. */
export interface SloViolation {
  /** The objective's id. */
  readonly id: string;
  /** The objective's name. */
  readonly name: string;
  /** When it began. */
  readonly opened: bigint;
  /** Whether it may have begun before; that is not known any more. */
  readonly openedBefore: boolean;
  /** When it ended; nothing while it lasts. */
  readonly closed: bigint | undefined;
  /** How long it lasted, up to the time that is asked about. */
  readonly duration: bigint;
  /** The lowest share of good events in the window. */
  readonly worst: number;
  /** When that was. */
  readonly worstAt: bigint;
  /** The greatest share of the error budget that was consumed; nothing where the target is 1. */
  readonly budgetConsumed: number | undefined;
  /** Good events (or slices) while it lasted. */
  readonly good: number;
  /** Bad ones. */
  readonly bad: number;
  /** The slots with bad events that were in the window while it lasted, those with most first; at most 16. */
  readonly slots: readonly SloViolationSlot[];
  /** How many such slots there are. */
  readonly slotsTotal: number;
}

/** A slot (or slice) of time with bad events. */
export interface SloViolationSlot {
  /** When it begins. */
  readonly start: bigint;
  /** When it ends. */
  readonly end: bigint;
  /** Good events in it. */
  readonly good: number;
  /** Bad events in it. */
  readonly bad: number;
}

/** What an alert did. */
export interface SloAlertHistory {
  /** The alert's name. */
  readonly name: string;
  /** How urgent it is. */
  readonly severity: Severity;
  /** Whether it fires. */
  readonly isFiring: boolean;
  /** When it fired, in order, the newest 1,000: until `closed`, if it does not now, and with what greatest burn rate over the long lookback. */
  readonly spells: readonly { readonly opened: bigint; readonly closed: bigint | undefined; readonly peak: number | undefined }[];
}

/** What an error budget policy asks for. */
export interface SloPolicyState {
  /** What is to be done: the action of the highest step that holds, or `normal`. */
  readonly action: string;
  /** Since when; zero where it was never otherwise. */
  readonly since: bigint;
  /** What was to be done before, in order, this last; the newest 1,000. */
  readonly changes: readonly { readonly at: bigint; readonly action: string }[];
}

/** Values of an objective's attributes; of one that is not there, there is none. */
export type SloAttributes<D extends readonly string[]> = D extends readonly [] ? Readonly<Record<string, never>> : { readonly [K in D[number]]?: string | undefined };

/** What bad events had in common. */
export interface SloAnalysis<D extends readonly string[] = readonly string[]> {
  /** Good events whose attributes are known. */
  readonly good: number;
  /** Bad ones. */
  readonly bad: number;
  /** How many patterns were tried. */
  readonly tested: number;
  /** Whether all counts are exact; otherwise some are estimated from samples. */
  readonly isExact: boolean;
  /** What they had in common: where events fail most often first, outcomes last. */
  readonly patterns: readonly SloPattern<D>[];
  /** How things changed since `since`; nothing where that was not asked, or one of the two times saw nothing. */
  readonly change: SloShift<D> | undefined;
}

/** Events that are alike, and how often they were bad. */
export interface SloPattern<D extends readonly string[] = readonly string[]> {
  /** What they have in common: one to three attributes; an empty value is an attribute that is not there. */
  readonly attributes: SloAttributes<D>;
  /** How many of them were bad. */
  readonly bad: number;
  /** How many there were. */
  readonly total: number;
  /** Whether both are exact. */
  readonly isExact: boolean;
  /** Whether the attribute is known of bad events alone: what failure looks like, not what it comes of. */
  readonly isOutcome: boolean;
  /** The share of all bad events that they are. */
  readonly support: number;
  /** How many times as often they are bad as the others, a half added to each count. */
  readonly riskRatio: number;
  /** How many bad events there would not be if they failed as rarely as the others. */
  readonly excess: number;
  /** How likely as many bad ones would be by chance (Fisher's exact test, one-sided, mid-p). */
  readonly pValue: number;
  /** The same corrected for how many patterns were tried (Benjamini and Hochberg). */
  readonly qValue: number;
  /** Spans of bad ones; at most 3. */
  readonly examples: readonly SpanIds[];
  /** Spans of good ones; at most 3. */
  readonly counterexamples: readonly SpanIds[];
}

/** Which span. */
export interface SpanIds {
  /** Its trace: 32 hexadecimal digits. */
  readonly traceId: string;
  /** Its id: 16 hexadecimal digits. */
  readonly spanId: string;
}

/** How the share of bad events changed, in billionths: the sum of the parts of each attribute is the whole, exactly. */
export interface SloShift<D extends readonly string[] = readonly string[]> {
  /** The whole. */
  readonly whole: number;
  /** The same by each attribute, those that tell most first. */
  readonly dimensions: readonly { readonly dimension: D[number]; readonly parts: readonly SloShiftPart[] }[];
}

/** What a value contributed to a change, in billionths of the share of bad events. */
export interface SloShiftPart {
  /** The value, empty for events without the attribute; nothing is all values past the limit. */
  readonly value: string | undefined;
  /** By coming up more or less often. */
  readonly mix: number;
  /** By failing more or less often. */
  readonly rate: number;
  /** Bad ones before. */
  readonly badBefore: number;
  /** All before. */
  readonly totalBefore: number;
  /** Bad ones since. */
  readonly badSince: number;
  /** All since. */
  readonly totalSince: number;
}

/** Something that changed about an objective: how it stands, whether an alert fires, what its policy asks for. */
export type SloChange =
  | { readonly what: 'state'; readonly id: string; readonly before: SloState; readonly now: SloState }
  | { readonly what: 'alert'; readonly id: string; readonly name: string; readonly severity: Severity; readonly isFiring: boolean }
  | { readonly what: 'policy'; readonly id: string; readonly before: string; readonly action: string };

/** An analysis as the binding gives it: attributes are pairs, since an object made there would lose some names. */
interface WireAnalysis {
  readonly patterns: readonly { readonly attributes: readonly (readonly [string, string])[] }[];
}

/** The analysis of the binding, with objects for attributes. */
export function analysis<D extends readonly string[]>(wire: unknown): SloAnalysis<D> {
  const { patterns, ...rest } = wire as WireAnalysis;
  return { ...rest, patterns: patterns.map((pattern) => ({ ...pattern, attributes: Object.fromEntries(pattern.attributes) })) } as unknown as SloAnalysis<D>;
}
