/**
 * Pushes one blob as Docker's engine does: POST, PATCH with a chunked body, PUT. The body was prepared beforehand
 * and goes from the page cache into the socket.
 *
 *   BENCH_AUTHORIZATION='Bearer …' node bench/clients/push.ts BASE NAME DIGEST CHUNKED_FILE FILE_BYTES
 *
 * Prints {"seconds"} as JSON: from the POST to the 201.
 */
import { expectStatus, RawConnection } from './raw-http.ts';

const [base = '', name = '', digest = '', file = '', fileBytes = ''] = process.argv.slice(2);

const connection = new RawConnection(base, process.env['BENCH_AUTHORIZATION']);
const startedMs = performance.now();
const body = { name: file, sizeBytes: Number(fileBytes) };
const started = connection.request({
  method: 'POST',
  target: `/v2/${name}/blobs/uploads/`,
  headers: { 'Content-Length': '0' },
});
const appended = connection.request({
  method: 'PATCH',
  target: locationOf(expectStatus(started, 202, 'POST')),
  headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/octet-stream' },
  file: body,
});
const finished = connection.request({
  method: 'PUT',
  target: withDigest(locationOf(expectStatus(appended, 202, 'PATCH'))),
  headers: { 'Content-Length': '0' },
});
expectStatus(finished, 201, 'PUT');
const seconds = (performance.now() - startedMs) / 1000;
connection.close();
console.log(JSON.stringify({ seconds }));

function locationOf({ headers }: { headers: ReadonlyMap<string, string> }): string {
  const location = headers.get('location');
  if (location === undefined) throw new Error('an upload was answered without a Location');
  return location;
}

function withDigest(location: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}
