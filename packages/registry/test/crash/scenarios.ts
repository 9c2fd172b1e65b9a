/** What clients do while a disk fails or the power goes. */

import { artifactOf, imageOf, indexOf, layerOf } from './images.ts';
import type { Flow } from './world.ts';

export interface Scenario {
  readonly name: string;
  /** What was there before, undisturbed. */
  readonly before?: Flow;
  /** What is disturbed; several run at once. */
  readonly during: readonly Flow[];
  /** The same once more, from whatever is left: it must work. */
  readonly after: Flow;
}

const APP = 'team/app';
const OTHER = 'team/app/other';

const first = imageOf('first');
const second = imageOf('second', [layerOf('first', 300), layerOf('second', 5000)]);
const small = imageOf('small', [layerOf('small', 50)]);
const alsoSmall = imageOf('also small', [layerOf('small', 50)]);
const index = indexOf([small, alsoSmall]);
const signature = artifactOf('signature', small);
const report = artifactOf('report', small);
const [config, layer, large] = [first.blobs[0] ?? first, first.blobs[1] ?? first, first.blobs[2] ?? first];

const pushFirst: Flow = (client) => client.pushImage(APP, '1', first);
const pushBoth: Flow = async (client) => {
  await client.pushImage(APP, '1', first);
  await client.pushMissing(APP, '2', second);
};

export const SCENARIOS: readonly Scenario[] = [
  { name: 'the push of an image to an empty disk', during: [pushFirst], after: pushFirst },
  {
    name: 'the push of an image that shares a layer',
    before: pushFirst,
    during: [(client) => client.pushMissing(APP, '2', second)],
    after: (client) => client.pushMissing(APP, '2', second),
  },
  {
    name: 'a push by digest with tags',
    before: pushFirst,
    during: [(client) => client.pushManifestByDigest(APP, first, ['a', 'b', 'c'])],
    after: (client) => client.pushManifestByDigest(APP, first, ['a', 'b', 'c']),
  },
  {
    name: 'the push of an index',
    before: (client) => client.pushMissing(APP, undefined, small),
    during: [(client) => client.pushIndex(APP, 'all', index)],
    after: (client) => client.pushIndex(APP, 'all', index),
  },
  {
    name: 'a tag that moves',
    before: pushBoth,
    during: [(client) => client.pushManifest(APP, '1', second)],
    after: (client) => client.pushManifest(APP, '1', second),
  },
  {
    name: 'the delete of a tag',
    before: pushBoth,
    during: [(client) => client.deleteTag(APP, '1')],
    after: async (client) => {
      await client.pushMissing(APP, '1', first);
      await client.deleteTag(APP, '1');
    },
  },
  {
    name: 'the delete of a manifest with its tags',
    before: async (client) => {
      await pushBoth(client);
      await client.pushManifest(APP, 'also', first);
    },
    during: [(client) => client.deleteManifest(APP, first, ['1', 'also'])],
    // Without its tags: those that are gone must not come back with it.
    after: (client) => client.pushManifestByDigest(APP, first),
  },
  {
    name: 'the delete of a blob',
    before: async (client) => {
      await client.pushBlobMonolithic(APP, layer);
      await client.pushBlobMonolithic(APP, large);
    },
    during: [(client) => client.deleteBlob(APP, layer)],
    after: async (client) => {
      await client.pushBlobMonolithic(APP, layer);
      await client.deleteBlob(APP, layer);
    },
  },
  {
    name: 'an upload in chunks',
    before: pushFirst,
    during: [(client) => client.pushBlobInChunks(OTHER, large)],
    after: (client) => client.pushBlobInChunks(OTHER, large),
  },
  {
    name: 'an upload that is cancelled',
    during: [(client) => client.cancelUpload(APP, large)],
    after: (client) => client.cancelUpload(APP, large),
  },
  {
    name: 'mounts, with a source and without',
    before: pushFirst,
    during: [
      async (client) => {
        await client.mount(OTHER, APP, layer);
        await client.mount(APP, undefined, large);
      },
    ],
    after: async (client) => {
      await client.mount(OTHER, APP, layer);
      await client.mount(APP, undefined, large);
    },
  },
  {
    name: 'manifests whose subject is yet to come, one of which goes',
    before: (client) => client.pushMissing(APP, undefined, report),
    during: [
      async (client) => {
        await client.pushMissing(APP, 'signature', signature);
        await client.deleteManifest(APP, report, []);
      },
    ],
    after: async (client) => {
      for (const manifest of [signature, report, small]) await client.pushMissing(APP, undefined, manifest);
    },
  },
  {
    name: 'two pushes of one image at once',
    during: [
      (client) => client.pushMissing(APP, '1', small),
      (client) => client.pushMissing(APP, '2', small),
    ],
    after: (client) => client.pushMissing(APP, '1', small),
  },
  {
    name: 'two pushes of images that share a layer at once',
    before: (client) => client.pushMissing(OTHER, '1', first),
    during: [
      (client) => client.pushMissing(APP, '1', small),
      (client) => client.pushMissing(OTHER, '2', alsoSmall),
    ],
    after: async (client) => {
      await client.pushMissing(APP, '1', small);
      await client.pushMissing(OTHER, '2', alsoSmall);
    },
  },
  {
    name: 'a push and a mount from where it goes at once',
    during: [
      (client) => client.pushBlobStreamed(APP, config),
      async (client) => {
        await client.pushBlobMonolithic(OTHER, config);
        await client.mount('third', OTHER, config);
      },
      async (client) => {
        if (await client.has(`/v2/${APP}/blobs/${config.digest}`)) await client.mount('fourth', APP, config);
        if (await client.has(`/v2/${OTHER}/blobs/${config.digest}`))
          await client.mount('fifth', OTHER, config);
      },
    ],
    // From what is there, though nobody may have been told that it is, and is pushed again by nobody.
    after: async (client) => {
      for (const from of [APP, OTHER]) {
        if (!(await client.has(`/v2/${from}/blobs/${config.digest}`))) continue;
        await client.mount('sixth', from, config);
        return;
      }
      await client.pushBlobStreamed(OTHER, config);
    },
  },
  {
    name: 'two moves of one tag at once',
    before: pushBoth,
    during: [
      (client) => client.pushManifest(APP, 'latest', first),
      (client) => client.pushManifest(APP, 'latest', second),
    ],
    after: (client) => client.pushManifest(APP, 'latest', first),
  },
  {
    name: 'a tag that moves away while its manifest is deleted',
    before: pushBoth,
    during: [
      (client) => client.deleteManifest(APP, first, ['1']),
      (client) => client.pushManifest(APP, '1', second),
    ],
    after: pushBoth,
  },
  {
    name: 'a delete of a tag while another is pushed',
    before: pushBoth,
    during: [(client) => client.deleteTag(APP, '1'), (client) => client.pushManifest(APP, '3', second)],
    after: pushBoth,
  },
  {
    name: 'an upload that is cancelled while another begins the repository',
    during: [(client) => client.cancelUpload(APP, config), (client) => client.pushBlobMonolithic(APP, layer)],
    after: pushFirst,
  },
];
