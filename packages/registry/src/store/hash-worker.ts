/**
 * The thread that hashes files while they are written: what it reads comes from the page cache, since it was
 * written a moment ago. Started by hash-thread.ts, which alone talks to it.
 */

import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashOrder } from './hash-orders.ts';

interface OpenFile {
  readonly handle: number;
  readonly hash: Hash;
  hashedBytes: number;
}

/** Small enough to stay in the processor's cache between the read and the hash. */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);
const files = new Map<number, OpenFile>();

parentPort?.on('message', (order: HashOrder) => {
  try {
    follow(order);
  } catch {
    // Whoever waits reads the file itself and meets the reason there.
    close(order.id);
    if (order.kind === 'end') answer({ id: order.id, hex: undefined });
  }
});

function follow(order: HashOrder): void {
  if (order.kind === 'open') {
    const hash = createHash(order.algorithm);
    files.set(order.id, { handle: openSync(order.file, 'r'), hash, hashedBytes: 0 });
  } else if (order.kind === 'hash') hashUpTo(order.id, order.upToBytes);
  else if (order.kind === 'end') {
    const hex = hashUpTo(order.id, order.sizeBytes)?.hash.digest('hex');
    close(order.id);
    answer({ id: order.id, hex });
  } else close(order.id);
}

/** Undefined if the file is open no more. @throws where it can't be read, or is shorter */
function hashUpTo(id: number, upToBytes: number): OpenFile | undefined {
  const file = files.get(id);
  while (file !== undefined && file.hashedBytes < upToBytes) {
    const wanted = Math.min(buffer.byteLength, upToBytes - file.hashedBytes);
    const count = readSync(file.handle, buffer, 0, wanted, file.hashedBytes);
    if (count === 0) throw new Error(`the file ends at ${file.hashedBytes} bytes`);
    file.hash.update(buffer.subarray(0, count));
    file.hashedBytes += count;
  }
  return file;
}

function close(id: number): void {
  const file = files.get(id);
  files.delete(id);
  if (file !== undefined) closeSync(file.handle);
}

function answer(given: HashAnswer): void {
  parentPort?.postMessage(given);
}
