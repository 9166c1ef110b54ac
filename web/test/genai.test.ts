// Spans and metrics of agents, models and tools by versions of the conventions, and the phases of an agent.
//
// Deliberately absent: the names as such, which are the ledger's.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AgentTelemetryHooks, GenAi, Telemetry } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

const text = (telemetry: Telemetry): string => Buffer.from(telemetry.snapshot()).toString('latin1');

test('agents, models, tools and plans have the names of their version', () => {
  for (const [version, provider, written] of [['1.36', 'gen_ai.system', ''], ['1.41', 'gen_ai.provider.name', 'gen_ai.usage.cache_creation.input_tokens'], ['2026-11', 'gen_ai.provider.name', 'gen_ai.usage.cache_write.input_tokens']] as const) { // prettier-ignore
    const telemetry = new Telemetry();
    const genai = new GenAi(telemetry, version);
    const agent = genai.invokeAgent({ name: 'airline', id: 'a1' }, { at: 1_000 });
    const chat = genai.chat({ provider: 'openai', model: 'gpt-4o' }, { parent: agent.span, at: 1_000 });
    chat.recordUsage({ input: 120, output: 30, cacheWrite: 5 }, 2_000);
    chat.end(3_000);
    genai.executeTool({ name: 'search', callId: 'c1' }, { parent: agent.span, at: 3_000 }).end(4_000);
    genai.plan('airline', { parent: agent.span, at: 4_000 }).end(5_000);
    agent.end(6_000);
    assert.deepEqual(telemetry.dropped(), []);
    const snapshot = text(telemetry);
    for (const there of ['invoke_agent airline', 'chat gpt-4o', 'execute_tool search', 'plan airline', provider, written]) assert.ok(snapshot.includes(there), there);
    const exported = telemetry.prometheus();
    const [family, counted] = version === '2026-11' ? ['gen_ai_client_inference_duration', /gen_ai_client_inference_usage_output_tokens(_total)?\{.*\} 30/] : ['gen_ai_client_operation_duration', /gen_ai_client_token_usage_sum\{.*gen_ai_token_type="output"\} 30/]; // prettier-ignore
    assert.match(exported, new RegExp(`${family}(_seconds)?_sum\\{[^\\n]*gen_ai_request_model="gpt-4o"[^\\n]*\\} 2\\n`));
    assert.match(exported, counted);
  }
  refused('invalid-argument', () => new GenAi(new Telemetry(), '2.0' as any), /1\.41/);
});

test('work that runs is current, ends once, and says what went wrong', async () => {
  const telemetry = new Telemetry();
  const genai = new GenAi(telemetry);
  const failure = new RangeError('too many');
  await genai.invokeAgent({ name: 'airline' }).run(async (agent) => {
    await null;
    assert.equal(telemetry.tracer.current(), agent);
    assert.throws(() => genai.executeTool({ name: 'book' }).run(() => { throw failure; }), failure); // prettier-ignore
  });
  {
    using chat = genai.chat({ model: 'm' });
    assert.equal(chat.span.isRecorded, true);
  }
  assert.equal(telemetry.abandon('late'), 0);
  assert.match(telemetry.prometheus(), /duration(_seconds)?_count\{[^\n]*error_type="RangeError"[^\n]*\} 1/);
});

test('phases of an agent are spans, counted and timed', async () => {
  const telemetry = new Telemetry();
  const hooks = new AgentTelemetryHooks(telemetry, 'airline');
  const failure = new Error('sold out');
  await assert.rejects(
    hooks.trackTask('task-7', async (task) => {
      const plan = hooks.trackPlan(() => ['search', 'book']);
      await null;
      hooks.trackObserve((span) => assert.equal(span.context()?.traceId, task.context()?.traceId));
      hooks.trackPhase('reflect', () => 1);
      return hooks.trackAct(plan[1] ?? '', async () => { throw failure; }); // prettier-ignore
    }),
    failure,
  );
  const exported = telemetry.prometheus();
  for (const [phase, action, errors] of [['task', '', 1], ['plan', '', 0], ['observe', '', 0], ['reflect', '', 0], ['act', 'book', 1]]) { // prettier-ignore
    const labels = `{agent="airline",phase="${phase}",action_type="${action}"}`;
    assert.ok(exported.includes(`agent_phase_executions_total${labels} 1`), labels);
    assert.ok(exported.includes(`agent_phase_errors_total${labels} ${errors}`), labels);
    assert.ok(exported.includes(`agent_phase_latency_seconds_count${labels} 1`), labels);
  }
  for (const there of ['agent.airline.task', 'task-7', 'sold out']) assert.ok(text(telemetry).includes(there), there);
  assert.deepEqual(telemetry.dropped(), []);
});
