/**
 * Pulls a blob some times over one connection and throws the body away in the kernel.
 *
 *   BENCH_AUTHORIZATION='Bearer …' node bench/clients/pull.ts BASE PATH SIZE_BYTES TIMES
 *
 * Prints {"bytes", "seconds"} as JSON.
 */
import { expectStatus, RawConnection } from './raw-http.ts';

const [base = '', target = '', sizeBytes = '', times = '1'] = process.argv.slice(2);

const connection = new RawConnection(base, process.env['BENCH_AUTHORIZATION']);
const startedMs = performance.now();
for (let turn = 0; turn < Number(times); turn += 1) {
  const response = expectStatus(connection.request({ method: 'GET', target }), 200, `GET ${target}`);
  if (response.contentLength !== Number(sizeBytes)) {
    throw new Error(`GET ${target}: ${response.contentLength} bytes, expected ${sizeBytes}`);
  }
  connection.discardBody(response);
}
const seconds = (performance.now() - startedMs) / 1000;
connection.close();
console.log(JSON.stringify({ bytes: Number(sizeBytes) * Number(times), seconds }));
