/**
 * Pushes layers by several clients at once, each on a connection and a thread of its own, each layer as Docker's
 * engine does (POST, PATCH with a chunked body, PUT). All begin together; the clock runs from then to the last 201.
 *
 *   BENCH_AUTHORIZATION='Bearer …' node bench/clients/push-layers.ts BASE NAME FILE CLIENTS LAYERS SIZE_BYTES
 *
 * FILE is where the body is kept; the layers differ in their last bytes. Prints {"seconds", "digests"} as JSON.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { PreparedBlob, type Tail } from '../data/prepared-blob.ts';
import { pushBody } from './push-body.ts';
import { RawConnection } from './raw-http.ts';

interface Work {
  readonly base: string;
  readonly name: string;
  readonly file: string;
  readonly headBytes: number;
  readonly tails: readonly Tail[];
  /** 0 until all are there. */
  readonly gate: Int32Array<SharedArrayBuffer>;
}

if (isMainThread) await direct();
else work(workerData);

async function direct(): Promise<void> {
  const [base = '', name = '', file = '', clients = '', layers = '', size = ''] = process.argv.slice(2);
  const blob = new PreparedBlob(file, Number(size));
  const tails = Array.from({ length: Number(layers) }, () => blob.drawTail());
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: Number(clients) }, (_, index) => {
    const own = tails.filter((_tail, position) => position % Number(clients) === index);
    const workerData: Work = { base, name, file, headBytes: blob.headBytes, tails: own, gate };
    return new Worker(new URL(import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const ends = workers.map((worker) => once(worker, 'exit'));
  const startedMs = performance.now();
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  const codes = (await Promise.all(ends)).flat();
  const seconds = (performance.now() - startedMs) / 1000;
  if (codes.some((code) => code !== 0)) throw new Error('a client has failed');
  console.log(JSON.stringify({ seconds, digests: tails.map(({ digest }) => digest) }));
}

function work({ base, name, file, headBytes, tails, gate }: Work): void {
  const connection = new RawConnection(base, process.env['BENCH_AUTHORIZATION']);
  parentPort?.postMessage('ready');
  Atomics.wait(gate, 0, 0);
  for (const { digest, end } of tails) {
    pushBody(connection, name, digest, { name: file, sizeBytes: headBytes, end: Buffer.from(end, 'base64') });
  }
  connection.close();
  parentPort?.close();
}
