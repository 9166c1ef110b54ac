// The phases of an agent: plan, act, observe, and the task that they belong to.
//
// The names are those of the Python module that this follows: spans `agent.{agent}.{phase}`, and the metrics
// `agent_phase_executions_total`, `agent_phase_errors_total` and `agent_phase_latency_seconds`. A task's id is an
// attribute of its span and never a label, since there is no end of ids. Deliberately absent: a status `ok`; that
// nothing failed is not a decision of somebody's.

import { DEFAULT_BOUNDS } from './bounds.js';
import { elapsed } from './clock.js';
import { runIn } from './context.js';
import { checkText } from './error.js';
import type { Counter, Histogram } from './family.js';
import { kept } from './genai.js';
import { settled } from './settle.js';
import type { Span } from './span.js';
import type { Telemetry } from './telemetry.js';
import { type Tracer, message } from './tracer.js';

const LABELS = ['agent', 'phase', 'action_type'] as const;

/** Spans and metrics of an agent's phases. Each runs a function as `withSpan` does: what it throws is counted and thrown on. */
export class AgentTelemetryHooks {
  readonly #tracer: Tracer;
  readonly #executions: Counter<typeof LABELS>;
  readonly #errors: Counter<typeof LABELS>;
  readonly #latency: Histogram<typeof LABELS>;

  /**
   * The hooks of an agent of this name.
   *
   * @throws TelemetryError `conflict` where a name is taken by a metric of another shape, `limit` for one too many.
   */
  constructor(
    telemetry: Telemetry,
    private readonly agent: string,
  ) {
    checkText(agent, "an agent's name");
    const { metrics } = telemetry;
    this.#tracer = telemetry.getTracer(`agent.${agent}`);
    this.#executions = metrics.counter('agent_phase_executions_total', { help: 'Total executions of agent phases', labels: LABELS });
    this.#errors = metrics.counter('agent_phase_errors_total', { help: 'Total errors during agent phases', labels: LABELS });
    this.#latency = metrics.histogram('agent_phase_latency_seconds', {
      help: 'Latency of agent execution phases',
      unit: 'seconds',
      labels: LABELS,
      bounds: DEFAULT_BOUNDS,
    });
  }

  /** Runs a phase: one of few, such as `reflect`. */
  trackPhase<T>(phase: string, body: (span: Span) => T): T {
    return this.#track(phase, '', {}, body);
  }

  /** Runs the planning. */
  trackPlan<T>(body: (span: Span) => T): T {
    return this.#track('plan', '', {}, body);
  }

  /** Runs an action. `actionType` is one of few, such as a tool's name: it is a label. */
  trackAct<T>(actionType: string, body: (span: Span) => T): T {
    return this.#track('act', actionType, { action_type: actionType }, body);
  }

  /** Runs the observing of what came of an action. */
  trackObserve<T>(body: (span: Span) => T): T {
    return this.#track('observe', '', {}, body);
  }

  /** Runs a whole task. */
  trackTask<T>(taskId: string, body: (span: Span) => T): T {
    return this.#track('task', '', { task_id: taskId }, body);
  }

  #track<T>(phase: string, actionType: string, attributes: Readonly<Record<string, string>>, body: (span: Span) => T): T {
    const span = this.#tracer.startSpan(`agent.${this.agent}.${phase}`, { attributes });
    const started = elapsed();
    const labels = [this.agent, phase, actionType] as const;
    return settled(
      () => runIn(span, body),
      (failure) => {
        if (failure !== undefined) span.setStatus('error', message(failure.thrown));
        kept(() => this.#executions.with(labels).add(1));
        kept(() => this.#errors.with(labels).add(failure === undefined ? 0 : 1));
        kept(() => this.#latency.with(labels).observeIn(span, (elapsed() - started) / 1_000));
        span.end();
      },
    );
  }
}
