/** An ACME authority of the case's own: Pebble, with a name server that has 127.0.0.1 for every name. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import type { Daemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import type { Place } from './place.ts';

export interface PebbleOptions {
  /** Where it looks for the answers to its challenges. */
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly validitySeconds: number;
}

export interface Pebble {
  readonly directoryUrl: string;
  /** What whoever asks it has to trust: NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  readonly daemon: Daemon;
  /** PEM: what its certificates lead to. */
  root(): Promise<string>;
}

const START_LIMIT_MS = 20_000;

export async function startPebble(place: Place, options: PebbleOptions): Promise<Pebble> {
  const { httpPort, tlsPort, validitySeconds } = options;
  const [port, managementPort, namePort] = [await freePort(), await freePort(), await freePort()];
  const { certificateFile, keyFile } = await makeCertificate(place);
  const file = join(place.dir('pebble'), 'pebble.json');
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: certificateFile,
    privateKey: keyFile,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    profiles: { default: { description: 'the only one', validityPeriod: validitySeconds } },
  };
  writeFileSync(file, JSON.stringify({ pebble }));
  const names = `127.0.0.1:${namePort}`;
  startNameServer(place, names);
  // It would wait for some seconds before it looks, and refuse some good requests.
  const env = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' };
  const daemon = place.startProgram('pebble', ['-config', file, '-dnsserver', names], env);
  const pick = (line: string) => /ACME directory available at: (\S+)/.exec(line)?.[1];
  const directoryUrl = await daemon.lineThat(pick, START_LIMIT_MS);
  return {
    directoryUrl,
    caFile: certificateFile,
    daemon,
    root: () => get(`https://127.0.0.1:${managementPort}/roots/0`),
  };
}

function startNameServer(place: Place, address: string): void {
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-management', ''];
  place.startProgram('pebble-challtestsrv', [
    ...['-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-dnsserver', address],
    ...off,
  ]);
}

/** The root has no secret in it, and the place is this machine. */
function get(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { rejectUnauthorized: false, agent: false }, (response) => {
    response
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => resolve(chunks.join('')), reject);
  })
    .once('error', reject)
    .end();
  return promise;
}
