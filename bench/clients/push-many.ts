/**
 * Pushes many blobs at once: every upload is started before the first gets a byte, and all get theirs in turn.
 *
 *   BENCH_AUTHORIZATION='Bearer …' node bench/clients/push-many.ts BASE NAME COUNT SIZE_BYTES
 *
 * Prints {"seconds", "digests"} as JSON.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';

const [base = '', name = '', count = '', size = ''] = process.argv.slice(2);
const authorization = process.env['BENCH_AUTHORIZATION'];
const PIECE_BYTES = 64 * 1024;
const TAIL_BYTES = 32;

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
/** The same for all but the last bytes, so that two hundred of them fit into this process. */
const common = randomBytes(Number(size) - TAIL_BYTES);
const commonHash = createHash('sha256').update(common);

const startedMs = performance.now();
const uploads = await Promise.all(Array.from({ length: Number(count) }, start));
await Promise.all(uploads.map(append));
const digests = await Promise.all(uploads.map(finish));
const seconds = (performance.now() - startedMs) / 1000;
agent.destroy();
console.log(JSON.stringify({ seconds, digests }));

interface Upload {
  location: string;
  readonly tail: Buffer;
}

async function start(): Promise<Upload> {
  const answer = await ask('POST', `/v2/${name}/blobs/uploads/`, 202, []);
  return { location: locationOf(answer), tail: randomBytes(TAIL_BYTES) };
}

async function append(upload: Upload): Promise<void> {
  const answer = await ask('PATCH', upload.location, 202, piecesOf(upload), Number(size));
  upload.location = locationOf(answer);
}

async function finish({ location, tail }: Upload): Promise<string> {
  const digest = `sha256:${commonHash.copy().update(tail).digest('hex')}`;
  const target = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  await ask('PUT', target, 201, []);
  return digest;
}

function* piecesOf({ tail }: Upload): Iterable<Buffer> {
  for (let offset = 0; offset < common.length; offset += PIECE_BYTES) {
    yield common.subarray(offset, offset + PIECE_BYTES);
  }
  yield tail;
}

async function ask(
  method: string,
  target: string,
  status: number,
  pieces: Iterable<Buffer>,
  lengthBytes = 0,
): Promise<IncomingMessage> {
  const headers = {
    'Content-Length': String(lengthBytes),
    ...(authorization !== undefined && { authorization }),
  };
  const outgoing = request(new URL(target, base), { method, agent, headers });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve);
  outgoing.on('error', (cause) => reject(new Error(`${method} ${target}: no answer`, { cause })));
  for (const piece of pieces) {
    const drained = outgoing.write(piece) || new Promise((resume) => outgoing.once('drain', resume));
    // An answer before the end, or none at all, ends the waiting as well.
    if (drained !== true) await Promise.race([drained, promise]);
  }
  outgoing.end();
  const answer = await promise;
  answer.resume();
  if (answer.statusCode === status) return answer;
  throw new Error(`${method} ${target}: answered ${answer.statusCode}, expected ${status}`);
}

function locationOf(answer: IncomingMessage): string {
  const { location } = answer.headers;
  if (location === undefined) throw new Error('an upload was answered without a Location');
  return location;
}
