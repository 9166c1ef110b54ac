// The pipeline: when spans leave, what is tried again, and that none is lost uncounted.
//
// Receivers remember what they got, so each side of recorded = exported + pending + dropped is found by itself.
// Deliberately absent: what answers mean; see otlp-http.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ExportError, InMemoryExporter, OtlpHttpExporter, SpanPipeline, Telemetry, alwaysOff } from '@codomyrmex/telemetry';
import type { PipelineOptions, SpanBatch, SpanExporter } from '@codomyrmex/telemetry';

import { drained, drops, refused } from './kit.js';
import { receiver, spanIds } from './receiver.js';

const QUICK: PipelineOptions = { firstPause: 1, maxAttempts: 3, maxExportBatchSize: 10 };

let recordedInAll = 0;

/** Records spans of a trace each. */
function record(telemetry: Telemetry, count: number, text = ''): void {
  for (let place = 0; place < count; place += 1) {
    recordedInAll += 1;
    const traceId = telemetry.tracer.deriveTraceId(String(recordedInAll));
    const context = { traceId, spanId: traceId.slice(0, 16), traceFlags: 1, traceState: '' };
    telemetry.tracer.complete({ context, name: 'work', started: 1, ended: 2, attributes: { text } });
  }
}

/** Exported, pending, dropped. */
function counts(pipeline: SpanPipeline): [number, number, number] {
  const { recorded, exported, pending, dropped } = pipeline.counts();
  assert.equal(recorded, exported + pending + dropped);
  return [exported, pending, dropped];
}

/** An exporter that answers as it is told, the last answer again and again, and knows how many spans it took. */
class Told implements SpanExporter {
  taken = 0;
  attempts = 0;
  hasShutDown = false;

  constructor(private readonly answers: ('ok' | 'retry' | number | Error)[]) {}

  async export(batch: SpanBatch): Promise<void> {
    const answer = this.answers[Math.min(this.attempts, this.answers.length - 1)];
    this.attempts += 1;
    await null;
    if (answer instanceof Error) throw answer;
    if (answer === 'retry') throw new ExportError('later', { outcome: 'retry' });
    const count = typeof answer === 'number' ? answer : 0;
    this.taken += Math.max(batch.size - count, 0);
    if (count > 0) throw new ExportError('not all', { outcome: 'rejected', count });
  }

  shutdown(): void {
    this.hasShutDown = true;
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = 1_000; !holds(); left -= 1) {
    assert.ok(left > 0, 'it never came to hold');
    await pause(5);
  }
}

test('a batch leaves when it is full, when it has waited long enough, or when it is told to', async () => {
  const [telemetry, memory] = [new Telemetry(), new InMemoryExporter()];
  const pipeline = new SpanPipeline(telemetry, memory, { scheduleDelay: 300, maxExportBatchSize: 4 });
  const begun = performance.now();
  record(telemetry, 9);
  assert.deepEqual([memory.spans().length, counts(pipeline)], [0, [0, 9, 0]], 'nobody who records waits');
  await until(() => memory.spans().length > 0);
  assert.equal(memory.spans().length, 8, 'full ones at once');
  await until(() => memory.spans().length === 9);
  assert.ok(performance.now() - begun >= 299, 'the last when its time has come');
  record(telemetry, 3);
  await pause(20); // the pipeline has seen them
  telemetry.tracer.startSpan('fourth').end();
  await until(() => memory.spans().length === 13);
  record(telemetry, 1);
  await pipeline.forceFlush();
  assert.deepEqual([memory.spans().length, counts(pipeline)], [14, [14, 0, 0]]);
  await pipeline.shutdown();
});

test('spans that ended before, came in a delta or were abandoned leave too', async () => {
  const [telemetry, other, memory] = [new Telemetry(), new Telemetry(), new InMemoryExporter()];
  record(telemetry, 1);
  const pipeline = new SpanPipeline(telemetry, memory, { scheduleDelay: 0 });
  await until(() => memory.spans().length === 1);
  record(other, 2);
  telemetry.absorb(drained(other));
  await until(() => memory.spans().length === 3);
  telemetry.tracer.startSpan('open');
  telemetry.abandon('the end');
  await until(() => memory.spans().length === 4);
  assert.equal(memory.spans()[3]?.description, 'the end');
  await pipeline.shutdown();
});

test('spans that end just as a batch has arrived leave by themselves', async () => {
  for (let turns = 0; turns < 16; turns += 1) {
    const telemetry = new Telemetry();
    let taken = 0;
    const exporter: SpanExporter = {
      async export({ size }) {
        taken += size;
        if (taken > 1) return;
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await null;
          record(telemetry, 1);
        })();
      },
    };
    const pipeline = new SpanPipeline(telemetry, exporter, { scheduleDelay: 0 });
    record(telemetry, 1);
    await until(() => taken === 2);
    await pipeline.shutdown();
  }
});

