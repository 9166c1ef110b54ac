// Objectives in Node: recording an event and a value, with and without a time, and how one stands.
//
// Beside them prom-client counts good and all in two counters, which is what pages do today: it knows no
// window and no budget. What a call gives is looked at in the end, so that no work can be left out.

import prom from 'prom-client';

import { Telemetry } from '../dist/src/entry/node.js';
import { PLACES, durations, race } from './race.mjs';

const MASK = PLACES - 1;
const PROM = 'prom-client: two counters';
const START_MS = Date.UTC(2026, 0, 1);

const values = durations(1e6, 13); // a millisecond to some seconds
const { slo } = new Telemetry();
const answers = slo.create({ id: 'answers', target: '99.9%', windowDays: 30 });
const fast = slo.create({ id: 'fast', target: '95%', windowDays: 30, indicator: { threshold: { comparison: 'at-most', value: 0.5 } } });
const alike = slo.create({ id: 'alike', target: '95%', windowDays: 30, dimensions: ['tool', 'step'] });
const registers = [new prom.Registry()];
const good = new prom.Counter({ name: 'good_total', help: 'Good ones.', registers });
const total = new prom.Counter({ name: 'all_total', help: 'All.', registers });
const attributes = Array.from({ length: 64 }, (_, place) => ({ tool: `tool-${place % 8}`, step: `step-${place >> 3}` }));
let seen = 0;

const counted = [PROM, (count) => {
  for (let place = 0; place < count; place++) {
    total.inc();
    if (values[place & MASK] < 4) good.inc();
  }
}];

race('Node: record an event, now', (count) => {
  for (let place = 0; place < count; place++) seen += answers.recordEvent(values[place & MASK] < 4).length;
}, [counted]);
race('Node: record an event at a time', (count) => {
  for (let place = 0; place < count; place++) seen += answers.recordEvent(values[place & MASK] < 4, 1, START_MS).length;
}, [counted]);
race('Node: record a value for a threshold, now', (count) => {
  for (let place = 0; place < count; place++) seen += fast.recordValue(values[place & MASK]).length;
}, [counted]);
race('Node: record an event with two attributes, now', (count) => {
  for (let place = 0; place < count; place++) {
    seen += alike.recordEventWith(values[place & MASK] < 4, { attributes: attributes[place & 63] }).length;
  }
}, [counted]);
race('Node: status of one', (count) => {
  for (let place = 0; place < count; place++) seen += answers.getStatus().total;
}, [counted]);
if (seen === 0) throw new Error('nothing was recorded');
