/** What the machine itself can do, measured in the same turns as the servers: a figure of theirs stands beside it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedBlob } from './data/prepared-blob.ts';
import { runToEnd } from './harness/run-to-end.ts';
import type { Sample } from './row.ts';

export interface YardstickPlace {
  /** On the filesystem that is measured. */
  readonly folder: string;
  blob(sizeBytes: number): PreparedBlob;
}

interface Yardstick {
  readonly title: string;
  measure(place: YardstickPlace): Promise<Sample>;
}

const HASHED_BYTES = 256 * 1024;
const WRITTEN_BYTES = 256 * 1024 * 1024;
const LIMIT_MS = 60_000;

export const YARDSTICKS = {
  sha256: { title: 'SHA-256 alone, one core', measure: hash },
  'write-fsync': { title: 'write and fsync alone', measure: writeAndSync },
} as const satisfies Record<string, Yardstick>;

export type YardstickName = keyof typeof YARDSTICKS;

async function hash(): Promise<Sample> {
  const args = ['speed', '-evp', 'sha256', '-bytes', String(HASHED_BYTES), '-seconds', '1'];
  const printed = await runToEnd('openssl', args, { limitMs: LIMIT_MS });
  const thousands = Number(/^sha256\s+([\d.]+)k\s*$/im.exec(printed)?.[1]);
  if (!(thousands > 0)) throw new Error(`openssl ${args.join(' ')} printed no speed:\n${printed}`);
  return { amount: thousands * 1000, seconds: 1, command: ['openssl', ...args].join(' ') };
}

async function writeAndSync(place: YardstickPlace): Promise<Sample> {
  const target = join(place.folder, 'yardstick');
  const source = place.blob(WRITTEN_BYTES).file;
  const count = `count=${WRITTEN_BYTES / 2 ** 20}`;
  const args = [`if=${source}`, `of=${target}`, 'bs=1M', count, 'conv=fsync', 'status=none'];
  const startedMs = performance.now();
  await runToEnd('dd', args, { limitMs: LIMIT_MS });
  const seconds = (performance.now() - startedMs) / 1000;
  rmSync(target);
  return { amount: WRITTEN_BYTES, seconds, command: ['dd', ...args].join(' ') };
}