test('what may arrive later is tried again and arrives once', async (context) => {
  const { origin, requests } = await receiver(context, { status: 503, headers: { 'retry-after': '1' } }, { close: true }, {});
  const telemetry = new Telemetry();
  const pipeline = new SpanPipeline(telemetry, new OtlpHttpExporter({ endpoint: origin }), QUICK);
  record(telemetry, 4);
  const begun = performance.now();
  await pipeline.forceFlush();
  assert.ok(performance.now() - begun >= 990, 'Retry-After is kept');
  assert.deepEqual([counts(pipeline), pipeline.trouble], [[4, 0, 0], undefined]);
  assert.equal(requests.length, 3);
  for (const { body } of requests) assert.deepEqual(body, requests[0]?.body);
  await pipeline.shutdown();
});

test('a date in Retry-After is kept, too', async (context) => {
  const date = new Date(Date.now() + 2_000).toUTCString(); // cut to the second
  const { origin, requests } = await receiver(context, { status: 429, headers: { 'retry-after': date } }, {});
  const telemetry = new Telemetry();
  const pipeline = new SpanPipeline(telemetry, new OtlpHttpExporter({ endpoint: origin }), QUICK);
  record(telemetry, 1);
  await pipeline.forceFlush();
  assert.ok(Date.now() >= Date.parse(date) - 20);
  assert.deepEqual([requests.length, counts(pipeline)], [2, [1, 0, 0]]);
  await pipeline.shutdown();
});

test('what is refused counts as dropped', async (context) => {
  const partial = { body: '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no!"}}' };
  const { origin, requests } = await receiver(context, partial, { status: 400 });
  const [telemetry, told]: [Telemetry, unknown[]] = [new Telemetry(), []];
  const exporter = new OtlpHttpExporter({ endpoint: `${origin}/v1/traces`, protocol: 'http/json' });
  const pipeline = new SpanPipeline(telemetry, exporter, { ...QUICK, onError: (error) => void told.push(String(error)) });
  record(telemetry, 17);
  await pipeline.forceFlush();
  assert.deepEqual(counts(pipeline), [7, 0, 10], '3 of the first ten, all of the other seven');
  assert.equal(drops(telemetry, 'spans-not-kept'), 10);
  assert.equal(new Set(requests.flatMap(spanIds)).size, 17);
  const expected = [`${origin}/v1/traces refused 3 of 10 spans: "no!"`, `${origin}/v1/traces answered 400`];
  assert.deepEqual(told, expected.map((text) => `ExportError: ${text}`)); // prettier-ignore
  assert.equal((pipeline.trouble as Error).message, expected[1]);
  await pipeline.shutdown();
});

test('a batch that is tried too often is lost', async () => {
  const [telemetry, exporter] = [new Telemetry(), new Told(['retry', new TypeError('a bug'), 'retry', 'ok'])];
  const pipeline = new SpanPipeline(telemetry, exporter, QUICK);
  record(telemetry, 12);
  await pipeline.forceFlush();
  assert.deepEqual([exporter.attempts, exporter.taken, counts(pipeline)], [4, 2, [2, 0, 10]]);
  await pipeline.shutdown();
  assert.ok(exporter.hasShutDown);
});

test('where nobody listens all is counted when the time is over', async (context) => {
  const { origin } = await receiver(context, { hang: true });
  const telemetry = new Telemetry();
  const pipeline = new SpanPipeline(telemetry, new OtlpHttpExporter({ endpoint: origin }), { ...QUICK, maxQueueSize: 3, maxAttempts: 1_000 });
  record(telemetry, 5);
  await assert.rejects(pipeline.forceFlush(20), { name: 'ExportError', message: '3 spans still wait after 20 ms' });
  assert.deepEqual(counts(pipeline), [0, 5, 0], 'a flush that is late loses nothing');
  const ending = pipeline.shutdown(50);
  assert.equal(pipeline.shutdown(), ending);
  await assert.rejects(ending, /3 spans still wait after 50 ms/);
  assert.deepEqual(counts(pipeline), [0, 2, 3]);
  record(telemetry, 1);
  await pipeline.forceFlush();
  assert.deepEqual(counts(pipeline), [0, 3, 3], 'it takes no more');
  const next = new SpanPipeline(telemetry, new InMemoryExporter());
  await next.shutdown();
  assert.deepEqual(counts(next), [3, 0, 3], 'another does');
});

