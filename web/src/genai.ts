// Spans and metrics by OpenTelemetry's conventions for generative AI: agents, models, tools and plans.
//
// The names are those of a version and come out of the WebAssembly, so that there is one table for all languages.
// Deliberately absent: what is said to a model and what it answers; that is not telemetry unless somebody says so,
// by `setAttribute`.

/// <reference lib="esnext.disposable" preserve="true" />

import type { AttributeValue } from './attribute.js';
import { genAiNames } from './binding.js';
import { elapsed } from './clock.js';
import { runIn } from './context.js';
import { attempt, checkObject, checkText } from './error.js';
import type { Counter, Histogram } from './family.js';
import { DISPOSE } from './lasting.js';
import type { Metrics } from './metrics.js';
import type { Outcome } from './outcome.js';
import { settled } from './settle.js';
import type { Span } from './span.js';
import type { Telemetry } from './telemetry.js';
import { type Time, millis, nanos } from './time.js';
import { type SpanKind, type SpanOptions, type Tracer, message } from './tracer.js';

/** A version of the conventions: 1.36, 1.41 (the last before they moved), or those of their own place as of November 2026. */
export type Conventions = '1.36' | '1.41' | '2026-11';

/** An agent that is asked; what is left out is not known. */
export interface Agent {
  readonly name?: string;
  readonly id?: string;
  /** What it is for. */
  readonly description?: string;
  /** The conversation that it is asked in. */
  readonly conversation?: string;
  /** Whose it is. */
  readonly provider?: string;
  /** The model behind it. */
  readonly model?: string;
  /** Whether it runs elsewhere: then the span is of the kind client. */
  readonly isRemote?: boolean;
}

/** A model that is asked; what is left out is not known. */
export interface Chat {
  /** Whose it is, such as `openai`. */
  readonly provider?: string;
  /** Its name. */
  readonly model?: string;
  /** The conversation that it is asked in. */
  readonly conversation?: string;
}

/** A tool that is run; what is left out is not known. */
export interface Tool {
  readonly name?: string;
  /** The id of this call. */
  readonly callId?: string;
  /** `function`, `extension` or `datastore`. */
  readonly kind?: string;
}

/** The tokens that an answer took. */
export interface Usage {
  /** Those that went in, those of a cache among them. */
  readonly input: number;
  /** Those that came out, those of reasoning among them. */
  readonly output: number;
  /** Those of `input` that were read from a cache. */
  readonly cacheRead?: number;
  /** Those of `input` that were written to a cache. */
  readonly cacheWrite?: number;
  /** Those of `output` that were of reasoning. */
  readonly reasoning?: number;
  /** What they stood for: `text`, `image`, `audio`. */
  readonly modality?: string;
}

