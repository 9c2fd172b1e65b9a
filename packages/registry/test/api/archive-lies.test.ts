/** Archives that aren't what they say: each gets one clear error and leaves nothing behind. */

import { randomBytes } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describeApi, describeEmbedded, type EmbeddedApi, type Reply } from './api.ts';
import { descriptorOf, documentOf, expectError, indexOf, jsonOf, OCI_IMAGE, OCI_INDEX } from './content.ts';
import {
  blobItem,
  configOf,
  dockerItems,
  FORM_TYPE,
  formOf,
  hexOf,
  itemsOf,
  layerOf,
  layoutImage,
  layoutItems,
  layoutOf,
  type TarItem,
  tarOf,
  uploadForm,
  uploadTar,
} from './tars.ts';

const image = layoutImage(['a layer', 'and another']);
const good = layoutItems(image);
const [layer = image.config] = image.layers;
const named = (name: string): string => `blobs/sha256/${name}`;

const without = (name: string): readonly TarItem[] => good.filter((item) => item.name !== name);
const manifestWith = (change: object): readonly TarItem[] => {
  const manifest = documentOf({ ...JSON.parse(image.manifest.bytes.toString()), ...change });
  return layoutItems({ ...image, manifest });
};
const docker = dockerItems([layerOf('x'), layerOf('y')]);
const withManifestJson = (value: unknown): readonly TarItem[] =>
  docker.map((item) => (item.name === 'manifest.json' ? { ...item, bytes: JSON.stringify(value) } : item));
const dockerManifest = JSON.parse(String(docker.find((item) => item.name === 'manifest.json')?.bytes))[0];

const [x, y] = [layerOf('x'), layerOf('y')];
const lyingConfig = configOf([y, x]);

type Lie = readonly [what: string, tar: () => Buffer, code: string, says: RegExp, status?: number];

