// StatsD's own server as a judge: it takes lines over UDP, and what it counted of them is printed as JSON.
//
// Usage: node statsd.mjs PACKAGE LINES. PACKAGE is the folder of the installed npm package `statsd` 0.9,
// LINES a file of lines as they are sent. Everything happens on 127.0.0.1, and ends within seconds: with
// code 1 where the server stops, or has not taken as many lines as were sent in time.
// Deliberately absent: any reading of the lines here, and what should have been counted.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ADDRESS = '127.0.0.1';
const DATAGRAM_BYTES = 1432; // what StatsD's page on metric types advises for a local network
const SECONDS_MAX = 20;

/** A backend that prints every flush: the console's own output is for people, and cut where it is long. */
const BACKEND = `// Prints each flush as a line of JSON.
exports.init = (started, config, events) => {
  events.on('flush', (time, { counters, gauges, timers, timer_counters, sets }) => {
    const members = Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, set.values()]));
    console.log('flush ' + JSON.stringify({ counters, gauges, timers, timer_counters, sets: members }));
  });
  return true;
};
`;

/** Newer Node has no util.log, with which the server says that it is up. */
const UTIL_LOG = `data:text/javascript,${encodeURIComponent('import util from "node:util"; util.log ??= console.log;')}`;

/** A port that nobody has at the moment, of a socket that was bound to any. */
async function freePort(socket, bind) {
  await new Promise((done, failed) => {
    socket.once('error', failed);
    bind(done);
  });
  const { port } = socket.address();
  await new Promise((done) => socket.close(done));
  return port;
}

/** Datagrams of whole lines, in their order. */
function datagrams(lines) {
  const packed = [];
  for (const line of lines) {
    const last = packed.at(-1);
    const fits = last !== undefined && Buffer.byteLength(last) + 1 + Buffer.byteLength(line) <= DATAGRAM_BYTES;
    if (fits) packed[packed.length - 1] = `${last}\n${line}`;
    else packed.push(line);
  }
  return packed;
}

/** What several flushes say together: counters and timers begin anew with each, gauges and sets are the latest. */
class Tally {
  counters = {};
  gauges = {};
  timers = {};
  timer_counters = {};
  sets = {};

  add(flush) {
    for (const part of ['counters', 'timer_counters']) {
      for (const [name, value] of Object.entries(flush[part])) this[part][name] = (this[part][name] ?? 0) + value;
    }
    for (const [name, values] of Object.entries(flush.timers)) this.timers[name] = [...(this.timers[name] ?? []), ...values];
    for (const [name, members] of Object.entries(flush.sets)) this.sets[name] = [...new Set([...(this.sets[name] ?? []), ...members])];
    Object.assign(this.gauges, flush.gauges);
  }

  get received() {
    return this.counters['statsd.metrics_received'] ?? 0;
  }

  /** Without what the server says of itself, but for the lines that it did not understand. */
  report() {
    const bad = this.counters['statsd.bad_lines_seen'];
    const { received } = this;
    const others = (part) => Object.fromEntries(Object.entries(part).filter(([name]) => !name.startsWith('statsd.')));
    const [counters, gauges] = [others(this.counters), others(this.gauges)];
    return { received, bad, counters, gauges, timers: this.timers, timer_counters: this.timer_counters, sets: this.sets };
  }
}

async function send(port, lines) {
  const socket = createSocket('udp4');
  for (const datagram of datagrams(lines)) {
    await new Promise((done, failed) => socket.send(datagram, port, ADDRESS, (error) => (error ? failed(error) : done())));
  }
  socket.close();
}

async function judge(folder, statsd, lines) {
  const udp = createSocket('udp4');
  const port = await freePort(udp, (done) => udp.bind(0, ADDRESS, done));
  const tcp = createServer();
  const mgmt_port = await freePort(tcp, (done) => tcp.listen(0, ADDRESS, done));
  const [backend, config] = [join(folder, 'backend.cjs'), join(folder, 'config.js')];
  writeFileSync(backend, BACKEND);
  const settings = { port, address: ADDRESS, mgmt_address: ADDRESS, mgmt_port, backends: [backend], flushInterval: 500 };
  writeFileSync(config, JSON.stringify(settings));
  const server = spawn(process.execPath, ['--no-deprecation', '--import', UTIL_LOG, 'stats.js', config], {
    cwd: statsd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => server.kill(), SECONDS_MAX * 1000);
  const tally = new Tally();
  let isSent = false;
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('flush ')) {
      tally.add(JSON.parse(line.slice('flush '.length)));
      if (!isSent) {
        isSent = true; // a server that flushes also listens
        await send(port, lines);
      } else if (tally.received >= lines.length) {
        break;
      }
    } else {
      console.error(line);
    }
  }
  clearTimeout(late);
  server.kill();
  if (!isSent || tally.received !== lines.length) throw new Error(`the server took ${tally.received} of ${lines.length} lines`);
  return tally.report();
}

const [statsd, source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: node statsd.mjs PACKAGE LINES');
const lines = readFileSync(source, 'utf8')
  .split('\n')
  .filter((line) => line.length > 0);
const folder = mkdtempSync(join(tmpdir(), 'statsd-'));
try {
  console.log(JSON.stringify(await judge(folder, resolve(statsd), lines), null, 2));
} finally {
  rmSync(folder, { recursive: true });
}
