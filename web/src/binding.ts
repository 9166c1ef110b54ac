// The one file that knows the generated binding: it loads the WebAssembly and hands out what lives in it.
//
// Deliberately absent: where the bytes come from, which differs by runtime; see the entries.

// The generated types name Symbol.dispose, which a user's compiler need not know.
/// <reference lib="esnext.disposable" preserve="true" />

import load_, { Batches, Ledger, attributeKey, deriveSpanId, deriveTraceId, genAiNames, initSync } from './generated/codomyrmex_telemetry_web.js';

import { TelemetryError, attempt } from './error.js';

export { attributeKey, deriveSpanId, deriveTraceId, genAiNames };
export type { Batches, Ledger };

/** What the WebAssembly can be loaded from at once. */
export type ModuleSource = BufferSource | WebAssembly.Module;

/** What the WebAssembly can be loaded from in time. */
export type RemoteSource = ModuleSource | URL | string | Response | Promise<Response>;

let isLoaded = false;
let loading: Promise<void> | undefined;

/** Loads the WebAssembly at once. Where it is loaded already, nothing happens. */
export function loadSync(module: ModuleSource): void {
  if (isLoaded) return;
  initSync({ module });
  isLoaded = true;
}

/**
 * Loads the WebAssembly. Several calls load it once: a second instance would take the place of the
 * first under ledgers that live in it. After a failure the next call tries again.
 */
export function load(source: RemoteSource): Promise<void> {
  if (isLoaded) return Promise.resolve();
  loading ??= load_({ module_or_path: source }).then(
    () => {
      isLoaded = true;
    },
    (failure: unknown) => {
      loading = undefined;
      throw failure;
    },
  );
  return loading;
}

/** An empty ledger. */
export function openLedger(): Ledger {
  if (!isLoaded) {
    throw new TelemetryError('unsupported', 'unsupported: the WebAssembly is not loaded; await init() first, or call initSync(module)');
  }
  return attempt(() => new Ledger());
}

/** No batches yet, of a ledger that there is: so the WebAssembly is loaded. */
export function openBatches(options: ConstructorParameters<typeof Batches>): Batches {
  return new Batches(...options);
}