const LIES: readonly Lie[] = [
  [
    'an absolute path',
    () => tarOf([...good, { name: '/etc/passwd', bytes: 'x' }]),
    'BLOB_UPLOAD_INVALID',
    /"\/etc\/passwd" is no name below/,
  ],
  [
    'a path that leads out',
    () => tarOf([...good, { name: 'blobs/../../x', bytes: 'x' }]),
    'BLOB_UPLOAD_INVALID',
    /no name below/,
  ],
  [
    'a path that leads out at the front',
    () => tarOf([{ name: '../x', bytes: 'x' }, ...good]),
    'BLOB_UPLOAD_INVALID',
    /as=file/,
  ],
  [
    'a control character in a name',
    () => tarOf([...good, { name: 'a\u0007b', bytes: 'x' }]),
    'BLOB_UPLOAD_INVALID',
    /no name below/,
  ],
  [
    'a link out of the archive',
    () => tarOf([...good, { name: 'x', type: '2', linkName: '../../etc/passwd' }]),
    'BLOB_UPLOAD_INVALID',
    /leads out/,
  ],
  [
    'an absolute link',
    () => tarOf([...good, { name: 'x', type: '2', linkName: '/etc/passwd' }]),
    'BLOB_UPLOAD_INVALID',
    /leads out/,
  ],
  [
    'a hard link out of the archive',
    () => tarOf([...good, { name: 'x', type: '1', linkName: '/etc/passwd' }]),
    'BLOB_UPLOAD_INVALID',
    /no name below/,
  ],
  [
    'a link to itself',
    () =>
      tarOf([
        ...without(blobItem(layer).name),
        { name: blobItem(layer).name, type: '2', linkName: hexOf(layer.bytes) },
      ]),
    'BLOB_UPLOAD_INVALID',
    /lead nowhere/,
  ],
  [
    'a device',
    () => tarOf([...good, { name: 'null', type: '3' }]),
    'BLOB_UPLOAD_INVALID',
    /neither file, folder nor link/,
  ],
  [
    'a blob of another digest',
    () => tarOf([...without(blobItem(layer).name), { name: blobItem(layer).name, bytes: 'other bytes' }]),
    'DIGEST_INVALID',
    new RegExp(hexOf(Buffer.from('other bytes'))),
  ],
  [
    'a size that is not the blob’s',
    () => tarOf(manifestWith({ layers: [{ ...descriptorOf(layer, 'a/b'), size: 1 }] })),
    'SIZE_INVALID',
    /layers\[0\] says .* has 1 bytes/,
  ],
  [
    'a manifest of another size',
    () => tarOf(layoutOf([{ ...descriptorOf(image.manifest, OCI_IMAGE), size: 5 }], itemsOf(image))),
    'SIZE_INVALID',
    /has 5 bytes/,
  ],
  [
    'a layer that is missing',
    () => tarOf(without(blobItem(layer).name)),
    'MANIFEST_BLOB_UNKNOWN',
    /layers\[0\] .* neither in it nor in the repository/,
  ],
  [
    'a manifest that is missing',
    () => tarOf(without(blobItem(image.manifest).name)),
    'MANIFEST_BLOB_UNKNOWN',
    /manifests\[0\]/,
  ],
  [
    'an index of nothing that is there',
    () => {
      const index = indexOf([descriptorOf(image.manifest, OCI_IMAGE)]);
      return tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], [blobItem(index)]));
    },
    'BLOB_UPLOAD_INVALID',
    /none of the images/,
  ],
  [
    'a manifest that is a layer, too',
    () => {
      const index = indexOf([
        descriptorOf(image.manifest, OCI_IMAGE),
        descriptorOf(image.manifest, 'application/octet-stream'),
      ]);
      return tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], [blobItem(index), ...itemsOf(image)]));
    },
    'BLOB_UPLOAD_INVALID',
    /as a manifest and as a blob/,
  ],
  [
    'an index below an index that lists what is not there',
    () => {
      const lower = indexOf(
        [image, layoutImage(['elsewhere'])].map((each) => descriptorOf(each.manifest, OCI_IMAGE)),
      );
      const index = indexOf([descriptorOf(lower, OCI_INDEX)]);
      const blobs = [blobItem(index), blobItem(lower), ...itemsOf(image)];
      return tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], blobs));
    },
    'BLOB_UPLOAD_INVALID',
    /lists what is neither in it nor in the repository/,
  ],
  [
    'a manifest that is none',
    () => tarOf(layoutOf([descriptorOf(layer, OCI_IMAGE)], [blobItem(layer)])),
    'MANIFEST_INVALID',
    /not JSON/,
  ],
  [
    'an index of an index of an index and so on',
    () => {
      let index = indexOf([descriptorOf(image.manifest, OCI_IMAGE)]);
      const blobs = [blobItem(index)];
      for (let depth = 0; depth < 6; depth += 1) {
        index = indexOf([descriptorOf(index, OCI_INDEX)]);
        blobs.push(blobItem(index));
      }
      return tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], [...blobs, ...itemsOf(image)]));
    },
    'BLOB_UPLOAD_INVALID',
    /nest deeper/,
  ],
  [
    'the same name twice',
    () => tarOf([...good, ...good.slice(0, 2)]),
    'BLOB_UPLOAD_INVALID',
    /"oci-layout" comes twice/,
  ],
  [
    'an index.json that is none',
    () => tarOf(good.map((item) => (item.name === 'index.json' ? { ...item, bytes: '[]' } : item))),
    'MANIFEST_INVALID',
    /not a JSON object/,
  ],
  [
    'an index.json of nothing',
    () => tarOf(layoutOf([], itemsOf(image))),
    'BLOB_UPLOAD_INVALID',
    /lists nothing/,
  ],
  [
    'a huge index.json',
    () => tarOf([{ name: 'oci-layout' }, { name: 'index.json', bytes: ' '.repeat(5 * 1024 * 1024) }]),
    'MANIFEST_INVALID',
    /index\.json has 5242880 bytes/,
    413,
  ],
  [
    'neither index nor manifest',
    () => tarOf(itemsOf(image)),
    'BLOB_UPLOAD_INVALID',
    /neither index\.json .* nor manifest\.json/,
  ],
  ['no end', () => tarOf(good, Buffer.alloc(0)), 'BLOB_UPLOAD_INVALID', /cut short/],
  ['an entry that is cut short', () => tarOf(good).subarray(0, -3000), 'BLOB_UPLOAD_INVALID', /cut short/],
  [
    'a header that is none',
    () => tarOf(good, Buffer.alloc(1024, 'x')),
    'BLOB_UPLOAD_INVALID',
    /no header of a tar at byte/,
  ],
  [
    'an entry larger than the archive',
    () => tarOf([...good, { name: named('big'), bytes: 'x', sizeBytes: 8 ** 11 - 1 }]),
    'BLOB_UPLOAD_INVALID',
    /cut short/,
  ],
  [
    'a long header that is too long',
    () => tarOf([{ name: 'oci-layout' }, { name: 'pax', type: 'x', bytes: 'x'.repeat(70_000) }]),
    'BLOB_UPLOAD_INVALID',
    /too many bytes in a header/,
    413,
  ],
  [
    'a malformed long header',
    () => tarOf([{ name: 'oci-layout' }, { name: 'pax', type: 'x', bytes: '99 path=x\n' }]),
    'BLOB_UPLOAD_INVALID',
    /pax header is malformed/,
  ],
  [
    'bytes without end after its end',
    () => tarOf(good, Buffer.alloc(2 * 1024 * 1024)),
    'BLOB_UPLOAD_INVALID',
    /after the end of the tar/,
    413,
  ],
  [
    'gzip that is cut short',
    () => gzipSync(tarOf([...good, { name: 'random', bytes: 'x'.repeat(5000) }])).subarray(0, -20),
    'BLOB_UPLOAD_INVALID',
    /gzip is damaged or cut short/,
  ],
  [
    'gzip that unpacks to very much',
    () =>
      gzipSync(tarOf([{ name: 'oci-layout' }, { name: 'zeros', bytes: Buffer.alloc(100 * 1024 * 1024) }])),
    'BLOB_UPLOAD_INVALID',
    /more than 100 times its size/,
    413,
  ],
  [
    'zstd that unpacks to very much',
    () =>
      zstdCompressSync(
        tarOf([{ name: 'oci-layout' }, { name: 'zeros', bytes: Buffer.alloc(100 * 1024 * 1024) }]),
      ),
    'BLOB_UPLOAD_INVALID',
    /more than 100 times its size/,
    413,
  ],
  [
    'zstd that takes much memory',
    () => {
      const params = {
        [constants.ZSTD_c_windowLog]: 27,
        [constants.ZSTD_c_enableLongDistanceMatching]: 1,
        [constants.ZSTD_c_contentSizeFlag]: 0,
      };
      return zstdCompressSync(
        tarOf([{ name: 'oci-layout' }, { name: 'x', bytes: randomBytes(20_000_000) }]),
        { params },
      );
    },
    'BLOB_UPLOAD_INVALID',
    /compress it without --long/,
  ],
  [
    "a layer that isn't the config's",
    () =>
      tarOf([
        ...docker.slice(0, 8),
        { name: `${hexOf(lyingConfig.bytes)}.json`, bytes: lyingConfig.bytes },
        ...withManifestJson([{ ...dockerManifest, Config: `${hexOf(lyingConfig.bytes)}.json` }]).slice(-2),
      ]),
    'DIGEST_INVALID',
    /its config says/,
  ],
  [
    'a config of another digest',
    () =>
      tarOf(docker.map((item) => (/^[0-9a-f]{64}\.json$/.test(item.name) ? { ...item, bytes: '{}' } : item))),
    'DIGEST_INVALID',
    /\.json/,
  ],
  [
    'more layers than the config has',
    () => tarOf(withManifestJson([{ ...dockerManifest, Layers: dockerManifest.Layers.slice(1) }])),
    'BLOB_UPLOAD_INVALID',
    /its config names 2 layers, its manifest\.json 1/,
  ],
  [
    'a layer outside the archive',
    () => tarOf(withManifestJson([{ ...dockerManifest, Layers: ['../../etc/passwd'] }])),
    'BLOB_UPLOAD_INVALID',
    /no name below/,
  ],
  [
    'a layer that is not in it',
    () => tarOf(withManifestJson([{ ...dockerManifest, Layers: ['none.tar'] }])),
    'BLOB_UPLOAD_INVALID',
    /"none\.tar", which is not in it/,
  ],
  [
    'a manifest.json that is none',
    () => tarOf(withManifestJson({})),
    'BLOB_UPLOAD_INVALID',
    /not a list of images/,
  ],
  [
    'a manifest.json without a config',
    () => tarOf(withManifestJson([{ Layers: [] }])),
    'BLOB_UPLOAD_INVALID',
    /lacks Config/,
  ],
];

