// The entry for browsers, Deno and Bun: the WebAssembly is fetched from beside this file by `init`.
// Deliberately absent: top-level await, at which bundlers and Safari deadlock.
import { load } from '../binding.js';

/** Loads the WebAssembly. Await it before the first `new Telemetry()`; further calls cost nothing. */
export function init(): Promise<void> {
  return load(new URL('../generated/codomyrmex_telemetry_web_bg.wasm', import.meta.url));
}
export * from '../index.js';