/** The names of a version, as the binding gives them; what a version has no word for is empty. */
type Names = Readonly<Record<TextName, string>> & {
  readonly tokens: { readonly name?: string; readonly label: string; readonly counters: readonly string[]; readonly each: readonly string[] };
  readonly operations: Readonly<Record<Operation, string>>;
  readonly tokenBounds: readonly number[];
  readonly durationBounds: readonly number[];
};
type TextName =
  | ('operationName' | 'providerName' | 'requestModel' | 'agentId' | 'agentName' | 'agentDescription' | 'conversationId')
  | ('toolName' | 'toolCallId' | 'toolType' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens')
  | ('reasoningTokens' | 'errorType' | 'chatDuration' | 'agentDuration' | 'toolDuration');
type Operation = 'chat' | 'invokeAgent' | 'executeTool' | 'plan';

/** How a span of the conventions begins; name and kind are theirs. */
export type WorkOptions = Omit<SpanOptions, 'kind'>;

/** Begins spans and keeps metrics by one version of the conventions. */
export class GenAi {
  readonly #tracer: Tracer;
  readonly #names: Names;
  readonly #instruments: Instruments;

  /**
   * Declares the metrics of a version in a ledger; its spans are of `tracer`, or else of the ledger's without a name.
   *
   * @throws TelemetryError `invalid-argument` for a version that there is not, `conflict` where a name is taken by
   * a metric of another shape, `limit` for one too many.
   */
  constructor(telemetry: Telemetry, conventions: Conventions = '1.41', tracer: Tracer = telemetry.tracer) {
    checkText(conventions, 'a version of the conventions');
    this.#names = attempt(() => genAiNames(conventions)) as Names;
    this.#tracer = tracer;
    this.#instruments = new Instruments(telemetry.metrics, this.#names);
  }

  /** An agent begins its work: `invoke_agent {name}`. */
  invokeAgent(agent: Agent, options: WorkOptions = {}): Work {
    checkObject(agent, 'invokeAgent');
    const { name = '', id = '', description = '', conversation = '', provider = '', model = '', isRemote = false } = agent;
    const names = this.#names;
    return this.#begin('invokeAgent', name, isRemote ? 'client' : 'internal', options, { provider, model }, [
      [names.agentName, name],
      [names.agentId, id],
      [names.agentDescription, description],
      [names.conversationId, conversation],
    ]);
  }

  /** A model is asked: `chat {model}`, of the kind client. */
  chat(chat: Chat, options: WorkOptions = {}): Work {
    checkObject(chat, 'chat');
    const { provider = '', model = '', conversation = '' } = chat;
    return this.#begin('chat', model, 'client', options, { provider, model }, [[this.#names.conversationId, conversation]]);
  }

  /** A tool is run: `execute_tool {name}`. */
  executeTool(tool: Tool, options: WorkOptions = {}): Work {
    checkObject(tool, 'executeTool');
    const { name = '', callId = '', kind = '' } = tool;
    const names = this.#names;
    return this.#begin('executeTool', name, 'internal', options, {}, [
      [names.toolName, name],
      [names.toolCallId, callId],
      [names.toolType, kind],
    ]);
  }

  /** An agent decides what to do: `plan {name}`. */
  plan(agent: string, options: WorkOptions = {}): Work {
    return this.#begin('plan', agent, 'internal', options, {}, [[this.#names.agentName, agent]]);
  }

  #begin(operation: Operation, target: string, kind: SpanKind, options: WorkOptions, of: Pick<Chat, 'provider' | 'model'>, said: [string, string][]): Work {
    const names = this.#names;
    const { provider = '', model = '' } = of;
    const name = names.operations[operation];
    const span = this.#tracer.startSpan(this.#declared(name, target, kind), { ...options, kind });
    describe(span, [[names.operationName, name], ...said, [names.providerName, provider], [names.requestModel, model]]);
    return new Work(names, this.#instruments, span, { operation, name, target, provider, model, error: '' }, options.at);
  }

  /** The name of a span. Where names are spent, as by tools that are made up without end, the operation's alone is left. */
  #declared(operation: string, target: string, kind: SpanKind): string {
    const whole = target === '' ? operation : `${operation} ${target}`;
    try {
      this.#tracer.declare(whole, kind);
      return whole;
    } catch {
      return operation;
    }
  }
}

/** What stands in the labels of a piece of work. */
interface WorkLabels {
  readonly operation: Operation;
  readonly name: string;
  readonly target: string; // the agent's or the tool's name
  readonly provider: string;
  readonly model: string;
  error: string;
}

/** An open span of the conventions. Ending it, which `using` does, records how long it took. */
export class Work {
  readonly #started = elapsed();
  #hasEnded = false;

  constructor(
    private readonly names: Names,
    private readonly instruments: Instruments,
    /** Its span, to be a parent or to say more of. */
    readonly span: Span,
    private readonly labels: WorkLabels,
    private readonly startedAt: Time | undefined,
  ) {}

  /** Runs a function in its span, as `withSpan` does, and ends it. */
  run<T>(body: (span: Span) => T): T {
    return settled(
      () => runIn(this.span, body),
      (failure) => {
        if (failure !== undefined) this.fail(className(failure.thrown), failure.thrown);
        this.end();
      },
    );
  }

