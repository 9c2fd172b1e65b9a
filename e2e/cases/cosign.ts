/**
 * Signatures by cosign with a key, without any service of sigstore's: in each of the ways that it keeps them in a
 * registry. Bundles (its own choice today) and, of the older form, a tag beside the image or a referrer.
 */
import { crane } from '../clients/crane.ts';
import { manifestOf, referrersOf, tagsOf } from '../harness/api.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { sceneCase } from './client-cases.ts';
import type { Scene } from './scene.ts';

export const cosign: Suite = {
  name: 'cosign',
  needs: ['cosign', ...crane.needs, 'tar'],
  cases: [
    sceneCase(
      crane,
      'signs by a bundle that refers to the image, and verifies it with the right key only',
      (scene) => signAndVerify(scene, WAYS.bundle),
    ),
    sceneCase(crane, 'signs by a tag beside the image, and verifies it with the right key only', (scene) =>
      signAndVerify(scene, WAYS.tag),
    ),
    sceneCase(
      crane,
      'signs by a referrer in the older form, and verifies it with the right key only',
      (scene) => signAndVerify(scene, WAYS.referrer),
    ),
    sceneCase(crane, 'is refused a signature without the right to push', refused),
  ],
};

/** Of a referrer that another key signed, cosign only says that it found none. */
const NOT_VERIFIED = /no signatures found|no matching|invalid signature|failed to verify|could not verify/i;

interface Way {
  readonly sign: readonly string[];
  readonly verify: readonly string[];
  readonly keptAs: 'referrer' | 'tag';
}

const WAYS = {
  bundle: { sign: [], verify: [], keptAs: 'referrer' },
  tag: { sign: ['--new-bundle-format=false'], verify: ['--new-bundle-format=false'], keptAs: 'tag' },
  referrer: {
    sign: ['--new-bundle-format=false', '--registry-referrers-mode=oci-1-1'],
    verify: ['--new-bundle-format=false', '--experimental-oci11'],
    keptAs: 'referrer',
  },
} as const satisfies Record<string, Way>;

/** Nothing is asked of a transparency log, nor of sigstore's list of services. */
const OFFLINE = ['--tlog-upload=false', '--use-signing-config=false', '--yes'];

interface Signer {
  readonly digest: string;
  sign(way: Way): Promise<Finished>;
  verify(way: Way, key?: string): Promise<Finished>;
}

/** An image at alice/app:1, and a key to sign it with; `other` is a key that signed nothing. */
async function openSigner({ place, berth, client, alice }: Scene): Promise<Signer> {
  const image = await makeImage(place, 'app', [MIB]);
  succeeded(await client.login(alice));
  succeeded(await client.push(image, `${berth.host}/alice/app:1`));
  const { digest } = await manifestOf(berth, alice, 'alice/app', '1');
  const env = { COSIGN_PASSWORD: alice.password, COSIGN_EXPERIMENTAL: '1' };
  const cosign = (args: readonly string[]) => place.attempt('cosign', args, { env, cwd: place.dir('keys') });
  for (const name of ['cosign', 'other'])
    succeeded(await cosign(['generate-key-pair', '--output-key-prefix', name]));
  const reference = `${berth.host}/alice/app@${digest}`;
  return {
    digest,
    sign: ({ sign }) => cosign(['sign', '--key', 'cosign.key', ...OFFLINE, ...sign, reference]),
    verify: ({ verify }, key = 'cosign.pub') =>
      cosign(['verify', '--key', key, '--insecure-ignore-tlog=true', ...verify, reference]),
  };
}

async function signAndVerify(scene: Scene, way: Way): Promise<string> {
  const { berth, alice, reader, client } = scene;
  const signer = await openSigner(scene);
  expectFailure(await signer.verify(way), /no signatures found|no matching/i);
  succeeded(await signer.sign(way));
  const referrers = await referrersOf(berth, alice, 'alice/app', signer.digest);
  const tags = await tagsOf(berth, alice, 'alice/app');
  const signatureTag = `${signer.digest.replace(':', '-')}.sig`;
  const [tag, referrer] = [tags.includes(signatureTag), referrers.length === 1];
  expectThat(tag === (way.keptAs === 'tag'), `the signature is a tag only where it should be (${tags})`);
  expectThat(referrer === (way.keptAs === 'referrer'), `or a referrer (${JSON.stringify(referrers)})`);
  expectThat(way.keptAs === 'tag' || tags.join() === '1', `a referrer needs no tag of its own (${tags})`);

  succeeded(await client.login(reader));
  const verified = succeeded(await signer.verify(way));
  expectThat(
    `${verified.stdout}${verified.stderr}`.includes(signer.digest),
    'the signature is of that digest',
  );
  expectFailure(await signer.verify(way, 'other.pub'), NOT_VERIFIED);
  return tag ? signatureTag : String(referrers[0]?.artifactType);
}

async function refused(scene: Scene): Promise<undefined> {
  const { berth, client, alice, reader } = scene;
  const signer = await openSigner(scene);
  succeeded(await client.login(reader));
  for (const way of Object.values(WAYS)) {
    expectFailure(await signer.sign(way), /denied|401|403|insufficient|unauthorized/i);
  }
  expectThat((await tagsOf(berth, alice, 'alice/app')).join() === '1', 'no tag was made');
  const referrers = await referrersOf(berth, alice, 'alice/app', signer.digest);
  expectThat(referrers.length === 0, 'nothing refers to the image');
}