function rowOf([what, tar, code, says, status = 400]: Lie) {
  return { what, tar, code, says, status };
}

describeApi('archives that lie', (api) => {
  const expectNothingOf = async (name: string): Promise<void> => {
    const reply = await api.send('GET', `/v2/${name}/tags/list`);
    expect(reply.status).toBe(404);
    expect((await api.files())?.filter((file) => file.includes(name)) ?? []).toEqual([]);
  };

  test.each(LIES.map(rowOf))('$what', async ({ tar, code, says, status }) => {
    const name = api.repository();
    const before = await api.files();
    const error = expectError(await uploadTar(api, `${name}:1`, tar()), status, code);
    expect(error.message).toMatch(says);
    await expectNothingOf(name);
    expect(await api.files()).toEqual(before);
  });

  test('what comes as a plain body must be an image archive', async () => {
    const name = api.repository();
    for (const body of ['', 'just text', tarOf([{ name: 'readme.md', bytes: 'x' }]), gzipSync('text')]) {
      const error = expectError(
        await api.send('PUT', `/upload/${name}:1`, { body }),
        400,
        'BLOB_UPLOAD_INVALID',
      );
      expect(error.message).toContain('-F file=@FILE');
    }
    await expectNothingOf(name);
  });

  test('an image archive comes alone and without fields', async () => {
    const name = api.repository();
    const archive = { fileName: 'image.tar', bytes: tarOf(good) };
    const other = { fileName: 'notes.txt', bytes: 'x' };
    for (const files of [
      [archive, other],
      [other, archive],
      [archive, archive],
    ]) {
      const error = expectError(await uploadForm(api, `${name}:1`, files), 400, 'BLOB_UPLOAD_INVALID');
      expect(error.message).toContain('?as=file');
    }
    expectError(
      await uploadForm(api, `${name}:1`, [archive], [['key', 'value']]),
      400,
      'BLOB_UPLOAD_INVALID',
    );
    await expectNothingOf(name);
  });

  test('a form is refused for what is wrong with it', async () => {
    const name = api.repository();
    const file = { fileName: 'a.txt', bytes: 'x' };
    const form = (body: Uint8Array, type = FORM_TYPE): Promise<Reply> =>
      api.send('POST', `/upload/${name}:1`, { headers: { 'Content-Type': type }, body });
    const refusals: readonly (readonly [() => Promise<Reply>, RegExp])[] = [
      [() => uploadForm(api, `${name}:1`, []), /no file came/],
      [() => uploadForm(api, `${name}:1`, [file, file]), /two files are called "a\.txt"/],
      [() => uploadForm(api, `${name}:1`, [{ ...file, fileName: '' }]), /has no name/],
      [() => uploadForm(api, `${name}:1`, [{ ...file, fileName: '..' }]), /no name/],
      [() => uploadForm(api, `${name}:1`, [{ ...file, fileName: 'x'.repeat(300) }]), /no name for a file/],
      [
        () =>
          uploadForm(
            api,
            `${name}:1`,
            [file],
            [
              ['k', '1'],
              ['k', '2'],
            ],
          ),
        /"k" comes twice/,
      ],
      [() => uploadForm(api, `${name}:1`, [file], [['k[x]', '1']]), /comes twice or with brackets/],
      [() => uploadForm(api, `${name}:1`, [file], [['k', 'x'.repeat(20_000)]]), /too long/i],
      [
        () =>
          uploadForm(
            api,
            `${name}:1`,
            [file],
            Array.from({ length: 70 }, (_, at) => [`k${at}`, 'v'] as const),
          ),
        /more than 64 fields/,
      ],
      [
        () =>
          uploadForm(
            api,
            `${name}:1`,
            Array.from({ length: 300 }, (_, at) => ({ ...file, fileName: `f${at}` })),
          ),
        /more than 256 files|too many files/,
      ],
      [() => form(formOf([file]).subarray(0, -60)), /form/i],
      [() => form(formOf([file]), 'multipart/form-data'), /boundary/i],
      [() => uploadForm(api, `${name}:1?as=picture`, [file]), /allowed: image, file/],
      [() => uploadForm(api, `${name}:1?as=image`, [file]), /neither what docker save writes/],
    ];
    for (const [asked, says] of refusals) {
      const reply = await asked();
      expect(expectError(reply, reply.status, 'BLOB_UPLOAD_INVALID').message).toMatch(says);
      expect([400, 413]).toContain(reply.status);
    }
    await expectNothingOf(name);
  });

  test('the path must name a repository and a tag', async () => {
    const tar = tarOf(good);
    expectError(await uploadTar(api, 'Upper:1', tar), 400, 'NAME_INVALID');
    expectError(await uploadTar(api, 'a/../b:1', tar), 400, 'NAME_INVALID');
    expectError(await uploadTar(api, 'app', tar), 400, 'TAG_INVALID');
    expectError(await uploadTar(api, 'app:', tar), 400, 'TAG_INVALID');
    expectError(await uploadTar(api, `app@${image.manifest.digest}`, tar), 400, 'TAG_INVALID');
    const reply = await api.send('GET', '/upload/app:1');
    expectError(reply, 405, 'UNSUPPORTED');
    expect(reply.headers['allow']).toBe('POST, PUT');
  });
});

