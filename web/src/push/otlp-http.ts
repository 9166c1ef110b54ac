// OTLP over HTTP: spans to a collector, by the fetch of the runtime.
//
// Source: OTLP specification, sections OTLP/HTTP Request, Failures and Throttling. An attempt is one request: what is
// tried again, and when, is the pipeline's. Deliberately absent: gRPC, compression, and following redirects, which
// would make another request of it and send its headers elsewhere.

import { TelemetryError, checkObject, wrong } from '../error.js';
import { type Duration, lengthMs } from '../time.js';
import { message } from '../tracer.js';
import { ExportError, type SpanBatch, type SpanExporter } from './exporter.js';
import { type Refused, answerBody, refusedInJson, refusedInProtobuf, retryAfterMs } from './otlp-answer.js';
import { later } from './timers.js';

/** Where spans are sent, and how. */
export interface OtlpHttpOptions {
  /** The address, which in a page may be one of its own, as `/v1/traces`; `http://localhost:4318/v1/traces` if nothing is said. */
  readonly endpoint?: string | URL;
  /** Headers beside the content's type, as for authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The form of a request; `http/protobuf` if nothing is said. `grpc` is refused: it is what environment variables may ask for. */
  readonly protocol?: 'http/protobuf' | 'http/json' | 'grpc';
  /** How long a request may take, beside the pipeline's limit; 10 s if nothing is said, `Infinity` for no limit. */
  readonly timeout?: Duration;
}

const ENDPOINT = 'http://localhost:4318/v1/traces';
const TIMEOUT_MS = 10_000;

/** Answers after which the same request may arrive. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/** A page that is left may still send so many bytes (Fetch, section HTTP-network-or-cache fetch); its headers need some. */
const KEPT_ALIVE_BYTES_MAX = 60_000;

/** Sends spans to a collector over HTTP. */
export class OtlpHttpExporter implements SpanExporter {
  readonly #endpoint: URL;
  readonly #place: string; // of the endpoint, for people; what stands behind it may be a key
  readonly #headers: Headers;
  readonly #isJson: boolean;
  readonly #timeoutMs: number;

  /**
   * An exporter.
   *
   * @throws TelemetryError `invalid-argument` for an address that is none of HTTP or a header that HTTP does not allow,
   * `unsupported` for gRPC.
   */
  constructor(options: OtlpHttpOptions = {}) {
    checkObject(options, 'an exporter');
    const { endpoint = ENDPOINT, headers = {}, protocol = 'http/protobuf', timeout } = options;
    if (protocol === 'grpc') {
      throw new TelemetryError('unsupported', 'unsupported: OTLP over gRPC; choose http/protobuf or http/json, for which collectors listen on port 4318');
    }
    if (protocol !== 'http/protobuf' && protocol !== 'http/json') throw wrong(`there is no protocol '${String(protocol)}'; there are http/protobuf, http/json`);
    this.#isJson = protocol === 'http/json';
    this.#endpoint = address(endpoint);
    this.#place = this.#endpoint.origin + this.#endpoint.pathname;
    this.#headers = checkedHeaders(headers);
    this.#headers.set('content-type', this.#isJson ? 'application/json' : 'application/x-protobuf');
    this.#timeoutMs = lengthMs(timeout, 'timeout') ?? TIMEOUT_MS;
  }

  /** Sends a batch: one request. */
  async export(batch: SpanBatch, signal: AbortSignal): Promise<void> {
    const body = this.#isJson ? new TextEncoder().encode(batch.otlpTracesJson()) : batch.otlpTraces();
    const stop = new AbortController();
    const end = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', end);
    const callOff = later(this.#timeoutMs, () => stop.abort(new Error(`no answer within ${this.#timeoutMs} ms`)));
    try {
      await this.#send(body as Uint8Array<ArrayBuffer>, batch.size, stop.signal);
    } finally {
      callOff();
      signal.removeEventListener('abort', end);
    }
  }

  async #send(body: Uint8Array<ArrayBuffer>, size: number, signal: AbortSignal): Promise<void> {
    const keepalive = typeof document === 'object' && body.length <= KEPT_ALIVE_BYTES_MAX;
    let response;
    try {
      response = await fetch(this.#endpoint, { method: 'POST', headers: this.#headers, body, signal, redirect: 'manual', ...(keepalive && { keepalive }) });
    } catch (failure) {
      const why = signal.aborted ? message(signal.reason) : reasons(failure);
      throw new ExportError(`${this.#place}: ${why}`, { outcome: 'retry' });
    }
    if (response.ok) {
      const answer = await answerBody(response);
      const { count, why } = answer === undefined ? { count: 0, why: '' } : this.#refused(answer);
      if (count === 0) return;
      throw new ExportError(`${this.#place} refused ${count} of ${size} spans: ${JSON.stringify(why)}`, { outcome: 'rejected', count });
    }
    void response.body?.cancel().catch(() => {}); // so that the connection is free again
    const answered = `${this.#place} answered ${response.status || 'with a redirect'}`;
    if (!PASSING.includes(response.status)) throw new ExportError(answered, { outcome: 'rejected', count: size });
    throw new ExportError(answered, { outcome: 'retry', afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) });
  }

  #refused(answer: Uint8Array): Refused {
    return this.#isJson ? refusedInJson(answer) : refusedInProtobuf(answer);
  }
}

/** The address that is meant, if spans can be sent to it. */
function address(endpoint: string | URL): URL {
  let url;
  try {
    url = new URL(endpoint, typeof location === 'object' ? location.href : undefined);
  } catch {
    throw wrong(`the endpoint '${String(endpoint)}' is no address; give one like ${ENDPOINT}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(`the endpoint '${String(endpoint)}' is no http address; give one like ${ENDPOINT}`);
  if (url.username !== '' || url.password !== '') {
    throw wrong(`the endpoint at ${url.host} holds a user or password, which fetch does not send; give an authorization header`);
  }
  return url;
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Headers {
  checkObject(headers, 'headers');
  const checked = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    try {
      checked.set(name, value);
    } catch {
      throw wrong(`'${name}' cannot be sent as a header with its value`);
    }
  }
  return checked;
}

/** Why a request failed: fetch says that it did, and its cause why. */
function reasons(failure: unknown): string {
  const cause = message(failure instanceof Error ? failure.cause : undefined);
  return cause === '' ? message(failure) : `${message(failure)}: ${cause}`;
}
