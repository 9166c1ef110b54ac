// The accounts of an airline's agent: what 200 runs did, told to a ledger through the public package.
//
// An agent plugin in Rust does the same accounting, and the digests are equal. Deliberately absent:
// files and output, so that the same function runs in Node and in a browser.

import type { Counter, Gauge, Histogram, Slo, Span, SpanKind, Summary, Telemetry } from '@codomyrmex/telemetry';

/** The start of the first run, 2026-01-01T00:00:00Z, in milliseconds. Run k starts k minutes later. */
const START_MS = Date.UTC(2026, 0, 1);
const RUN_MS = 60_000;
const STEP_MS = 1_000;
const HOUR_MS = 3_600_000;

interface Step {
  readonly run: string;
  readonly step: number;
}
type Message = Step & { readonly bytes: number };
type Tool = Message & { readonly kind: 'tool'; readonly tool: string; readonly ok: boolean; readonly error?: string };
type Line =
  | (Message & { readonly kind: 'user' })
  | (Message & { readonly kind: 'model'; readonly calls?: string; readonly args_bytes?: number })
  | Tool
  | (Step & { readonly kind: 'end'; readonly success: boolean });

/** The labels of how long an operation took (semantic conventions for generative AI, 1.41). */
const OPERATION = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'error.type'] as const;
const DURATION_BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, place) => 4 ** place);

/**
 * Accounts for lines of JSON, one a step; the lines of a run stand together. `isMine` says for which
 * runs, by their place in the text, so that several ledgers can share the work.
 */
export function account(telemetry: Telemetry, text: string, isMine: (place: number) => boolean = () => true): void {
  const accounts = new Accounts(telemetry);
  let id: string | undefined;
  let place = -1;
  let run: Run | undefined;
  for (const json of text.split('\n')) {
    if (json === '') continue;
    const line = JSON.parse(json) as Line;
    if (line.run !== id) {
      id = line.run;
      place += 1;
      run = isMine(place) ? accounts.begin(id, START_MS + place * RUN_MS) : undefined;
    }
    if (run !== undefined) accounts.record(run, line);
  }
}

/** What tells runs that fail from others, and tool answers that do. */
const TASK_DIMENSIONS = ['used book_reservation', 'used update_reservation_flights', 'steps'] as const;
const TOOL_DIMENSIONS = ['tool', 'error.type', 'step'] as const;

interface Run {
  readonly id: string;
  readonly start: number;
  readonly root: Span;
  readonly used: Set<string>; // tools
}

/** The range that a step lies in: each is so wide, and from `last` on there is one for all. */
function range(step: number, width: number, last: number): string {
  const first = step - (step % width);
  return step < last ? `${first}-${first + width - 1}` : `${last}+`;
}

class Accounts {
  readonly #telemetry: Telemetry;
  readonly #calls: Counter<readonly ['tool', 'outcome']>;
  readonly #errors: Counter<readonly ['tool', 'class']>;
  readonly #bytes: Histogram<readonly ['kind']>;
  readonly #took: Histogram<typeof OPERATION>;
  readonly #answers: Summary<readonly ['tool']>;
  readonly #runs: Histogram<readonly []>;
  readonly #last: Gauge<readonly []>;
  readonly #tasks: Slo<typeof TASK_DIMENSIONS>;
  readonly #tools: Slo<typeof TOOL_DIMENSIONS>;

