/**
 * How many bytes of files are only in memory yet, by cachestat(2), which Linux has since 6.5.
 *
 *   node bench/clients/unsynced.ts FILE…
 *
 * Prints {"unsyncedBytes"} as JSON, or {} where the kernel can't say.
 */
import { dlopen } from 'node:ffi';
import { closeSync, openSync } from 'node:fs';

/** The call's number, on every architecture. */
const CACHESTAT = 451n;
const PAGE_BYTES = 4096;

const { functions: libc } = dlopen('libc.so.6', {
  syscall: { arguments: ['i64', 'i64', 'buffer', 'buffer', 'i64'], return: 'i64' },
});

const counts = process.argv.slice(2).map(unsyncedPages);
const isKnown = counts.every((count) => count !== undefined);
const pages = counts.reduce((total: number, count) => total + (count ?? 0), 0);
console.log(JSON.stringify(isKnown ? { unsyncedBytes: pages * PAGE_BYTES } : {}));

/** Undefined where the kernel can't say. */
function unsyncedPages(name: string): number | undefined {
  const file = openSync(name, 'r');
  /** struct cachestat_range: offset 0, length 0 is the whole file. */
  const range = Buffer.alloc(16);
  /** struct cachestat: pages cached, dirty, being written, evicted, recently evicted. */
  const counts = Buffer.alloc(40);
  const isKnown = libc.syscall(CACHESTAT, BigInt(file), range, counts, 0n) === 0n;
  closeSync(file);
  return isKnown ? Number(counts.readBigUInt64LE(8) + counts.readBigUInt64LE(16)) : undefined;
}
