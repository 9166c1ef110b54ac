// Spans on a console: a line each, for people.
//
// What a program wrote may not steer the terminal, so its texts are quoted. Deliberately absent: events and links.

import { Float } from '../attribute.js';
import { message } from '../tracer.js';
import { ExportError, type SpanBatch, type SpanExporter } from './exporter.js';
import { type FinishedSpan, finishedSpans } from './finished-span.js';

/** What quotes of JSON leave as it is, and terminals or readers do not: controls, what is invisible, and breaks of lines. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Writes a line a span. */
export class ConsoleExporter implements SpanExporter {
  /** To `console.log` if nothing else is said. */
  constructor(private readonly write: (line: string) => void = (line) => console.log(line)) {}

  /** Writes a batch. */
  export(batch: SpanBatch): void {
    const lines = finishedSpans(batch).map(line);
    try {
      lines.forEach((text) => this.write(text));
    } catch (failure) {
      // Some may be written: a second time they would stand there twice.
      throw new ExportError(message(failure), { outcome: 'rejected', count: batch.size });
    }
  }
}

function line({ context, kind, name, started, ended, status, description, attributes }: FinishedSpan): string {
  const parts = [context.traceId, context.spanId, kind, quoted(name), `${Number(ended - started) / 1e6} ms`];
  if (status !== 'unset') parts.push(status);
  if (description !== '') parts.push(quoted(description));
  for (const [key, value] of Object.entries(attributes)) parts.push(`${quoted(key)}=${shown(value)}`);
  return parts.join(' ');
}

function shown(value: unknown): string {
  if (value instanceof Float) return shown(value.value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16) ?? ''}}`);
}
