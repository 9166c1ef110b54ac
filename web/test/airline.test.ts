// The airline's accounts hold what the data says: these numbers were counted from the file by others.
//
// The digest is that of the same agent in Rust, as its report says. Deliberately absent: that digest itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { RUNS, airline } from './kit.js';

const telemetry = airline();

test('84 of 200 tasks reach their goal, which meets 40 % with a thirtieth of the budget left', () => {
  const [status] = telemetry.slo.statuses();
  assert.deepEqual(status, {
    id: 'task_success',
    version: 1,
    name: 'Task success',
    target: { numerator: 2n, denominator: 5n },
    windowEnd: status?.windowEnd,
    windowStart: status?.windowStart,
    good: 84,
    total: 200,
    unit: 1,
    rawGood: 84,
    rawTotal: 200,
    state: 'met',
    isMet: true,
    current: 0.42,
    budgetRemaining: 1 / 30,
    budgetRemainingEvents: 4,
    errorBudgetRemaining: (1 / 30) * 100,
    errorBudgetConsumed: 100 - (1 / 30) * 100,
    coverage: new Set(countedRuns().map(({ minute }) => minute)).size / 43_200,
    burnRates: status?.burnRates,
    firing: [],
    timeToExhaustion: undefined,
    timeToRecovery: undefined,
    projection: undefined,
    expired: 0,
    uncounted: 0,
  });
  const hours = status?.burnRates.map(({ lookback, rate }) => [Number(lookback / 60_000_000_000n) / 60, rate]);
  assert.deepEqual(hours?.slice(-3), [[6, 29 / 30], [24, 29 / 30], [72, 29 / 30]], 'all of it happened in less than six hours'); // prettier-ignore
  assert.equal((status?.windowEnd ?? 0n) - (status?.windowStart ?? 0n), 30n * 86_400n * 1_000_000_000n);
});

test('1,091 of 1,164 tool answers are good, which overspends the budget of 95 %', () => {
  const status = telemetry.slo.statuses()[1];
  assert.deepEqual([status?.id, status?.good, status?.total, status?.state], ['tool_success', 1_091, 1_164, 'violated']);
  assert.equal(status?.budgetRemaining, -74 / 291);
  assert.equal(status?.target.numerator, 19n);
});

test('what goes wrong has a name: bookings, and rebookings on top of them', () => {
  const dimensions = ['used book_reservation', 'used update_reservation_flights', 'steps'] as const;
  const target = { numerator: 2, denominator: 5 };
  const tasks = telemetry.slo.create({ id: 'task_success', name: 'Task success', description: 'Runs that reached their goal.', target, dimensions });
  const counted = countedRuns();
  const { good, bad, isExact, patterns } = tasks.analyze();
  assert.deepEqual([good, bad, isExact], [84, 116, true]);
  assert.ok(patterns.length > 0);
  for (const { attributes, bad, total } of patterns) {
    const alike = counted.filter((run) => Object.entries(attributes).every(([name, value]) => run.attributes[name] === value));
    assert.deepEqual([bad, total], [alike.filter((run) => !run.success).length, alike.length], JSON.stringify(attributes));
  }
});

/** Each run's attributes, read from the file another way. */
function countedRuns(): { success: boolean; minute: number; attributes: Record<string, string> }[] {
  const lines = RUNS.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)); // prettier-ignore
  const ends = lines.filter((line) => line.kind === 'end');
  const used = (run: string, tool: string): string => (lines.some((line) => line.run === run && line.kind === 'tool' && line.tool === tool) ? 'yes' : '');
  const steps = (step: number): string => ['0-9', '10-19', '20-29'][Math.floor(step / 10)] ?? '30+';
  return ends.map(({ run, success, step }, place) => ({
    success,
    minute: place + Math.floor(step / 60),
    attributes: {
      'used book_reservation': used(run, 'book_reservation'),
      'used update_reservation_flights': used(run, 'update_reservation_flights'),
      steps: steps(step),
    },
  }));
}

test('the exposition holds the counts of book_reservation and every message', () => {
  const text = telemetry.prometheus();
  assert.match(text, /^tool_calls_total\{tool="book_reservation",outcome="ok"\} 23$/m);
  assert.match(text, /^tool_calls_total\{tool="book_reservation",outcome="error"\} 30$/m);
  const errors = [...text.matchAll(/^tool_errors_total\{tool="book_reservation",class="[^"]*"\} (\d+)$/gm)];
  assert.equal(
    errors.reduce((sum, match) => sum + Number(match[1]), 0),
    30,
  );
  const messages = [...text.matchAll(/^message_bytes_count\{kind="\w+"\} (\d+)$/gm)];
  const lines = RUNS.split('\n').filter((line) => line !== '' && !line.includes('"kind":"end"')).length;
  assert.equal(
    messages.reduce((sum, match) => sum + Number(match[1]), 0),
    lines,
  );
});

test('nothing was dropped', () => {
  assert.deepEqual(telemetry.dropped(), []);
});

test('the same accounting gives the same bytes', () => {
  const again = airline();
  assert.deepEqual(again.snapshot(), telemetry.snapshot());
  assert.equal(again.digest(), telemetry.digest());
  const report = readFileSync(new URL('../../../tests/golden/cases/airline.report', import.meta.url), 'utf8');
  assert.equal(telemetry.digest(), /^Digest (\w+)$/m.exec(report)?.[1]);
});
