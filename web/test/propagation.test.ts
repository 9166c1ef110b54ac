// Contexts that come in headers and go out in them, in whatever holds headers.
//
// Deliberately absent: the grammar of the headers, which the ledger's own tests cover.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type HeadersLike, Telemetry } from '@codomyrmex/telemetry';

import { refused } from './kit.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

test('headers are read from objects, Headers, maps and pairs', () => {
  const { tracer } = new Telemetry();
  const carriers: HeadersLike[] = [
    { TraceParent: PARENT, tracestate: ['a=1', 'b=2'], baggage: 'user=Zo%C3%AB;p=1', cookie: 'no', 'set-cookie': undefined },
    new Headers({ traceparent: PARENT, tracestate: 'a=1,b=2', baggage: 'user=Zo%C3%AB;p=1' }),
    new Map([['traceparent', PARENT], ['tracestate', 'a=1,b=2'], ['baggage', 'user=Zo%C3%AB;p=1']]), // prettier-ignore
    [['traceparent', PARENT], ['tracestate', 'a=1'], ['TRACESTATE', 'b=2'], ['baggage', 'user=Zo%C3%AB;p=1']], // prettier-ignore
  ];
  for (const carrier of carriers) {
    const remote = tracer.extract(carrier);
    assert.deepEqual(remote.context(), { traceId: TRACE, spanId: 'b7ad6b7169203331', traceFlags: 1, traceState: 'a=1,b=2' });
    assert.deepEqual(remote.baggage(), [{ key: 'user', value: 'Zoë', metadata: 'p=1' }]);
    const passedOn = { traceparent: PARENT, tracestate: 'a=1,b=2', baggage: 'user=Zo%C3%AB;p=1' };
    assert.deepEqual(remote.inject(), passedOn);
    assert.deepEqual(Object.fromEntries(remote.inject(new Map())), passedOn);
    const span = tracer.startSpan('answer', { parent: remote });
    remote.end();
    assert.deepEqual([remote.context(), remote.inject()], [undefined, {}]);
    const { traceparent = '', ...others } = span.inject();
    assert.equal(traceparent, `00-${TRACE}-${span.context()?.spanId}-01`);
    assert.deepEqual(others, { tracestate: 'a=1,b=2', baggage: 'user=Zo%C3%AB;p=1' });
    span.end();
  }
});

test('a remote parent gives its place back, once', () => {
  const telemetry = new Telemetry();
  {
    using remote = telemetry.tracer.extract({ traceparent: PARENT });
    assert.equal(telemetry.tracer.startSpan('answer', { parent: remote }).end(), 'recorded');
    remote.end();
  }
  assert.equal(telemetry.abandon('late'), 0);
  assert.deepEqual(telemetry.dropped(), []);
});

test('under headers that break the rules a trace begins, with the baggage that came', () => {
  const { tracer } = new Telemetry();
  for (const headers of [{}, { traceparent: 'no' }, { traceparent: [PARENT, PARENT] }, new Headers([['traceparent', PARENT], ['traceparent', PARENT]])]) {
    const remote = tracer.extract({ ...Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers)), baggage: 'k=v' });
    assert.equal(remote.context(), undefined);
    const span = tracer.startSpan('answer', { parent: remote });
    assert.equal(span.isRecorded, true);
    assert.notEqual(span.context()?.traceId, TRACE);
    assert.equal(span.inject()['baggage'], 'k=v');
    remote.end();
  }
});

test('what came is passed on by the rules, which may not be as it came', () => {
  const { tracer } = new Telemetry();
  const known = { traceparent: PARENT };
  const cases: [came: Record<string, string | string[]>, passedOn: Record<string, string>][] = [
    [{ traceparent: ` ${PARENT}\t` }, known],
    [{ traceparent: PARENT.replace(/01$/, 'ff') }, { traceparent: PARENT.replace(/01$/, '03') }],
    [{ traceparent: `7f${PARENT.slice(2)}-more` }, known],
    [{ traceparent: [`7f${PARENT.slice(2)}-more`, PARENT] }, {}],
    [{ traceparent: ['', PARENT] }, {}],
    [{ ...known, tracestate: 'a=1, b=2 ,a=3' }, { ...known, tracestate: 'a=1,b=2' }],
    [{ ...known, tracestate: ['', 'a=1'] }, { ...known, tracestate: 'a=1' }],
    [{ ...known, tracestate: 'A=1' }, known],
    [{ ...known, baggage: 'k = v;p , l=%76' }, { ...known, baggage: 'k=v;p,l=v' }],
    [{ traceparent: 'no', baggage: 'k=v' }, {}],
    [{ tracestate: 'a=1' }, {}],
    [{}, {}],
  ];
  for (const [came, passedOn] of cases) {
    const remote = tracer.extract(came);
    assert.deepEqual(remote.inject(), passedOn, JSON.stringify(came));
    assert.deepEqual(Object.fromEntries(remote.inject(new Map())), passedOn, JSON.stringify(came));
    const context = remote.context();
    assert.equal(context === undefined, passedOn['traceparent'] === undefined, JSON.stringify(came));
    remote.end();
    assert.deepEqual(remote.inject(), {});
  }
});

test('what was abandoned is passed on no more', () => {
  const telemetry = new Telemetry();
  const remote = telemetry.tracer.extract({ traceparent: PARENT });
  assert.deepEqual(remote.inject(), { traceparent: PARENT });
  telemetry.abandon('gone');
  assert.deepEqual([remote.context(), remote.inject()], [undefined, {}]);
});

test('what holds no headers is refused', () => {
  const { tracer } = new Telemetry();
  for (const wrong of [`${PARENT}\n`, `\n${PARENT}`, `${PARENT}\ntracestate\na=1`]) {
    assert.equal(tracer.extract({ traceparent: wrong }).context(), undefined, JSON.stringify(wrong));
  }
  assert.equal(tracer.extract({ traceparent: PARENT, tracestate: 'a=1\ntraceparent' }).context()?.traceState, '');
  for (const none of [null, undefined, 'traceparent', 7]) refused('invalid-argument', () => tracer.extract(none as any), /Headers, a Map/);
  assert.equal(tracer.extract([null, 'ab', [7, 8], ['traceparent', 7]] as any).context(), undefined);
});

test('headers are written into what sets values, and baggage goes along', () => {
  const { tracer } = new Telemetry();
  const span = tracer.startSpan('call', { parent: { traceId: TRACE }, id: 'b7ad6b7169203331' });
  assert.equal(span.setBaggage('user', 'a b', 'p=1'), 'recorded');
  assert.equal(span.setBaggage('no token', 'x'), 'invalid-value');
  assert.equal(span.setBaggage(7 as any, 'x'), 'invalid-value');
  assert.deepEqual(span.baggage(), [{ key: 'user', value: 'a b', metadata: 'p=1' }]);
  const headers = span.inject(new Headers({ accept: '*/*' }));
  assert.deepEqual([...headers], [['accept', '*/*'], ['baggage', 'user=a%20b;p=1'], ['traceparent', PARENT]]); // prettier-ignore
  assert.equal(span.inject(new Map<string, string>()).size, 2);
  assert.deepEqual(tracer.startSpan('part', { parent: span }).baggage(), span.baggage());
  span.end();
  assert.deepEqual(span.inject(), {});
});
