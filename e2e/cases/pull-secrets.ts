/**
 * The file of a login in the format of Kubernetes' image-pull secrets (kubernetes.io/dockerconfigjson): docker's
 * config.json, as `docker login` or `kubectl create secret docker-registry` makes it. A kubelet reads only names and
 * passwords of it, the clients tokens too. https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerdNeeds, startContainerd } from '../clients/containerd.ts';
import { crane } from '../clients/crane.ts';
import { dockerClassic } from '../clients/docker.ts';
import { oras } from '../clients/oras.ts';
import { skopeo } from '../clients/skopeo.ts';
import { type Account, usualPeople } from '../harness/accounts.ts';
import { Berth } from '../harness/berth.ts';
import type { Client, ClientKind } from '../harness/client.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { type Image, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { expectPulled } from './scene.ts';

export const pullSecrets: Suite = {
  name: 'pull-secrets',
  needs: [...new Set([crane, skopeo, oras, dockerClassic].flatMap(({ needs }) => needs)), ...containerdNeeds],
  needsRoot: true,
  async prepare(place) {
    await dockerClassic.prepare?.(place);
  },
  cases: [
    { name: "crane, skopeo and docker pull with kubectl's file, and with no other", run: kubectlsFile },
    { name: "skopeo and oras pull with docker login's file, which holds no password", run: dockersFile },
    { name: 'containerd pulls with what a kubelet takes from it, and with no other', run: kubelet },
  ],
};

const REFUSED = /denied|unauthorized|401|403|insufficient|authorization failed/i;

/** The document below the secret's `.dockerconfigjson`. */
interface PullSecret {
  readonly auths: Readonly<
    Record<
      string,
      {
        readonly username?: string;
        readonly password?: string;
        readonly auth: string;
        readonly identitytoken?: string;
      }
    >
  >;
}

interface SecretScene {
  readonly berth: Berth;
  readonly reader: Account;
  readonly reference: string;
  readonly image: Image;
}

/** An image that only those pull who log in. */
async function openScene(place: Place): Promise<SecretScene> {
  const { authFile, alice, reader } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const image = await makeImage(place, 'app', [MIB]);
  const reference = `${berth.host}/alice/app:1`;
  const pusher = crane.open(place.below('pusher'), berth);
  succeeded(await pusher.login(alice));
  succeeded(await pusher.push(image, reference));
  return { berth, reader, reference, image };
}

/** What `kubectl create secret docker-registry --docker-server=HOST --docker-username=… --docker-password=…` keeps. */
function kubectlSecret(host: string, { name, password }: Account): PullSecret {
  const auth = Buffer.from(`${name}:${password}`).toString('base64');
  return { auths: { [host]: { username: name, password, auth } } };
}

/** Someone with nothing but that file, where docker's clients and where skopeo's look for it. */
function holderOf(
  secret: PullSecret,
  place: Place,
  kind: ClientKind,
  name: string,
  berth: Berth,
): {
  readonly place: Place;
  readonly client: Client;
} {
  const own = place.below(name);
  for (const file of [join(own.dir('docker'), 'config.json'), join(own.dir('auth'), 'auth.json')])
    writeFileSync(file, JSON.stringify(secret), { mode: 0o600 });
  return { place: own, client: kind.open(own, berth) };
}

async function kubectlsFile(place: Place): Promise<undefined> {
  const { berth, reader, reference, image } = await openScene(place);
  const right = kubectlSecret(berth.host, reader);
  const wrong = kubectlSecret(berth.host, { ...reader, password: `${reader.password}x` });
  const elsewhere = kubectlSecret('registry.example.com', reader);
  for (const kind of [crane, skopeo, dockerClassic]) {
    const holder = holderOf(right, place, kind, `${kind.name}-right`, berth);
    await expectPulled(holder.place, holder.client, reference, image);
    for (const [name, secret] of Object.entries({ wrong, elsewhere })) {
      const { client, place: own } = holderOf(secret, place, kind, `${kind.name}-${name}`, berth);
      expectFailure(await client.pull(reference, own.dir('pulled')), REFUSED);
    }
  }
}

async function dockersFile(place: Place): Promise<undefined> {
  const { berth, reader, reference, image } = await openScene(place);
  const person = place.below('person');
  succeeded(await dockerClassic.open(person, berth).login(reader));
  const secret = readSecret(join(person.dir('docker'), 'config.json'));
  const { auth, identitytoken } = secret.auths[berth.host] ?? { auth: '' };
  const kept = Buffer.from(auth, 'base64').toString();
  expectThat(
    kept === `${reader.name}:` && identitytoken !== undefined,
    'it holds a token in place of the password, which docs/clients.md warns of',
  );
  const own = holderOf(secret, place, skopeo, 'skopeo', berth);
  await expectPulled(own.place, own.client, reference, image);
  const other = holderOf(secret, place, oras, 'oras', berth);
  const pulled = other.place.dir('pulled');
  await other.place.run('oras', [
    'manifest',
    'fetch',
    '--plain-http',
    '-o',
    join(pulled, 'manifest'),
    reference,
  ]);
}

/** A kubelet reads name and password from the secret, and hands them to containerd with each pull. */
async function kubelet(place: Place): Promise<undefined> {
  const { berth, reader, reference, image } = await openScene(place);
  const file = join(place.dir('secret'), '.dockerconfigjson');
  writeFileSync(file, JSON.stringify(kubectlSecret(berth.host, reader)), { mode: 0o600 });
  const { username = '', password = '' } = readSecret(file).auths[berth.host] ?? {};
  const node = await startContainerd(place, 'node', berth);
  const wrong = { name: username, password: `${password}x` };
  expectFailure(await node.pull(reference, wrong), REFUSED);
  succeeded(await node.pull(reference, { name: username, password }));
  await node.expectUnpacked(reference, image);
}

function readSecret(file: string): PullSecret {
  return JSON.parse(readFileSync(file, 'utf8'));
}
