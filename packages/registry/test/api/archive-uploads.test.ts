/** Image archives that are uploaded: what each program writes becomes the image that it is. */

import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describeApi } from './api.ts';
import {
  blobOf,
  type Content,
  DOCKER_IMAGE,
  descriptorOf,
  expectError,
  indexOf,
  jsonOf,
  OCI_IMAGE,
  OCI_INDEX,
} from './content.ts';
import {
  blobItem,
  configOf,
  dockerItems,
  hexOf,
  itemsOf,
  type LayoutImage,
  layerOf,
  layoutImage,
  layoutItems,
  layoutOf,
  tarOf,
  uploadForm,
  uploadTar,
} from './tars.ts';

describeApi('image archives', (api) => {
  const pulled = async (name: string, reference: string): Promise<Content & { type: string | undefined }> => {
    const reply = await api.send('GET', `/v2/${name}/manifests/${reference}`);
    expect(reply.status).toBe(200);
    return { ...blobOf(reply.body), type: reply.headers['content-type'] };
  };
  const expectBlobs = async (name: string, blobs: readonly Content[]): Promise<void> => {
    for (const { digest, bytes } of blobs) {
      const reply = await api.send('GET', `/v2/${name}/blobs/${digest}`);
      expect([reply.status, reply.body.equals(bytes)]).toEqual([200, true]);
    }
  };
  const expectImage = async (name: string, reference: string, image: LayoutImage): Promise<void> => {
    expect((await pulled(name, reference)).digest).toBe(image.manifest.digest);
    await expectBlobs(name, [image.config, ...image.layers]);
  };

  test('an OCI layout becomes the image that it holds, byte for byte', async () => {
    const name = api.repository();
    const image = layoutImage(['one', 'two']);
    const reply = await uploadTar(api, `${name}:1.0`, tarOf(layoutItems(image)));
    expect(reply.status).toBe(201);
    expect(reply.headers['location']).toBe(`/v2/${name}/manifests/${image.manifest.digest}`);
    expect(reply.headers['docker-content-digest']).toBe(image.manifest.digest);
    const sizes = [image.manifest, image.config, ...image.layers].map(({ bytes }) => bytes.byteLength);
    expect(jsonOf(reply)).toEqual({
      name,
      tag: '1.0',
      kind: 'image',
      mediaType: OCI_IMAGE,
      digest: image.manifest.digest,
      size: image.manifest.bytes.byteLength,
      contentSize: sizes.reduce((sum, each) => sum + each),
    });
    await expectImage(name, '1.0', image);
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('an archive may be compressed with %s', async (_name, compress) => {
    const name = api.repository();
    const image = layoutImage(['compressed']);
    const stray = { name: 'blobs/sha256/stray', bytes: randomBytes(1_000_000) };
    for (const items of [layoutItems(image), [stray, ...layoutItems(image)]]) {
      const reply = await uploadTar(api, `${name}:1`, compress(tarOf(items)));
      expect(jsonOf(reply)).toMatchObject({ kind: 'image' });
    }
    await expectImage(name, '1', image);
  });

  test('entries may come in any order, with folders, as tar writes them of a folder', async () => {
    const name = api.repository();
    const image = layoutImage(['any', 'order']);
    const items = layoutItems(image)
      .toReversed()
      .map((item) => ({ ...item, name: `./${item.name}` }));
    const folders = ['./', './blobs/', './blobs/sha256/'].map((each) => ({ name: each, type: '5' }));
    expect((await uploadTar(api, `${name}:1`, tarOf([...folders, ...items]))).status).toBe(201);
    await expectImage(name, '1', image);
  });

  test('a plain body is taken as well, as curl -T sends it', async () => {
    const name = api.repository();
    const image = layoutImage(['put']);
    const reply = await api.send('PUT', `/upload/${name}:1`, { body: tarOf(layoutItems(image)) });
    expect(reply.status).toBe(201);
    await expectImage(name, '1', image);
  });

  test('an index comes with all its images', async () => {
    const name = api.repository();
    const images = {
      amd64: layoutImage(['for amd64']),
      arm64: layoutImage(['for arm64'], { architecture: 'arm64' }),
    };
    const index = indexOf(
      Object.entries(images).map(([architecture, { manifest }]) => ({
        ...descriptorOf(manifest, OCI_IMAGE),
        platform: { os: 'linux', architecture },
      })),
    );
    const blobs = [blobItem(index), ...Object.values(images).flatMap(itemsOf)];
    const reply = await uploadTar(api, `${name}:1`, tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], blobs)));
    expect(reply.status).toBe(201);
    expect(await pulled(name, '1')).toMatchObject({ digest: index.digest, type: OCI_INDEX });
    for (const image of Object.values(images)) await expectImage(name, image.manifest.digest, image);
  });

  test('a layout that is itself the index of its platforms becomes that index', async () => {
    const name = api.repository();
    const images = ['amd64', 'arm64'].map((architecture) => layoutImage([architecture], { architecture }));
    const entries = images.map(({ manifest }, at) => ({
      ...descriptorOf(manifest, OCI_IMAGE),
      platform: { os: 'linux', architecture: ['amd64', 'arm64'][at] },
    }));
    expect(
      (await uploadTar(api, `${name}:1`, tarOf(layoutOf(entries, images.flatMap(itemsOf))))).status,
    ).toBe(201);
    expect((await pulled(name, '1')).type).toBe(OCI_INDEX);
    for (const image of images) await expectImage(name, image.manifest.digest, image);
  });

  test('an index of which only one image was saved is that image, as in a push of it', async () => {
    const name = api.repository();
    const [saved, other] = [layoutImage(['saved']), layoutImage(['on another machine'])];
    const index = indexOf([saved, other].map(({ manifest }) => descriptorOf(manifest, OCI_IMAGE)));
    const items = layoutOf([descriptorOf(index, OCI_INDEX)], [blobItem(index), ...itemsOf(saved)]);
    const reply = await uploadTar(api, `${name}:1`, tarOf(items));
    expect(reply.headers['docker-content-digest']).toBe(saved.manifest.digest);
    await expectImage(name, '1', saved);
  });

  test('an index of which several images were saved lists those', async () => {
    const name = api.repository();
    const [one, two, other] = [layoutImage(['1']), layoutImage(['2']), layoutImage(['3'])];
    const all = [one, two, other].map(({ manifest }) => descriptorOf(manifest, OCI_IMAGE));
    const index = indexOf(all, { annotations: { kept: 'yes' } });
    const blobs = [blobItem(index), ...itemsOf(one), ...itemsOf(two)];
    expect(
      (await uploadTar(api, `${name}:1`, tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], blobs)))).status,
    ).toBe(201);
    const { bytes } = await pulled(name, '1');
    expect(JSON.parse(bytes.toString())).toMatchObject({
      manifests: all.slice(0, 2),
      annotations: { kept: 'yes' },
    });
  });

  test('what is in the repository already need not be in the archive', async () => {
    const name = api.repository();
    const image = layoutImage(['base', 'top']);
    expect((await uploadTar(api, `${name}:1`, tarOf(layoutItems(image)))).status).toBe(201);
    const items = layoutItems(image).filter((item) => item.name !== blobItem(image.config).name);
    expect((await uploadTar(api, `${name}:2`, tarOf(items))).status).toBe(201);
    await expectImage(name, '2', image);
  });

  test('of several images the one is taken that has the tag', async () => {
    const name = api.repository();
    const [one, two] = [layoutImage(['first']), layoutImage(['second'])];
    const entries = [one, two].map(({ manifest }, at) => ({
      ...descriptorOf(manifest, OCI_IMAGE),
      annotations: { 'io.containerd.image.name': `docker.io/library/app:${at + 1}` },
    }));
    const tar = tarOf(layoutOf(entries, [one, two].flatMap(itemsOf)));
    expect((await uploadTar(api, `${name}:2`, tar)).headers['docker-content-digest']).toBe(
      two.manifest.digest,
    );
    const error = expectError(await uploadTar(api, `${name}:3`, tar), 400, 'BLOB_UPLOAD_INVALID');
    expect(error.message).toContain('docker.io/library/app:1, docker.io/library/app:2');
  });

  test('what the image does not refer to is thrown away', async () => {
    const name = api.repository();
    const image = layoutImage(['wanted']);
    const stray = blobOf('nobody asked for this');
    expect((await uploadTar(api, `${name}:1`, tarOf([blobItem(stray), ...layoutItems(image)]))).status).toBe(
      201,
    );
    expect((await api.send('HEAD', `/v2/${name}/blobs/${stray.digest}`)).status).toBe(404);
    expect((await api.files())?.filter((file) => file.includes(hexOf(stray.bytes))) ?? []).toEqual([]);
  });

  test("an archive in Docker's own form gets the manifest that a push would have had", async () => {
    const name = api.repository();
    const layers = [layerOf('base'), layerOf('top'), layerOf('base')];
    const reply = await uploadTar(api, `${name}:1`, tarOf(dockerItems(layers)));
    expect(reply.status).toBe(201);
    const manifest = await pulled(name, '1');
    expect(manifest.type).toBe(DOCKER_IMAGE);
    const config = configOf(layers);
    expect(JSON.parse(manifest.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: DOCKER_IMAGE,
      config: descriptorOf(config, 'application/vnd.docker.container.image.v1+json'),
      layers: layers.map((layer) => descriptorOf(layer, 'application/vnd.docker.image.rootfs.diff.tar')),
    });
    await expectBlobs(name, [config, ...layers]);
  });

  test("layers in Docker's form may be compressed: their config still fits them", async () => {
    const name = api.repository();
    const layer = layerOf('compressed layer');
    const config = configOf([layer]);
    const packed = blobOf(gzipSync(layer.bytes));
    const items = (content: Content) => [
      { name: `sha256:${hexOf(config.bytes)}`, bytes: config.bytes },
      { name: `${hexOf(content.bytes)}.tar.gz`, bytes: content.bytes },
      {
        name: 'manifest.json',
        bytes: JSON.stringify([
          {
            Config: `sha256:${hexOf(config.bytes)}`,
            RepoTags: null,
            Layers: [`${hexOf(content.bytes)}.tar.gz`],
          },
        ]),
      },
    ];
    expect((await uploadTar(api, `${name}:1`, tarOf(items(packed)))).status).toBe(201);
    const { layers } = JSON.parse((await pulled(name, '1')).bytes.toString());
    expect(layers).toEqual([descriptorOf(packed, 'application/vnd.docker.image.rootfs.diff.tar.gzip')]);
    const wrong = await uploadTar(api, `${name}:2`, tarOf(items(blobOf(gzipSync(layerOf('another').bytes)))));
    expectError(wrong, 400, 'DIGEST_INVALID');
  });

  test('of several in one docker save the one with the tag is taken', async () => {
    const name = api.repository();
    const [one, two] = [dockerItems([layerOf('x')], ['x:1']), dockerItems([layerOf('y')], ['y:2'])];
    const manifests = [one, two].flatMap((items) =>
      JSON.parse(String(items.find((item) => item.name === 'manifest.json')?.bytes)),
    );
    const others = [...one, ...two].filter((item) => !/^(manifest\.json|repositories)$/.test(item.name));
    const unique = [...new Map(others.map((item) => [item.name, item])).values()];
    const tar = tarOf([...unique, { name: 'manifest.json', bytes: JSON.stringify(manifests) }]);
    expect((await uploadTar(api, `${name}:2`, tar)).status).toBe(201);
    await expectBlobs(name, [configOf([layerOf('y')]), layerOf('y')]);
    expect((await api.send('HEAD', `/v2/${name}/blobs/${layerOf('x').digest}`)).status).toBe(404);
    const error = expectError(await uploadTar(api, `${name}:3`, tar), 400, 'BLOB_UPLOAD_INVALID');
    expect(error.message).toContain('x:1, y:2');
  });

  test('the newer archives of Docker, which have both forms, are taken as layouts', async () => {
    const name = api.repository();
    const image = layoutImage(['both']);
    const manifest = [
      {
        Config: blobItem(image.config).name,
        RepoTags: ['app:1'],
        Layers: image.layers.map((layer) => blobItem(layer).name),
      },
    ];
    const items = [...layoutItems(image), { name: 'manifest.json', bytes: JSON.stringify(manifest) }];
    expect((await uploadTar(api, `${name}:1`, tarOf(items))).status).toBe(201);
    await expectImage(name, '1', image);
  });

  test('an archive is tagged only: the same again moves nothing but the tag', async () => {
    const name = api.repository();
    const [old, fresh] = [layoutImage(['old']), layoutImage(['new'])];
    expect((await uploadTar(api, `${name}:latest`, tarOf(layoutItems(old)))).status).toBe(201);
    expect((await uploadTar(api, `${name}:latest`, tarOf(layoutItems(fresh)))).status).toBe(201);
    await expectImage(name, 'latest', fresh);
    await expectImage(name, old.manifest.digest, old);
  });

  test('with ?as=file an image archive is a file like any other', async () => {
    const name = api.repository();
    const tar = tarOf(layoutItems(layoutImage(['kept as it is'])));
    const reply = await uploadForm(api, `${name}:1?as=file`, [{ fileName: 'image.tar', bytes: tar }]);
    expect(jsonOf(reply)).toMatchObject({ kind: 'artifact' });
    await expectBlobs(name, [blobOf(tar)]);
  });

  test('a long name comes in a header of its own, in either way', async () => {
    const name = api.repository();
    const image = layoutImage(['long']);
    const item = blobItem(image.config);
    const record = `path=${item.name}\n`;
    const length = record.length + 1 + String(record.length + 3).length;
    const others = layoutItems(image).filter((each) => each.name !== item.name);
    for (const long of [
      { name: 'x', type: 'x', bytes: `${length} ${record}` },
      { name: '././@LongLink', type: 'L', bytes: `${item.name}\0` },
    ]) {
      const tar = tarOf([...others, long, { name: 'short', bytes: image.config.bytes }]);
      expect((await uploadTar(api, `${name}:1`, tar)).status).toBe(201);
    }
    await expectImage(name, '1', image);
  });
});
