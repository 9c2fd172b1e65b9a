/** Berth dies by SIGKILL while a layer is on its way; the same data and port serve on. */
import { setTimeout as wait } from 'node:timers/promises';
import { get } from '../harness/api.ts';
import { expectThat } from '../harness/expect.ts';
import { MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import { unfinishedBytes } from '../harness/volume.ts';
import { expectPulled, type Scene } from './scene.ts';

const LAYER_BYTES = 384 * MIB;
const ENOUGH_BYTES = 8 * MIB;
const LOOK_EVERY_MS = 3;

export async function killCase({ place, berth, client, alice }: Scene): Promise<string> {
  const image = await makeImage(place, 'app', [LAYER_BYTES]);
  const reference = `${berth.host}/alice/app:1`;
  succeeded(await client.login(alice));
  let ended = false;
  const interrupted = client.push(image, reference).finally(() => {
    ended = true;
  });
  while (!ended && unfinishedBytes(berth.data) < ENOUGH_BYTES) await wait(LOOK_EVERY_MS);
  expectThat(!ended, 'the push was still running when Berth was to be killed');
  const arrivedBytes = unfinishedBytes(berth.data);
  await berth.kill();
  await berth.startAgain();
  const first = await interrupted;
  // A client that tries again by itself may have made it; one that gave up has left no tag.
  const tag = await get(berth, alice, 'alice/app/manifests/1');
  expectThat(
    tag.status === (first.code === 0 ? 200 : 404),
    `the tag is there only if the push ended well (${tag.status})`,
  );
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
  return `killed at ${Math.round(arrivedBytes / MIB)} MiB; the client ${first.code === 0 ? 'recovered by itself' : 'gave up'}`;
}
