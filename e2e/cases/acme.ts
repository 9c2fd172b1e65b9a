/** Certificates of an ACME authority, by Pebble: got, renewed, and kept for the next start. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { usualPeople, writeAuthFile } from '../harness/accounts.ts';
import { berthProgram } from '../harness/berth-program.ts';
import { makeTokenKeys } from '../harness/certificate.ts';
import type { Daemon } from '../harness/daemon.ts';
import { expectThat } from '../harness/expect.ts';
import { freePort } from '../harness/free-port.ts';
import { type Pebble, startPebble } from '../harness/pebble.ts';
import type { Place } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';

const HOSTS = ['registry.test.example', 'images.test.example'] as const;
const LIMIT_MS = 60_000;
const DAY_SECONDS = 86_400;

export const acme: Suite = {
  name: 'acme',
  needs: ['pebble', 'pebble-challtestsrv', 'openssl'],
  cases: [
    { name: 'TLS-ALPN-01 at the port of two workers, for two names, and kept for a next start', run: byAlpn },
    { name: 'HTTP-01 where TLS-ALPN-01 does not come through', run: byHttp },
    { name: 'a renewal in time, with a connection that goes on', run: renewed },
    { name: "docker_auth's server.letsencrypt", run: tokenServer },
  ],
};

interface Ports {
  readonly own: number;
  readonly http: number;
}

async function ports(): Promise<Ports> {
  return { own: await freePort(), http: await freePort() };
}

async function byAlpn(place: Place): Promise<undefined> {
  const { own, http } = await ports();
  const pebble = await startPebble(place, {
    httpPort: await freePort(),
    tlsPort: own,
    validitySeconds: 90 * DAY_SECONDS,
  });
  const berth = startRegistry(place, pebble, { own, http }, 2);
  await berth.lineThat(isNew, LIMIT_MS);
  const ca = await pebble.root();
  for (const host of HOSTS) for (let n = 0; n < 4; n += 1) await expectAnswer(own, host, ca);
  const cache = join(place.folder, 'cache');
  const modes = readdirSync(cache).map((file) => (statSync(join(cache, file)).mode & 0o777).toString(8));
  expectThat(modes.join() === '600,600', `nobody else reads what is kept: ${modes}`);
  await berth.stop();
  await pebble.daemon.stop();
  const again = startRegistry(place, pebble, { own, http }, 2);
  await again.lineThat((line) => (line.includes('listening on') ? line : undefined), LIMIT_MS);
  await expectAnswer(own, HOSTS[0], ca);
  expectThat(!again.lines.join('\n').includes('is asked of'), 'a start with a certificate asks nobody');
  await again.stop();
  return undefined;
}

async function byHttp(place: Place): Promise<undefined> {
  const { own, http } = await ports();
  const pebble = await startPebble(place, {
    httpPort: http,
    tlsPort: await freePort(),
    validitySeconds: 90 * DAY_SECONDS,
  });
  const berth = startRegistry(place, pebble, { own, http }, 1);
  await berth.lineThat(isNew, LIMIT_MS);
  await expectAnswer(own, HOSTS[1], await pebble.root());
  return undefined;
}

async function renewed(place: Place): Promise<undefined> {
  const { own, http } = await ports();
  const pebble = await startPebble(place, { httpPort: await freePort(), tlsPort: own, validitySeconds: 15 });
  const berth = startRegistry(place, pebble, { own, http }, 2);
  await berth.lineThat(isNew, LIMIT_MS);
  const ca = await pebble.root();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = await expectAnswer(own, HOSTS[0], ca, agent);
  await berth.lineThat((line) => (isNew(line) && isNew(line) !== before.until ? line : undefined), LIMIT_MS);
  const later = await expectAnswer(own, HOSTS[0], ca, agent);
  expectThat(later.isReused, 'the connection of before goes on');
  const fresh = await expectAnswer(own, HOSTS[0], ca);
  expectThat(fresh.serial !== before.serial, 'a new one gets the new certificate');
  agent.destroy();
  return undefined;
}

async function tokenServer(place: Place): Promise<undefined> {
  const { own, http } = await ports();
  const pebble = await startPebble(place, {
    httpPort: await freePort(),
    tlsPort: own,
    validitySeconds: 90 * DAY_SECONDS,
  });
  const { authFile } = usualPeople();
  const letsencrypt = {
    email: 'somebody@test.example',
    host: HOSTS[0],
    cache_dir: place.dir('cache'),
    directory_url: pebble.directoryUrl,
    http_addr: `127.0.0.1:${http}`,
  };
  const { certificateFile, keyFile } = await makeTokenKeys(place, 'ES256');
  const file = writeAuthFile(place, {
    ...authFile,
    server: { addr: `127.0.0.1:${own}`, letsencrypt },
    token: { ...authFile.token, certificate: certificateFile, key: keyFile },
  });
  const { file: program, args } = berthProgram();
  const env = { NODE_EXTRA_CA_CERTS: pebble.caFile };
  const berth = place.start('berth auth', program, [...args, 'auth', file], env);
  await berth.lineThat(isNew, LIMIT_MS);
  await expectAnswer(own, HOSTS[0], await pebble.root(), false, '/auth?service=e2e');
  return undefined;
}

function startRegistry(place: Place, pebble: Pebble, { own, http }: Ports, workers: number): Daemon {
  const file = join(place.dir('configuration'), 'registry.yml');
  const letsencrypt = {
    cachefile: place.dir('cache'),
    email: 'somebody@test.example',
    hosts: HOSTS,
    directoryurl: pebble.directoryUrl,
    httpaddr: `127.0.0.1:${http}`,
  };
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: place.dir('data') } },
    http: { addr: `127.0.0.1:${own}`, tls: { letsencrypt } },
    berth: { workers },
  };
  writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
  const { file: program, args } = berthProgram();
  const env = { NODE_EXTRA_CA_CERTS: pebble.caFile };
  return place.start('berth registry', program, [...args, 'registry', file], env);
}

/** Until when the certificate is valid that a line of the log tells of. */
function isNew(line: string): string | undefined {
  return /the certificate for .* is new, valid until ([^\s"]+)/.exec(line)?.[1];
}

interface Seen {
  readonly serial: string;
  /** As the log writes it. */
  readonly until: string;
  readonly isReused: boolean;
}

/** One request by the name of the host, which only a certificate of the authority for it answers. */
function expectAnswer(
  port: number,
  host: string,
  ca: string,
  agent: Agent | false = false,
  path = '/v2/',
): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const asked = request(
    { host: '127.0.0.1', port, path, servername: host, headers: { host }, ca, agent },
    (response) => {
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`${host} answered ${response.statusCode}`));
      const { socket } = asked;
      const certificate =
        socket !== null &&
        'getPeerX509Certificate' in socket &&
        typeof socket.getPeerX509Certificate === 'function'
          ? socket.getPeerX509Certificate()
          : undefined;
      response.once('end', () =>
        resolve({
          serial: certificate?.serialNumber ?? '',
          until: certificate?.validToDate.toISOString() ?? '',
          isReused: asked.reusedSocket,
        }),
      );
    },
  );
  asked.once('error', reject).end();
  return promise;
}