  /** Records the tokens that an answer took, as attributes and in the metrics of its version. */
  recordUsage(usage: Usage, at?: Time): void {
    checkObject(usage, 'the usage of tokens');
    const { input, output, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
    const names = this.names;
    this.span.setAttribute(names.inputTokens, input);
    this.span.setAttribute(names.outputTokens, output);
    const parts: [string, number][] = [[names.cacheReadTokens, cacheRead], [names.cacheWriteTokens, cacheWrite], [names.reasoningTokens, reasoning]]; // prettier-ignore
    for (const [key, count] of parts) if (key !== '' && count > 0) this.span.setAttribute(key, count);
    this.instruments.used(this.labels, usage, at, this.span);
  }

  /** Says that it failed, with this class as `error.type` of the span and of the metrics: of few values, such as `timeout`. */
  fail(errorType: string, thrown?: unknown): void {
    this.span.setAttribute(this.names.errorType, errorType);
    this.span.setStatus('error', message(thrown));
    this.labels.error = errorType;
  }

  /** Ends it, once. None for `at` is now. */
  end(at?: Time): Outcome {
    if (!this.#hasEnded) {
      // By the times that were given, if both were.
      const { startedAt } = this;
      const took = startedAt === undefined || at === undefined ? elapsed() - this.#started : since(at) - since(startedAt);
      this.instruments.took(this.labels, Math.max(0, took) / 1_000, at, this.span);
    }
    this.#hasEnded = true;
    return this.span.end(at);
  }

  /** Ends it at the end of a `using` block. */
  [DISPOSE](): void {
    if (!this.#hasEnded) this.end();
  }
}

/** The metrics of a version. A label that is not known is empty; ids are never labels, for one of each would never end. */
class Instruments {
  readonly #chat: Histogram;
  readonly #own: { readonly agents: Histogram; readonly tools: Histogram } | undefined; // none where their time is in `chat`
  readonly #usage: Histogram | undefined;
  readonly #counters: readonly Counter[];
  readonly #each: readonly Histogram[];

  constructor(metrics: Metrics, names: Names) {
    const seconds = (name: string, help: string, labels: string[]): Histogram => metrics.histogram(name, { help, unit: 'seconds', labels, bounds: names.durationBounds });
    const { operationName, providerName, requestModel, errorType, tokens } = names;
    const ofModel = [operationName, providerName, requestModel];
    this.#chat = seconds(names.chatDuration, 'How long models took.', [...ofModel, errorType]);
    this.#own =
      names.agentDuration === names.chatDuration
        ? undefined
        : {
            agents: seconds(names.agentDuration, 'How long agents took.', [operationName, names.agentName, errorType]),
            tools: seconds(names.toolDuration, 'How long tools took.', [operationName, names.toolName, errorType]),
          };
    const bounds = names.tokenBounds;
    const labels = [...ofModel, tokens.label];
    this.#usage = tokens.name === undefined ? undefined : metrics.histogram(tokens.name, { help: 'Tokens that one answer took.', labels, bounds });
    const helps = ['went in.', 'came out.', 'went in and were read from a cache.', 'went in and were written to a cache.', 'came out and were of reasoning.'];
    this.#counters = tokens.counters.map((name, place) => metrics.counter(name, { help: `Tokens that ${helps[place]}`, labels }));
    this.#each = tokens.each.map((name, place) => metrics.histogram(name, { help: `Tokens that ${place === 0 ? 'went in' : 'came out'} for one answer.`, labels: ofModel, bounds }));
  }

  took({ operation, name, target, provider, model, error }: WorkLabels, seconds: number, at: Time | undefined, span: Span): void {
    const family = operation === 'chat' ? undefined : operation === 'executeTool' ? this.#own?.tools : this.#own?.agents;
    const values = family === undefined ? [name, provider, model, error] : [name, target, error];
    kept(() => (family ?? this.#chat).with(values).observeIn(span, seconds, at));
  }

  used({ name, provider, model }: WorkLabels, usage: Usage, at: Time | undefined, span: Span): void {
    const { input, output, cacheRead = 0, cacheWrite = 0, reasoning = 0, modality = 'unknown' } = usage;
    kept(() => this.#usage?.with([name, provider, model, 'input']).observeIn(span, input, at));
    kept(() => this.#usage?.with([name, provider, model, 'output']).observeIn(span, output, at));
    for (const [place, count] of [input, output, cacheRead, cacheWrite, reasoning].entries()) {
      // Those that count a part of another are not there where there is no such part.
      if (count > 0 || place < 2) kept(() => this.#counters[place]?.with([name, provider, model, modality]).addIn(span, count, at));
    }
    for (const [place, count] of [input, output].entries()) kept(() => this.#each[place]?.with([name, provider, model]).observeIn(span, count, at));
  }
}

/** A label too long for the ledger loses the record, not the work. */
export function kept(record: () => unknown): void {
  try {
    record();
  } catch {
    // Nothing was recorded.
  }
}

function describe(span: Span, attributes: readonly (readonly [string, AttributeValue])[]): void {
  for (const [key, value] of attributes) if (key !== '' && value !== '') span.setAttribute(key, value);
}

function className(thrown: unknown): string {
  return thrown instanceof Error && typeof thrown.name === 'string' ? thrown.name : '_OTHER'; // as the conventions have it
}

function since(at: Time): number {
  return millis(at) + nanos(at) / 1e6;
}
