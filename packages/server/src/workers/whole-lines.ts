// The log of a worker, passed on. Each worker writes into a pipe of its own, and the primary writes what comes out of them
// to its stdout, in whole lines: of several processes that write to one pipe, none can be sure that more than 4 KiB stay
// together once the pipe is full. What a worker wrote last is read even when it has died.

import type { Readable } from 'node:stream';

const lineBreak = 10;

/** @param write takes whole lines, in the pieces in which they came */
export function passLinesOn(output: Readable, write: (lines: Uint8Array) => void): void {
  let begun: Uint8Array[] = [];
  output.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(lineBreak) + 1;
    if (end > 0) {
      write(Buffer.concat([...begun, chunk.subarray(0, end)]));
      begun = [];
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
  });
  output.on('end', () => {
    if (begun.length > 0) write(Buffer.concat([...begun, Buffer.of(lineBreak)]));
  });
}
