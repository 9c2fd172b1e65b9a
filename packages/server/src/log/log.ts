// The log of the process: winston, which formats each entry once, over a buffer that writes lines in batches.

import { Writable } from 'node:stream';
import winston from 'winston';
import { serverLimits } from '../limits.ts';
import {
  formatEntry,
  type LogEntry,
  type LogFields,
  type LogFormat,
  type LogLevel,
  type RequestLine,
} from './format.ts';
import { LineBuffer } from './line-buffer.ts';

export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The line that tells where requests are taken; programs that start Berth wait for it: it is written at once. */
  listening(url: string): void;
  /** A line for a request: level error from 500 on, info below. */
  request(line: RequestLine): void;
  /** Whether a line for a request with this status is written at all, so that nobody makes one in vain. */
  tellsRequests(status: number): boolean;
  /** Writes what still waits; to be called before the process ends. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** What every line gets. */
  readonly fields?: LogFields | undefined;
  /** False: no line for a request, unless its answer is 500 or above. */
  readonly requests?: boolean | undefined;
  /** Takes one or more whole lines. */
  readonly write: (text: string) => void;
  readonly clock?: () => number;
}

/** Where winston's stream transport looks for the finished line. */
const finished = Symbol.for('message');

export function createLog(options: LogOptions): Log {
  const { level, format, write, requests = true, clock = Date.now } = options;
  const common = options.fields ?? {};
  const { logFlushIntervalMs: flushIntervalMs, logFlushBytes: flushBytes } = serverLimits;
  const buffer = new LineBuffer({ write, flushIntervalMs, flushBytes });
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      buffer.add(line);
      done();
    },
  });
  const logger = winston.createLogger({
    level,
    // The line is finished when winston gets it; its own wrapper for formats would cost as much as the line.
    format: { transform: (info) => Object.assign(info, { [finished]: info['line'] }) },
    transports: [new winston.transports.Stream({ stream, eol: '' })],
  });
  const add = (entryLevel: LogLevel, message: string, fields: LogFields = {}, request?: RequestLine) => {
    if (!logger.isLevelEnabled(entryLevel)) return;
    const timeMs = clock();
    const entry: LogEntry = { level: entryLevel, timeMs, message, fields: { ...fields, ...common }, request };
    logger.log({ level: entryLevel, message, line: formatEntry(entry, format) });
  };
  const tells = { error: logger.isLevelEnabled('error'), info: requests && logger.isLevelEnabled('info') };
  return {
    error: (message, fields) => add('error', message, fields),
    warn: (message, fields) => add('warn', message, fields),
    info: (message, fields) => add('info', message, fields),
    debug: (message, fields) => add('debug', message, fields),
    listening: (url) => {
      if (format === 'text') add('info', `listening on ${url}`);
      else add('info', 'listening', { url });
      buffer.flush();
    },
    request: (line) => {
      const lineLevel = levelOf(line.status);
      if (tells[lineLevel]) add(lineLevel, 'request', undefined, line);
    },
    tellsRequests: (status) => tells[levelOf(status)],
    flush: () => buffer.flush(),
  };
}

function levelOf(status: number): 'error' | 'info' {
  return status >= 500 ? 'error' : 'info';
}