test('an exporter has no more time than is said, whether it keeps to that or not', async () => {
  const telemetry = new Telemetry();
  let signal: AbortSignal | undefined;
  const deaf: SpanExporter = {
    export(_, given) {
      signal = given;
      return new Promise(() => {});
    },
  };
  const pipeline = new SpanPipeline(telemetry, deaf, { ...QUICK, exportTimeout: 20n * 1_000_000n });
  record(telemetry, 1);
  await pipeline.forceFlush();
  assert.deepEqual(counts(pipeline), [0, 0, 1]);
  assert.equal(signal?.aborted, true);
  assert.equal((pipeline.trouble as Error).message, 'the exporter was not done within 20 ms');
  await pipeline.shutdown();
});

test('what is more than a slow receiver takes waits in the ledger, and what is more than that is counted', async () => {
  const telemetry = new Telemetry();
  let release: () => void = () => {};
  const slow: SpanExporter = { export: () => new Promise((resolve) => void (release = resolve)) };
  const pipeline = new SpanPipeline(telemetry, slow, { maxQueueSize: 20, maxExportBatchSize: 10 });
  record(telemetry, 50);
  const flushed = pipeline.forceFlush();
  assert.deepEqual(counts(pipeline), [0, 50, 0]);
  record(telemetry, 4_000, 'x'.repeat(10_000)); // 40 MB, and a ledger keeps 32 MiB
  const [exported, pending, dropped] = counts(pipeline);
  assert.ok(exported === 0 && pending > 2_000 && dropped > 500, `${pending} ${dropped}`);
  assert.equal(pending + dropped, 4_050);
  assert.equal(drops(telemetry, 'spans-not-kept'), dropped);
  const releasing = setInterval(() => release(), 0);
  await flushed;
  clearInterval(releasing);
  assert.deepEqual(counts(pipeline), [pending, 0, dropped], 'what was kept arrives in the end');
  await pipeline.shutdown();
});

test('every span is delivered or pending or dropped at every moment', async () => {
  let seed = 7;
  const below = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
  for (let round = 0; round < 25; round += 1) {
    const answers = Array.from({ length: 40 }, () => (['ok', 'retry', 1 + below(12), new Error('a bug')] as const)[below(4)] ?? 'ok');
    const [telemetry, exporter] = [new Telemetry(), new Told([...answers, 'ok'])];
    const before = recordedInAll;
    const pipeline = new SpanPipeline(telemetry, exporter, {
      maxQueueSize: 1 + below(20), maxExportBatchSize: 1 + below(20), maxAttempts: 1 + below(3), firstPause: below(2), scheduleDelay: below(3),
    }); // prettier-ignore
    let drainedSpans = 0;
    for (let step = 0; step < 30; step += 1) {
      record(telemetry, below(9));
      if (below(3) === 0) await pause(below(3));
      if (below(9) === 0) await pipeline.forceFlush(below(20)).catch(() => {});
      if (below(12) === 0) {
        const had = counts(pipeline)[0];
        telemetry.drain();
        drainedSpans += counts(pipeline)[0] - had;
      }
      const { recorded, exported } = pipeline.counts();
      counts(pipeline);
      assert.equal(recorded, recordedInAll - before);
      // The exporter knows a moment before the pipeline what arrived.
      assert.ok(exported <= exporter.taken + drainedSpans, `${exported} ${exporter.taken} ${drainedSpans}`);
    }
    const late = await pipeline.shutdown(below(4) * 20).then(() => false, () => true); // prettier-ignore
    const [exported, pending, dropped] = counts(pipeline);
    assert.ok(late || pending === 0);
    assert.equal(exported, exporter.taken + drainedSpans);
    assert.equal(exported + pending + dropped, recordedInAll - before);
  }
});

test('a drain between taking and losing changes no sum', async () => {
  const [telemetry, exporter] = [new Telemetry(), new Told([new ExportError('no', { outcome: 'rejected', count: Infinity })])];
  const pipeline = new SpanPipeline(telemetry, exporter, QUICK);
  record(telemetry, 3);
  const flushed = pipeline.forceFlush();
  record(telemetry, 2);
  drained(telemetry);
  assert.deepEqual(counts(pipeline), [2, 3, 0]);
  await flushed;
  assert.deepEqual(counts(pipeline), [2, 0, 3]);
  await pipeline.shutdown();
});

test('a batch can be read while it is sent, and not afterwards', async () => {
  const telemetry = new Telemetry();
  const seen: unknown[] = [];
  const kept: SpanBatch[] = [];
  const exporter: SpanExporter = {
    async export(batch) {
      await pause(1);
      kept.push(batch);
      seen.push(batch.otlpTraces(), batch.otlpTracesJson());
    },
  };
  const pipeline = new SpanPipeline(telemetry, exporter);
  await pipeline.forceFlush();
  assert.deepEqual(seen, [], 'nothing is sent for nothing');
  record(telemetry, 2);
  const before = [telemetry.otlpTraces(), telemetry.otlpTracesJson()];
  await pipeline.shutdown();
  assert.deepEqual([seen, kept[0]?.size], [before, 2]);
  refused('invalid-argument', () => kept[0]?.otlpTraces(), /ended/);
  refused('invalid-argument', () => kept[0]?.otlpTracesJson(), /ended/);
});

