/**
 * Pushes one blob. The body was prepared beforehand and goes from the page cache into the socket.
 *
 *   BENCH_AUTHORIZATION='Bearer …' node bench/clients/push.ts BASE NAME DIGEST CHUNKED_FILE FILE_BYTES
 *
 * Prints {"seconds"} as JSON: from the POST to the 201.
 */
import { pushBody } from './push-body.ts';
import { RawConnection } from './raw-http.ts';

const [base = '', name = '', digest = '', file = '', fileBytes = ''] = process.argv.slice(2);

const connection = new RawConnection(base, process.env['BENCH_AUTHORIZATION']);
const startedMs = performance.now();
pushBody(connection, name, digest, { name: file, sizeBytes: Number(fileBytes) });
const seconds = (performance.now() - startedMs) / 1000;
connection.close();
console.log(JSON.stringify({ seconds }));
