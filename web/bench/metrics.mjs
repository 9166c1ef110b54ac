// Metrics in Node: recording into a series that is held, and by the values of two labels.
//
// Every call by labels makes a new object, as callers do. What a call gives is added up and looked at in
// the end, so that no work can be left out. Deliberately absent: exports, which are measured in Rust.

import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import prom from 'prom-client';

import { Telemetry } from '../dist/src/entry/node.js';
import { PLACES, durations, places, race } from './race.mjs';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const TOOLS = ['search', 'book', 'cancel', 'refund', 'lookup', 'rebook', 'upgrade', 'transfer', 'seatmap', 'calculate'];
const OUTCOMES = ['ok', 'error', 'timeout', 'refused', 'retried'];
const LABELS = ['tool', 'outcome'];
const HELP = 'Tool answers by tool and outcome.';
const HELD = { tool: 'search', outcome: 'ok' };

const PROM = 'prom-client';
const OTEL = '@opentelemetry/sdk-metrics';
const MASK = PLACES - 1;

/** A reader that only collects when it is asked to. */
class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

const values = durations(1e6, 13); // a millisecond to some seconds
const pairs = TOOLS.flatMap((tool) => OUTCOMES.map((outcome) => ({ tool, outcome })));
const order = places(pairs.length);
const at = (place) => pairs[order[place & MASK]];
let seen = 0;

const { metrics } = new Telemetry();
const registry = new prom.Registry();
const meter = new MeterProvider({ readers: [new Reader()] }).getMeter('bench');

const ours = {
  counter: metrics.counter('calls_total', { help: HELP, labels: LABELS }),
  histogram: metrics.histogram('answer_seconds', { help: HELP, labels: LABELS, bounds: BOUNDS }),
  exponential: metrics.exponentialHistogram('native_seconds', { help: HELP, labels: LABELS }),
  summary: metrics.summary('took_seconds', { help: HELP, labels: LABELS }),
};
const theirs = {
  counter: new prom.Counter({ name: 'calls_total', help: HELP, labelNames: LABELS, registers: [registry] }),
  summary: new prom.Summary({ name: 'took_seconds', help: HELP, labelNames: LABELS, percentiles: [0.5, 0.9, 0.99], registers: [registry] }),
  histogram: new prom.Histogram({ name: 'answer_seconds', help: HELP, labelNames: LABELS, buckets: BOUNDS, registers: [registry] }),
};
const otel = {
  counter: meter.createCounter('calls'),
  histogram: meter.createHistogram('answer_seconds', { advice: { explicitBucketBoundaries: BOUNDS } }),
};
const held = {
  counter: ours.counter.labels(HELD),
  histogram: ours.histogram.labels(HELD),
  exponential: ours.exponential.labels(HELD),
  summary: ours.summary.labels(HELD),
  theirSummary: theirs.summary.labels(HELD),
  theirCounter: theirs.counter.labels(HELD),
  theirHistogram: theirs.histogram.labels(HELD),
};

race(
  'Node: held counter, inc',
  (count) => {
    for (let i = 0; i < count; i += 1) seen += held.counter.inc().length;
  },
  [
    [PROM, (count) => {
      for (let i = 0; i < count; i += 1) held.theirCounter.inc();
    }],
    [`${OTEL}, same attributes`, (count) => {
      for (let i = 0; i < count; i += 1) otel.counter.add(1, HELD);
    }],
  ],
);

race(
  'Node: labelled counter, inc',
  (count) => {
    for (let i = 0; i < count; i += 1) {
      const { tool, outcome } = at(i);
      seen += ours.counter.inc({ tool, outcome }).length;
    }
  },
  [
    [PROM, (count) => {
      for (let i = 0; i < count; i += 1) {
        const { tool, outcome } = at(i);
        theirs.counter.inc({ tool, outcome });
      }
    }],
    [OTEL, (count) => {
      for (let i = 0; i < count; i += 1) {
        const { tool, outcome } = at(i);
        otel.counter.add(1, { tool, outcome });
      }
    }],
  ],
);

race(
  'Node: held histogram, milliseconds to seconds',
  (count) => {
    for (let i = 0; i < count; i += 1) seen += held.histogram.observe(values[i & MASK]).length;
  },
  [
    [PROM, (count) => {
      for (let i = 0; i < count; i += 1) held.theirHistogram.observe(values[i & MASK]);
    }],
    [`${OTEL}, same attributes`, (count) => {
      for (let i = 0; i < count; i += 1) otel.histogram.record(values[i & MASK], HELD);
    }],
  ],
);

race(
  'Node: held exponential histogram',
  (count) => {
    for (let i = 0; i < count; i += 1) seen += held.exponential.observe(values[i & MASK]).length;
  },
  [[`${PROM}, fixed bounds`, (count) => {
    for (let i = 0; i < count; i += 1) held.theirHistogram.observe(values[i & MASK]);
  }]],
);

race(
  'Node: held summary',
  (count) => {
    for (let i = 0; i < count; i += 1) seen += held.summary.observe(values[i & MASK]).length;
  },
  [[PROM, (count) => {
    for (let i = 0; i < count; i += 1) held.theirSummary.observe(values[i & MASK]);
  }]],
);

race(
  'Node: labelled histogram, milliseconds to seconds',
  (count) => {
    for (let i = 0; i < count; i += 1) {
      const { tool, outcome } = at(i);
      seen += ours.histogram.observe(values[i & MASK], { tool, outcome }).length;
    }
  },
  [
    [PROM, (count) => {
      for (let i = 0; i < count; i += 1) {
        const { tool, outcome } = at(i);
        theirs.histogram.observe({ tool, outcome }, values[i & MASK]);
      }
    }],
    [OTEL, (count) => {
      for (let i = 0; i < count; i += 1) {
        const { tool, outcome } = at(i);
        otel.histogram.record(values[i & MASK], { tool, outcome });
      }
    }],
  ],
);

// Used, so that nothing above was for nothing.
if (seen === 0) throw new Error('nothing was recorded');