describeEmbedded('the limits of archives', (api: EmbeddedApi) => {
  test('an archive of very many entries is cut off', async () => {
    const name = api.repository();
    const { send, address } = await api.serve({ limits: { archiveEntries: 10 } });
    const empties = Array.from({ length: 20 }, (_, at) => ({ name: `blobs/x${at}` }));
    const reply = await uploadTar({ send, address }, `${name}:1`, tarOf([...good, ...empties]));
    expect(expectError(reply, 413, 'BLOB_UPLOAD_INVALID').message).toContain('allowed: 10');
  });

  test('all manifests together have only so many descriptors', async () => {
    const name = api.repository();
    const service = await api.serve({ limits: { manifestDescriptors: 3 } });
    const [one, two] = [layoutImage(['a']), layoutImage(['b'])];
    const index = indexOf([one, two].map(({ manifest }) => descriptorOf(manifest, OCI_IMAGE)));
    const tar = tarOf(
      layoutOf([descriptorOf(index, OCI_INDEX)], [blobItem(index), ...itemsOf(one), ...itemsOf(two)]),
    );
    expectError(await uploadTar(service, `${name}:1`, tar), 400, 'BLOB_UPLOAD_INVALID');
  });

  test('an index keeps what it lists where indexes may be sparse', async () => {
    const name = api.repository();
    const service = await api.serve({ validation: { listed: [] } });
    const index = indexOf(
      [image, layoutImage(['elsewhere'])].map(({ manifest }) => descriptorOf(manifest, OCI_IMAGE)),
    );
    const tar = tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], [blobItem(index), ...itemsOf(image)]));
    expect(jsonOf(await uploadTar(service, `${name}:1`, tar))).toMatchObject({ digest: index.digest });
  });

  test('a read-only registry takes none', async () => {
    const name = api.repository();
    const service = await api.serve({ readOnly: true });
    expectError(await uploadTar(service, `${name}:1`, tarOf(good)), 405, 'UNSUPPORTED');
  });
});
