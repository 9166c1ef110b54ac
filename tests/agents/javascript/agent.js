// An agent plugin in JavaScript: it accounts for the tool calls of an assistant, one JSON line a call,
// `{"run":"a","tool":"search","ms":120}`, with an "error" where one failed.
//
// One trace a run, or a part of the trace of who asks: a root span, and a span for each call with attributes, an
// event, and what went wrong. Calls by tool and outcome, how long they took, and one objective. The lines have no
// times, so line k happens k seconds after the first moment of 2026. `../python/agent.py` does the same, and the
// same lines give the same bytes. Deliberately absent: any word of where accounts are kept.

import * as metrics from 'codomyrmex:telemetry/metrics@0.1.0';
import * as slo from 'codomyrmex:telemetry/slo@0.1.0';
import * as tracer from 'codomyrmex:telemetry/tracer@0.1.0';

const FIRST_NS = 1_767_225_600_000_000_000n; // 2026-01-01T00:00:00Z
const SECOND_NS = 1_000_000_000n;
const MILLISECOND_NS = 1_000_000n;
const DAY_NS = 86_400n * SECOND_NS;
/** A call ends before the line after it begins. */
const MS_MAX = 1000;

/** The numbers that the ledger gave. Asked for at the first group: while the component is built there is no ledger. */
let instruments;

/** The export `lines` of the world `line-agent`. */
export const lines = {
  handle(_index, group, parent) {
    const calls = group.map(read);
    if (calls.length === 0) return;
    try {
      instruments ??= declare();
      account(calls, parent);
    } catch (error) {
      const refused = error.payload; // what a function with a `result` answers: a variant with a text
      if (refused === undefined) throw error;
      throw { number: calls[0].number, message: String(refused.val) };
    }
  },
};

/** Reads a line, before anything of its group is recorded. What is thrown is the WIT's `problem`. */
function read({ number, text }) {
  const wrong = (message) => ({ number, message });
  let call;
  try {
    call = JSON.parse(text);
  } catch {
    throw wrong('it is not JSON');
  }
  const isText = (value) => typeof value === 'string';
  if (!isText(call?.run) || !isText(call.tool)) throw wrong("it needs the texts 'run' and 'tool'");
  if (!Number.isInteger(call.ms) || call.ms < 0 || call.ms > MS_MAX) throw wrong(`it needs 'ms', a whole number up to ${MS_MAX}`);
  if (call.error !== undefined && !isText(call.error)) throw wrong("its 'error' is not a text");
  const at = FIRST_NS + number * SECOND_NS;
  return { number, run: call.run, tool: call.tool, ms: call.ms, error: call.error, at, over: at + BigInt(call.ms) * MILLISECOND_NS };
}

function declare() {
  const family = { unit: '', labels: [], window: undefined };
  const scope = tracer.getTracer({ name: 'tool-calls', version: '0.1.0', schemaUrl: '', attributes: [] });
  const seconds = metrics.declare({
    ...family,
    name: 'tool_call_seconds',
    help: 'How long tool calls took.',
    unit: 'seconds',
    instrument: { tag: 'exponential-histogram', val: { maxSize: 160, maxScale: 20, zeroThreshold: 0 } },
  });
  return {
    calls: metrics.declare({
      ...family,
      name: 'tool_calls_total',
      help: 'Tool calls by tool and outcome.',
      labels: ['tool', 'outcome'],
      instrument: { tag: 'counter' },
    }),
    seconds: metrics.resolve(seconds, []),
    answered: slo.create({
      id: 'tools_answer',
      version: 1,
      name: 'Tools answer',
      description: 'Tool calls without an error.',
      sliType: 'availability',
      indicator: { tag: 'events' },
      target: { numerator: 3n, denominator: 4n },
      window: { tag: 'rolling', val: DAY_NS },
      budgeting: { tag: 'occurrences' },
      minimum: 0n,
      dimensions: ['tool', 'error.type'],
      alerts: undefined,
      policy: undefined,
      exemptions: [],
      resolution: undefined,
    }),
    handleGroup: tracer.declare(scope, 'handle_group', 'server'),
    handleLine: tracer.declare(scope, 'handle_line', 'internal'),
  };
}

/** Accounts for a group: its root span hangs under the parent, or begins a trace that follows from the run. */
function account(calls, parent) {
  const [{ run, at }] = calls;
  const above = parent && tracer.remote(parent);
  const under = above ? { tag: 'span', val: above } : { tag: 'trace', val: tracer.deriveTraceId(run) };
  const root = tracer.start(instruments.handleGroup, under, tracer.deriveSpanId(run), at);
  tracer.setAttribute(root, 'run', { tag: 'text', val: run });
  for (const call of calls) accountLine(root, call);
  tracer.end(root, calls.at(-1).over);
  if (above) tracer.end(above, undefined);
}

function accountLine(root, { number, run, tool, ms, error, at, over }) {
  const outcome = error === undefined ? 'ok' : 'error';
  const span = tracer.start(instruments.handleLine, { tag: 'span', val: root }, tracer.deriveSpanId(`${run}/${number}`), at);
  tracer.setAttribute(span, 'line', { tag: 'integer', val: number });
  tracer.setAttribute(span, 'tool', { tag: 'text', val: tool });
  tracer.setAttribute(span, 'ok', { tag: 'boolean', val: error === undefined });
  tracer.addEvent(span, 'answered', over, [{ key: 'seconds', value: { tag: 'float', val: ms / 1000 } }]);
  if (error !== undefined) {
    tracer.recordException(span, { exceptionType: error, message: `${tool} failed`, stacktrace: '' }, over);
    tracer.setStatus(span, { tag: 'error', val: error });
  }
  metrics.add(metrics.resolve(instruments.calls, [tool, outcome]), 1, over);
  metrics.recordIn(instruments.seconds, ms / 1000, over, span); // may stay as an example, with the trace's id
  slo.recordEventWith(instruments.answered, error === undefined, 1n, over, [tool, error ?? ''], span);
  tracer.end(span, over);
}
