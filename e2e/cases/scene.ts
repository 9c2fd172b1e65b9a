/** A case's scene: a fresh Berth with the usual people, and a client in front of it. */
import { type Account, usualPeople } from '../harness/accounts.ts';
import { Berth, type BerthOptions, type RegistryAddress } from '../harness/berth.ts';
import type { Client, ClientKind } from '../harness/client.ts';
import { expectFailure } from '../harness/expect.ts';
import { expectFiles, type Image, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';

/** A Berth and a client in front of it, for one case. */
export interface Scene {
  readonly place: Place;
  readonly berth: Berth;
  readonly client: Client;
  readonly alice: Account;
  readonly reader: Account;
  readonly admin: Account;
}

export async function openScene(kind: ClientKind, place: Place, options: BerthOptions = {}): Promise<Scene> {
  const { authFile, ...people } = usualPeople();
  const berth = await Berth.start(place, { authFile, ...options });
  return { place, berth, client: kind.open(place, berth), ...people };
}

/** How the clients put it. */
export const REFUSED = /denied|unauthorized|401|403|insufficient/i;
export const WRONG_PASSWORD = /unauthorized|401|invalid/i;

/** The account logs in, pushes and pulls below its own name, and nowhere else; a stranger gets nothing. */
export async function expectOwnNamespace(
  place: Place,
  kind: ClientKind,
  registry: RegistryAddress,
  account: Account,
): Promise<void> {
  const client = kind.open(place, registry);
  const image = await makeImage(place, 'app', [1000, MIB]);
  const reference = `${registry.host}/${account.name}/app:1`;
  expectFailure(await client.login({ ...account, password: `${account.password}x` }), WRONG_PASSWORD);
  succeeded(await client.login(account));
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
  expectFailure(await client.push(image, `${registry.host}/somebody/app:1`), REFUSED);
  succeeded(await client.logout());
  expectFailure(await client.pull(reference, place.dir('pulls', 'stranger')), REFUSED);
}

/** Pulls into a new folder and compares the content with what the image was made of. */
export async function expectPulled(
  place: Place,
  client: Client,
  reference: string,
  image: Image,
): Promise<void> {
  const folder = place.dir('pulls', String(place.history.length));
  succeeded(await client.pull(reference, folder));
  await expectFiles(folder, image);
}