  constructor(telemetry: Telemetry) {
    const { metrics, slo, tracer } = telemetry;
    this.#telemetry = telemetry;
    this.#calls = metrics.counter('tool_calls_total', { help: 'Tool answers by tool and outcome.', labels: ['tool', 'outcome'] });
    this.#errors = metrics.counter('tool_errors_total', { help: 'Tool errors by tool and class.', labels: ['tool', 'class'], window: HOUR_MS });
    this.#answers = metrics.summary('tool_answer_bytes', { help: "Length of tools' answers.", unit: 'bytes', labels: ['tool'] });
    this.#runs = metrics.exponentialHistogram('run_seconds', { help: 'How long runs took.', unit: 'seconds' });
    this.#last = metrics.gauge('last_run_timestamp_seconds', { help: 'When the last run ended.', unit: 'seconds' });
    metrics.info('agent', { help: 'What is at work.', labels: ['benchmark', 'domain'] }).with(['tau-bench', 'airline']);
    this.#bytes = metrics.histogram('message_bytes', {
      help: 'Length of messages by who sent them.',
      unit: 'bytes',
      labels: ['kind'],
      bounds: [64, 256, 1_024, 4_096, 16_384, 65_536],
    });
    this.#tasks = slo.create({
      id: 'task_success',
      name: 'Task success',
      description: 'Runs that reached their goal.',
      target: { numerator: 2, denominator: 5 },
      windowDays: 30,
      dimensions: TASK_DIMENSIONS,
    });
    this.#tools = slo.create({
      id: 'tool_success',
      name: 'Tool success',
      description: 'Tool answers without an error.',
      target: '95%',
      windowDays: 30,
      dimensions: TOOL_DIMENSIONS,
    });
    this.#took = metrics.histogram('gen_ai.client.operation.duration', {
      help: 'How long models took.',
      unit: 'seconds',
      labels: OPERATION,
      bounds: DURATION_BOUNDS,
    });
    metrics.histogram('gen_ai.client.token.usage', {
      help: 'Tokens that one answer took.',
      labels: ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.token.type'],
      bounds: TOKEN_BOUNDS,
    });
    tracer.declare('user_message');
  }

  begin(id: string, start: number): Run {
    const { tracer } = this.#telemetry;
    const root = tracer.startSpan('invoke_agent airline', {
      parent: { traceId: tracer.deriveTraceId(id) },
      id: tracer.deriveSpanId(id),
      at: start,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'airline', 'gen_ai.conversation.id': id },
    });
    return { id, start, root, used: new Set() };
  }

  record(run: Run, line: Line): void {
    const at = run.start + line.step * STEP_MS;
    if (line.kind === 'end') {
      this.#task(run, line.success, line.step, at);
      run.root.setAttributes({ steps: line.step, success: line.success });
      if (!line.success) run.root.setStatus('error', 'the goal was not reached');
      this.#runs.observeIn(run.root, (at - run.start) / 1_000, {}, at);
      this.#last.set(at / 1_000, {}, at);
      this.#end(run.root, 'invoke_agent', run.start, at);
      return;
    }
    this.#bytes.observe(line.bytes, { kind: line.kind }, at);
    const span = this.#begin(run, line, at);
    span.setAttribute('bytes', line.bytes);
    if (line.kind === 'user') {
      span.end(at + STEP_MS);
    } else if (line.kind === 'model') {
      if (line.calls !== undefined) span.setAttributes({ calls: line.calls, args_bytes: line.args_bytes ?? 0 });
      this.#end(span, 'chat', at, at + STEP_MS);
    } else {
      run.used.add(line.tool);
      this.#tool(span, line, at);
      this.#end(span, 'execute_tool', at, at + STEP_MS, line.ok ? '' : line.error);
    }
  }

  #begin(run: Run, line: Exclude<Line, { kind: 'end' }>, at: number): Span {
    const { tracer } = this.#telemetry;
    const start = (name: string, kind: SpanKind, attributes: Record<string, string>): Span =>
      tracer.startSpan(name, { kind, parent: run.root, id: tracer.deriveSpanId(`${run.id}/${line.step}`), at, attributes });
    if (line.kind === 'user') return start('user_message', 'internal', {});
    if (line.kind === 'model') return start('chat', 'client', { 'gen_ai.operation.name': 'chat', 'gen_ai.conversation.id': run.id });
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': line.tool, 'gen_ai.tool.type': 'function' };
    return start(`execute_tool ${line.tool}`, 'internal', attributes);
  }

  /** Ends a span of an operation, and records how long that took. */
  #end(span: Span, operation: string, start: number, at: number, error = ''): void {
    const labels = { 'gen_ai.operation.name': operation, 'gen_ai.provider.name': '', 'gen_ai.request.model': '', 'error.type': error };
    this.#took.observeIn(span, (at - start) / 1_000, labels, at);
    span.end(at);
  }

  #task({ root, used }: Run, success: boolean, step: number, at: number): void {
    const has = (tool: string): string => (used.has(tool) ? 'yes' : '');
    const attributes = {
      'used book_reservation': has('book_reservation'),
      'used update_reservation_flights': has('update_reservation_flights'),
      steps: range(step, 10, 30),
    };
    this.#tasks.recordEventWith(success, { attributes, span: root, at });
  }

  #tool(span: Span, { tool, bytes, ok, error = '', step }: Tool, at: number): void {
    this.#answers.observe(bytes, { tool }, at);
    this.#calls.inc({ tool, outcome: ok ? 'ok' : 'error' }, 1, at);
    const attributes = { tool, 'error.type': ok ? '' : error, step: step < 10 ? range(step, 5, 10) : range(step, 10, 20) };
    this.#tools.recordEventWith(ok, { attributes, span, at });
    if (ok) return;
    this.#errors.addIn(span, 1, { tool, class: error }, at);
    span.setAttribute('error.type', error);
    span.addEvent('exception', { 'exception.type': error, 'exception.message': error }, at);
    span.setStatus('error', error);
  }
}
