// Two pieces of work, timed in turns, and a row a peer as JSON on standard output.
//
// Rounds go ours, peer, ours, peer, and so on, so that whatever slows the machine down for a while slows
// both. The time of each is its least over all rounds; the ratio is the median of the rounds' ratios.
// Deliberately absent: verdicts, and the table, which `cargo xtask bench` makes.

const ROUNDS = 25;
/** What a round of one piece of work takes, in milliseconds: long beside what reading the clock costs. */
const BATCH_MS = 5;
/** How long work is repeated before it is timed, in milliseconds, so that it is compiled. */
const WARM_MS = 200;

/** How many entries a list of inputs has: a power of two, so that going round in it costs no division. */
export const PLACES = 2048;

/** Numbers from 0 to 1 from a seed (mulberry32). */
function* chance(seed) {
  for (let state = seed | 0; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    yield ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  }
}

/** Durations in seconds as clocks give them, whole nanoseconds: from `shortest` nanoseconds on over so many octaves. */
export function durations(shortest, octaves) {
  const numbers = chance(1);
  const next = () => numbers.next().value;
  return Float64Array.from({ length: PLACES }, () => (Math.floor(shortest * (1 + next())) * 2 ** Math.floor(octaves * next())) / 1e9);
}

/** Places in a list of so many entries. */
export function places(entries) {
  const numbers = chance(2);
  return Uint16Array.from({ length: PLACES }, () => Math.floor(entries * numbers.next().value));
}

/**
 * Times our work beside each peer's. Work is a function that does an operation so many times, in a loop
 * of its own: a loop that several shared would call each through a pointer.
 */
export function race(name, ours, peers) {
  process.stderr.write(`    measuring ${name} …\n`);
  const count = warm(ours);
  for (const [peer, theirs] of peers) {
    const peerCount = warm(theirs);
    const rounds = Array.from({ length: ROUNDS }, () => [time(ours, count), time(theirs, peerCount)]);
    const least = (index) => rounded(Math.min(...rounds.map((round) => round[index])));
    const ratios = rounds.map(([mine, other]) => other / mine).sort((one, next) => one - next);
    const ratio = rounded(ratios[ratios.length >> 1]);
    console.log(JSON.stringify({ case: name, ours_ns: least(0), peer, peer_ns: least(1), ratio }));
  }
}

/** Warms work up, and finds how often it is done in a batch. */
function warm(work) {
  const end = performance.now() + WARM_MS;
  for (let count = 1; ; ) {
    const started = performance.now();
    work(count);
    const now = performance.now();
    if (now - started < BATCH_MS) count *= 2;
    else if (now >= end) return count;
  }
}

/** Nanoseconds an operation. */
function time(work, count) {
  const started = performance.now();
  work(count);
  return ((performance.now() - started) * 1e6) / count;
}

function rounded(value) {
  return Math.round(value * 1000) / 1000;
}
