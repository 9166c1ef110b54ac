// The entry for those who bring the WebAssembly themselves: libraries, workers, edge runtimes that
// compile no bytes. Its file is `@codomyrmex/telemetry/telemetry.wasm`.
// Deliberately absent: any choice of where it comes from.
export { type ModuleSource, type RemoteSource, load as init, loadSync as initSync } from '../binding.js';
export * from '../index.js';
