// The entry for Node: the WebAssembly is read from beside this file and is there at once, and
// each task has its own current span.
// Deliberately absent: top-level await, so that CommonJS can require what imports this.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { loadSync } from '../binding.js';
import { keepContextsIn } from '../context.js';

loadSync(readFileSync(new URL('../generated/codomyrmex_telemetry_web_bg.wasm', import.meta.url)));
keepContextsIn(new AsyncLocalStorage());

/** Does nothing: there is nothing to wait for. It is here so that one program runs in Node and browsers. */
export async function init(): Promise<void> {}
export * from '../index.js';
