/**
 * Registry and token server as two processes, with the files of distribution and docker_auth: once as these two are set
 * up, where clients go to both, once with the registry in front, where they know one address.
 */
import { crane } from '../clients/crane.ts';
import { dockerClassic } from '../clients/docker.ts';
import { oras } from '../clients/oras.ts';
import { type Account, usualPeople } from '../harness/accounts.ts';
import { type Certificate, makeCertificate } from '../harness/certificate.ts';
import type { ClientKind } from '../harness/client.ts';
import type { Daemon } from '../harness/daemon.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import type { Place } from '../harness/place.ts';
import { type RunningRegistry, startRegistry } from '../harness/registries.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { startTokenServer } from '../harness/token-server.ts';
import { expectOwnNamespace } from './scene.ts';

const CLIENTS = [crane, oras, dockerClassic];

export const twoContainers: Suite = {
  name: 'two-containers',
  needs: [...new Set(CLIENTS.flatMap(({ needs }) => needs))],
  needsRoot: true,
  async prepare(place) {
    await dockerClassic.prepare?.(place);
  },
  cases: [
    { name: 'docker goes to both, and to neither as a stranger', run: twoAddresses },
    { name: 'crane refuses a token server at another private address, as the start says', run: craneRefuses },
    ...CLIENTS.map(
      (kind): Case => ({
        name: `${kind.name} knows one address, where the registry stands in front`,
        run: async (place) => await oneAddress(place, kind),
      }),
    ),
    {
      name: 'a token server that is down behind the registry is named by crane, oras and docker',
      run: down,
    },
  ],
};

/** `auth.token` of the registry, beside what both have in common. @param url where tokens are given */
type Shape = (url: string, certificate: Certificate) => Readonly<Record<string, unknown>>;

/** As guides for distribution with docker_auth teach it. */
const besideEachOther: Shape = (realm) => ({ realm });

/** The token server's certificate is nobody's whom Node knows. */
const inFront: Shape = (upstream, { certificateFile }) => ({
  autoredirect: true,
  upstream,
  upstreamca: certificateFile,
});

interface Two {
  readonly registry: RunningRegistry;
  readonly tokenServer: Daemon;
  readonly alice: Account;
}

/** Both serve HTTPS with the same certificate, whose key signs the tokens. */
async function startTwo(place: Place, shape: Shape): Promise<Two> {
  const { authFile, alice } = usualPeople();
  const certificate = await makeCertificate(place);
  const pair = { certificate: certificate.certificateFile, key: certificate.keyFile };
  const { url, daemon } = await startTokenServer(place, {
    ...authFile,
    server: { addr: '127.0.0.1:0', ...pair },
  });
  const token = {
    service: 'Docker registry',
    issuer: authFile.token.issuer,
    rootcertbundle: certificate.certificateFile,
    ...shape(url, certificate),
  };
  return {
    registry: await startRegistry(place, 'berth', { token, certificate }),
    tokenServer: daemon,
    alice,
  };
}

async function twoAddresses(place: Place): Promise<undefined> {
  const { registry, alice } = await startTwo(place, besideEachOther);
  await expectOwnNamespace(place, dockerClassic, registry, alice);
}

async function oneAddress(place: Place, kind: ClientKind): Promise<undefined> {
  const { registry, alice } = await startTwo(place, inFront);
  await expectOwnNamespace(place, kind, registry, alice);
}

async function craneRefuses(place: Place): Promise<string> {
  const { registry, alice } = await startTwo(place, besideEachOther);
  const refusal = await crane.open(place, registry).login(alice);
  expectFailure(refusal, /realm host "127\.0\.0\.1" is a private or link-local address/);
  const warning = registry.daemon.lines.find((line) => line.includes('auth.token.realm is at'));
  expectThat(warning !== undefined, `the start warns of it:\n${registry.daemon.tail(10)}`);
  expectThat(warning?.includes('auth.token.upstream') ?? false, `it says what to do: ${warning}`);
  return `${warning?.replace(/^.*(?=auth\.token\.realm)/, '').slice(0, 60)}…`;
}

async function down(place: Place): Promise<undefined> {
  const { registry, tokenServer, alice } = await startTwo(place, inFront);
  await tokenServer.stop();
  for (const kind of CLIENTS) {
    const login = await kind
      .open(place.below(kind.name), registry)
      .login(alice)
      .catch((error: unknown) => error);
    const said = login instanceof Error ? login.message : JSON.stringify(login);
    expectThat(
      said.includes('the token server behind this registry refused the connection'),
      `${kind.name} says what is wrong: ${said}`,
    );
  }
  const lines = registry.daemon.lines.filter((line) => line.includes(' 502 '));
  expectThat(lines.length >= CLIENTS.length, `each is a line of the log:\n${registry.daemon.tail(10)}`);
  expectThat(
    lines.every((line) => /auth\.token\.upstream https:\/\/127\.0\.0\.1:\d+\/auth refused/.test(line)),
    `which names the address:\n${lines.join('\n')}`,
  );
}
