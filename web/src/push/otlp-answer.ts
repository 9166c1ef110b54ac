// What a collector answers: how many spans it refused, and how long it asks to wait.
//
// Sources: OTLP specification, sections OTLP/HTTP Response and Partial Success; RFC 9110, section 10.2.3 for
// Retry-After and 5.6.7 for its date. What is read is bounded, and what cannot be read says nothing. Deliberately absent:
// what is made of it.

/** Bytes of an answer. One says how many spans were refused and why. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** What `partial_success` says. */
export interface Refused {
  readonly count: number;
  readonly why: string;
}

const NOTHING: Refused = { count: 0, why: '' };

/** A date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`, and the two older forms of it. */
const DATE = /^(?:\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT|\w{6,9}, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** How many milliseconds a receiver asks to wait: it says seconds, or until when. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  if (!DATE.test(text)) return undefined;
  const until = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(until) ? undefined : Math.max(until - now, 0);
}

/** The body of an answer; nothing where there is none that can be read. */
export async function answerBody(response: Response): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  const bytes = new Uint8Array(ANSWER_BYTES_MAX);
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (length + part.value.length > ANSWER_BYTES_MAX) {
        void reader.cancel().catch(() => {});
        return undefined;
      }
      bytes.set(part.value, length);
      length += part.value.length;
    }
  } catch {
    return undefined; // it was said before that the spans arrived
  }
  return bytes.subarray(0, length);
}

/** How many spans an `ExportTraceServiceResponse` in JSON says are refused, and why. */
export function refusedInJson(answer: Uint8Array): Refused {
  let part: unknown;
  try {
    part = (JSON.parse(new TextDecoder().decode(answer)) as { partialSuccess?: unknown } | null)?.partialSuccess;
  } catch {
    return NOTHING;
  }
  if (typeof part !== 'object' || part === null) return NOTHING;
  const { rejectedSpans, errorMessage } = part as { readonly rejectedSpans?: unknown; readonly errorMessage?: unknown };
  const count = Number(rejectedSpans); // a number of 64 bits, so a text; some write a number
  return { count: count > 0 ? count : 0, why: typeof errorMessage === 'string' ? errorMessage : '' };
}

/** The same in protobuf. */
export function refusedInProtobuf(answer: Uint8Array): Refused {
  let [count, why] = [0, ''];
  const isWhole = eachField(answer, (number, _, part) => {
    if (number !== 1) return true;
    return eachField(part, (field, value, bytes) => {
      if (field === 1) count = value;
      if (field === 2) why = new TextDecoder().decode(bytes);
      return true;
    });
  });
  return isWhole ? { count, why } : NOTHING;
}

/** Gives the fields of a message: number, and its value or its bytes. Says whether it could be read. */
function eachField(message: Uint8Array, field: (number: number, value: number, bytes: Uint8Array) => boolean): boolean {
  let place = 0;
  /** The next number; NaN where there is none. One of 64 bits is rounded: nobody sends so many spans. */
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = message[place];
      if (byte === undefined) return NaN;
      place += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    return NaN;
  };
  while (place < message.length) {
    const tag = varint();
    const wire = tag % 8;
    const value = wire === 0 ? varint() : 0;
    const length = wire === 2 ? varint() : { 0: 0, 1: 8, 5: 4 }[wire];
    if (length === undefined || !(value >= 0) || !(place + length <= message.length)) return false;
    if (!field(Math.floor(tag / 8), value, message.subarray(place, place + length))) return false;
    place += length;
  }
  return true;
}