test('who is told of trouble, and who shuts down, may make none', async () => {
  const telemetry = new Telemetry();
  const told: unknown[] = [];
  const hostile: SpanExporter = {
    export: () => Promise.reject(undefined), // nothing to say
    shutdown: () => {
      throw new Error('not now');
    },
  };
  const onError = (error: unknown): void => {
    told.push(error);
    throw new Error('a callback');
  };
  const pipeline = new SpanPipeline(telemetry, hostile, { ...QUICK, onError });
  record(telemetry, 1);
  await pipeline.shutdown();
  assert.deepEqual([told.slice(0, 3), String(told[3]), counts(pipeline)], [[undefined, undefined, undefined], 'Error: not now', [0, 0, 1]]);
});

test('spans that are not sampled are no drops', async () => {
  const [telemetry, memory] = [new Telemetry({ sampler: alwaysOff }), new InMemoryExporter()];
  const pipeline = new SpanPipeline(telemetry, memory);
  telemetry.tracer.startSpan('work').end();
  await pipeline.shutdown();
  assert.deepEqual(pipeline.counts(), { recorded: 0, exported: 0, pending: 0, dropped: 0, unsampled: 1 });
  assert.deepEqual([memory.spans(), telemetry.dropped()], [[], []]);
});

test('what is no pipeline is refused, and a ledger has one at a time', async () => {
  const telemetry = new Telemetry();
  const made = (...given: unknown[]) => () => new SpanPipeline(...(given as ConstructorParameters<typeof SpanPipeline>));
  const memory = new InMemoryExporter();
  for (const other of [null, {}, 7, telemetry.tracer]) refused('invalid-argument', made(other, memory), /Telemetry/);
  for (const other of [null, undefined, {}, () => {}]) refused('invalid-argument', made(telemetry, other), /exporter/);
  for (const option of [{ maxQueueSize: -1 }, { maxQueueSize: 1.5 }, { maxExportBatchSize: '5' }, { maxAttempts: 2 ** 32 }, { maxAttempts: NaN }]) {
    refused('invalid-argument', made(telemetry, memory, option), new RegExp(Object.keys(option)[0] ?? ''));
  }
  for (const option of [{ scheduleDelay: -1 }, { exportTimeout: NaN }, { firstPause: '1s' }, { firstPause: -1n }, { onError: 7 }]) {
    refused('invalid-argument', made(telemetry, memory, option), new RegExp(Object.keys(option)[0] ?? ''));
  }
  refused('invalid-argument', made(telemetry, memory, null));
  const pipeline = new SpanPipeline(telemetry, memory);
  refused('conflict', made(telemetry, memory), /pipeline already/);
  await assert.rejects(pipeline.forceFlush(-1), { code: 'invalid-argument' });
  await pipeline.shutdown();
  await new SpanPipeline(telemetry, memory, { maxQueueSize: 0, maxExportBatchSize: 0, maxAttempts: 0 }).shutdown();
});

test('a program ends while spans wait, and waits while it flushes', () => {
  const run = (end: string): { status: number | null; stdout: string; stderr: string } => {
    const code = `
      import { ExportError, SpanPipeline, Telemetry } from '@codomyrmex/telemetry';
      let attempts = 0;
      const exporter = { export() { if (++attempts < 3) throw new ExportError('later', { outcome: 'retry' }); } };
      const telemetry = new Telemetry();
      const pipeline = new SpanPipeline(telemetry, exporter, { firstPause: 100 });
      telemetry.tracer.startSpan('work').end();
      ${end}
      process.on('exit', () => console.log(attempts, JSON.stringify(pipeline.counts())));`;
    const cwd = fileURLToPath(new URL('../../', import.meta.url));
    return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd, encoding: 'utf8', timeout: 30_000 });
  };
  const accounts = (exported: number, pending: number): string => `{"recorded":1,"exported":${exported},"pending":${pending},"dropped":0,"unsampled":0}\n`;
  const [left, waited] = [run(''), run('await pipeline.shutdown();')];
  assert.deepEqual([left.status, left.stderr, left.stdout], [0, '', `0 ${accounts(0, 1)}`]);
  assert.deepEqual([waited.status, waited.stderr, waited.stdout], [0, '', `3 ${accounts(1, 0)}`]);
});
