// One line of the log, as text for people and as JSON for machines. Pure.
//
// A path or a user agent is a stranger's text: whatever could end the line, move the cursor or turn the reading direction
// is written as an escape, so that nobody can forge a line.

import { serverLimits } from '../limits.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'text' | 'json' | 'logstash';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request that was answered, or whose client went away. */
export interface RequestLine {
  readonly method: string;
  /** Without its query: that may hold a secret. */
  readonly path: string;
  readonly status: number;
  readonly sentBytes: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly durationMs: number;
  readonly account: string | undefined;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  readonly requestId: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  /** What was behind an answer of 500 or 503. */
  readonly cause: string | undefined;
  /** What was asked of the token endpoint, and granted. */
  readonly scopes: string | undefined;
}

export interface LogEntry {
  readonly level: LogLevel;
  readonly timeMs: number;
  readonly message: string;
  readonly fields: LogFields;
  readonly request?: RequestLine | undefined;
}

/** Control and format characters, line separators, lone surrogates: nothing of these reaches a terminal. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const unsafeAll = new RegExp(unsafe.source, 'gu');

export function formatEntry(entry: LogEntry, format: LogFormat): string {
  if (format === 'text') return textLine(entry);
  return format === 'json' ? jsonLine(entry) : logstashLine(entry);
}

let lastTimeMs = Number.NaN;
let lastTimeText = '';

/** Lines of one millisecond share their text. */
function timeText(timeMs: number): string {
  if (timeMs !== lastTimeMs) [lastTimeMs, lastTimeText] = [timeMs, new Date(timeMs).toISOString()];
  return lastTimeText;
}

function jsonLine({ timeMs, level, message, fields, request }: LogEntry): string {
  const time = timeText(timeMs);
  return escapeUnsafe(JSON.stringify({ time, level, message, ...request, ...fields }));
}

/** Logstash's event: its time and version under names of its own. */
function logstashLine({ timeMs, level, message, fields, request }: LogEntry): string {
  const event = { '@timestamp': timeText(timeMs), '@version': '1', level, message, ...request, ...fields };
  return escapeUnsafe(JSON.stringify(event));
}

function textLine({ timeMs, level, message, fields, request }: LogEntry): string {
  let line = `${timeText(timeMs)} ${level.padEnd(5)} ${request ? requestText(request) : escapeUnsafe(message)}`;
  for (const [name, value] of Object.entries(fields)) line += field(name, value);
  return line;
}

function requestText(request: RequestLine): string {
  const { method, path, status, sentBytes, receivedBytes, durationMs } = request;
  let line = `${plain(method)} ${plain(path)} ${status}`;
  if (sentBytes !== undefined) line += ` ${sentBytes}B`;
  if (receivedBytes) line += ` <${receivedBytes}B`;
  line += ` ${durationMs < 100 ? durationMs.toFixed(1) : Math.round(durationMs)}ms`;
  line += ` ${plain(request.account || '-')} ${request.address ?? '-'}`;
  line +=
    field('agent', request.userAgent) + field('id', request.requestId) + field('scopes', request.scopes);
  return (
    line +
    field('error', request.errorCode) +
    field('message', request.errorMessage) +
    field('cause', request.cause)
  );
}

function field(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : ` ${name}=${plain(String(value))}`;
}

/** A value that ends at the next space: quoted where it would not. */
function plain(value: string): string {
  if (/^[\w./:@+,;*~()=-]+$/.test(value) && value.length <= serverLimits.logValueCharacters) return value;
  return escapeUnsafe(JSON.stringify(clip(value)));
}

/** Shortens what a client chose; a stack is ours and stays whole. */
export function clip(value: string): string {
  const limit = serverLimits.logValueCharacters;
  return value.length > limit ? `${value.slice(0, limit)}…` : value;
}

/** What nearly every line is: then nothing more is looked at. */
const printableAscii = /^[ -~]*$/;

function escapeUnsafe(text: string): string {
  if (printableAscii.test(text)) return text;
  return unsafe.test(text) ? text.replace(unsafeAll, escapeUnits) : text;
}

function escapeUnits(character: string): string {
  let escaped = '';
  for (let unit = 0; unit < character.length; unit += 1) {
    escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
