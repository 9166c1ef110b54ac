// Why a call was refused, as something to catch: one class, told apart by its code.
//
// The codes and their meaning are those of `error` in wit/types.wit. Deliberately absent: what
// becomes of records on the hot path; that is an Outcome, and never thrown.

const CODES = ['invalid-name', 'invalid-argument', 'conflict', 'unknown', 'limit', 'malformed', 'newer-version', 'unsupported'] as const;

/** What sort of refusal it is. */
export type ErrorCode = (typeof CODES)[number];

/** A call was refused; nothing changed. The message names the thing and says what to do. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';

  constructor(
    /** What sort of refusal it is. */
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Makes a call into the ledger, whose refusals come as errors with the code for a name. */
export function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw typed(thrown);
  }
}

/** The error for an argument that the types forbid, for callers whom no compiler checked. */
export function wrong(what: string): TelemetryError {
  return new TelemetryError('invalid-argument', `invalid argument: ${what}`);
}

/** What was wrong, of what, where that is not said yet. */
export function within(error: unknown, what: string): unknown {
  if (!(error instanceof TelemetryError) || error.code !== 'invalid-argument' || error.message.includes(what)) return error;
  return wrong(`${what}: ${error.message.replace(/^invalid argument: /, '')}`);
}

/** Refuses options that are no object, before their fields are read. */
export function checkObject(options: unknown, what: string): void {
  if (typeof options !== 'object' || options === null) throw wrong(`${what} takes an object`);
}

/** Refuses a text that is none: the binding would throw an error of its own at it. */
export function checkText(text: unknown, what: string): void {
  if (typeof text !== 'string') throw wrong(`${what} must be a string`);
}

/** Refuses a list that is none. */
export function checkList(list: unknown, what: string): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw wrong(`${what} must be an array`);
}

function typed(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const code = CODES.find((candidate) => candidate === thrown.name);
  return code === undefined ? thrown : new TelemetryError(code, thrown.message);
}
