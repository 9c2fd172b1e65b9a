/** A case's scene: a fresh Berth with the usual people, and a client in front of it. */
import { type Account, usualPeople } from '../harness/accounts.ts';
import { Berth, type BerthOptions } from '../harness/berth.ts';
import type { Client, ClientKind } from '../harness/client.ts';
import { expectFiles, type Image } from '../harness/image.ts';
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
