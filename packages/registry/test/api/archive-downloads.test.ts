/** Downloads: what was pushed, as an archive that other programs take, or as the files that it is. */

import { describeApi, type Reply } from './api.ts';
import {
  blobOf,
  descriptorOf,
  documentOf,
  expectError,
  freshBlob,
  indexOf,
  jsonOf,
  OCI_IMAGE,
  OCI_INDEX,
  pushBlob,
  putManifest,
} from './content.ts';
import {
  blobItem,
  dockerItems,
  itemsOf,
  type LayoutImage,
  layerOf,
  layoutImage,
  layoutItems,
  layoutOf,
  tarOf,
  untar,
  uploadForm,
  uploadTar,
} from './tars.ts';

const ARTIFACT_CONFIG = { mediaType: 'application/vnd.oci.empty.v1+json', ...sized(blobOf('{}')) };

function sized({ digest, bytes }: { digest: string; bytes: Buffer }) {
  return { digest, size: bytes.byteLength };
}

describeApi('downloads', (api) => {
  const download = async (target: string, headers: Record<string, string> = {}): Promise<Reply> => {
    const reply = await api.send('GET', `/download/${target}`, {
      headers: { Host: 'registry.example:5000', ...headers },
    });
    expect(reply.status).toBe(200);
    return reply;
  };
  const jsonIn = (files: ReadonlyMap<string, Buffer>, name: string) => JSON.parse(String(files.get(name)));
  const uploaded = async (image: LayoutImage): Promise<string> => {
    const name = api.repository();
    expect((await uploadTar(api, `${name}:1`, tarOf(layoutItems(image)))).status).toBe(201);
    return name;
  };
  /** An artifact of one file with this title, as `:1`. */
  const pushTitled = async (title: string): Promise<string> => {
    const [name, file] = [api.repository(), freshBlob()];
    await pushBlob(api, name, file);
    await pushBlob(api, name, blobOf('{}'));
    const layers = [
      { ...descriptorOf(file, 'a/b'), annotations: { 'org.opencontainers.image.title': title } },
    ];
    const manifest = documentOf({
      schemaVersion: 2,
      mediaType: OCI_IMAGE,
      artifactType: 'a/b',
      config: ARTIFACT_CONFIG,
      layers,
    });
    expect((await putManifest(api, name, '1', manifest)).status).toBe(201);
    return name;
  };

  test("an image comes as a layout that has Docker's manifest, too", async () => {
    const image = layoutImage(['one', 'two']);
    const name = await uploaded(image);
    const reply = await download(`${name}:1`);
    const repoTag = `registry.example:5000/${name}:1`;
    expect(reply.headers).toMatchObject({
      'content-type': 'application/x-tar',
      'content-length': String(reply.body.byteLength),
      'content-disposition': `attachment; filename="${name.replaceAll('/', '-')}-1.tar"`,
      'docker-content-digest': image.manifest.digest,
      'x-content-type-options': 'nosniff',
    });
    const files = untar(reply.body);
    const blobs = [image.manifest, image.config, ...image.layers];
    expect([...files.keys()]).toEqual([
      'oci-layout',
      'index.json',
      'manifest.json',
      ...blobs.map((each) => blobItem(each).name),
    ]);
    for (const blob of blobs) expect(files.get(blobItem(blob).name)).toEqual(blob.bytes);
    expect(jsonIn(files, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(jsonIn(files, 'index.json')).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          ...descriptorOf(image.manifest, OCI_IMAGE),
          annotations: { 'io.containerd.image.name': repoTag, 'org.opencontainers.image.ref.name': '1' },
        },
      ],
    });
    const layers = image.layers.map((layer) => blobItem(layer).name);
    expect(jsonIn(files, 'manifest.json')).toEqual([
      { Config: blobItem(image.config).name, RepoTags: [repoTag], Layers: layers },
    ]);
  });

  test('a download is the same each time, and can be uploaded again', async () => {
    const image = layoutImage(['round', 'trip']);
    const name = await uploaded(image);
    const [first, second] = [await download(`${name}:1`), await download(`${name}:1`)];
    expect(first.body.equals(second.body)).toBe(true);
    expect(first.headers['etag']).toBe(second.headers['etag']);
    const other = api.repository();
    expect(jsonOf(await uploadTar(api, `${other}:2`, first.body))).toMatchObject({
      digest: image.manifest.digest,
    });
  });

  test('it is told by HEAD, and goes on where it stopped', async () => {
    const name = await uploaded(layoutImage(['a part of it']));
    const { body, headers } = await download(`${name}:1`);
    const head = await api.send('HEAD', `/download/${name}:1`);
    expect([head.status, head.headers['content-length'], head.body.byteLength]).toEqual([
      200,
      String(body.byteLength),
      0,
    ]);
    for (const [start, end] of [
      [0, 1],
      [511, 513],
      [700, 5000],
      [body.byteLength - 600, body.byteLength],
    ] as const) {
      const range = { Range: `bytes=${start}-${end - 1}`, Host: 'registry.example:5000' };
      const part = await api.send('GET', `/download/${name}:1`, { headers: range });
      expect([part.status, part.body.equals(body.subarray(start, end))]).toEqual([206, true]);
    }
    const known = { 'If-None-Match': headers['etag'] ?? '', Host: 'registry.example:5000' };
    expect((await api.send('GET', `/download/${name}:1`, { headers: known })).status).toBe(304);
  });

  test('by digest it has no name', async () => {
    const image = layoutImage(['nameless']);
    const name = await uploaded(image);
    const files = untar((await download(`${name}@${image.manifest.digest}`)).body);
    expect(jsonIn(files, 'manifest.json')[0].RepoTags).toBe(null);
    expect(jsonIn(files, 'index.json').manifests).toEqual([descriptorOf(image.manifest, OCI_IMAGE)]);
  });

  test('a host that no reference may begin with is left out of the name', async () => {
    const name = await uploaded(layoutImage(['host']));
    for (const host of ['registry', '[::1]:5000', 'a_b.example']) {
      const files = untar((await download(`${name}:1`, { Host: host })).body);
      expect(jsonIn(files, 'manifest.json')[0].RepoTags).toEqual([`${name}:1`]);
    }
  });

  test('an index comes with all that it lists and is there, and with ?platform with one', async () => {
    const name = api.repository();
    const images = ['arm64', 'amd64'].map((architecture) => ({
      architecture,
      image: layoutImage(['shared', architecture], { architecture }),
    }));
    const index = indexOf(
      images.map(({ architecture, image }) => ({
        ...descriptorOf(image.manifest, OCI_IMAGE),
        platform: { os: 'linux', architecture },
      })),
    );
    const blobs = new Map(
      [blobItem(index), ...images.flatMap(({ image }) => itemsOf(image))].map((item) => [item.name, item]),
    );
    const tar = tarOf(layoutOf([descriptorOf(index, OCI_INDEX)], [...blobs.values()]));
    expect((await uploadTar(api, `${name}:1`, tar)).status).toBe(201);
    const files = untar((await download(`${name}:1`)).body);
    expect([...files.keys()].slice(3).sort()).toEqual([...blobs.keys()].sort());
    const amd64 = images[1]?.image ?? layoutImage([]);
    expect(jsonIn(files, 'manifest.json')).toMatchObject([{ Config: blobItem(amd64.config).name }]);
    const arm64 = images[0]?.image ?? layoutImage([]);
    const one = untar((await download(`${name}:1?platform=linux/arm64`)).body);
    expect(jsonIn(one, 'manifest.json')).toMatchObject([{ Config: blobItem(arm64.config).name }]);
    expect([...one.keys()].slice(3)).toEqual(itemsOf(arm64).map((item) => item.name));
    const error = expectError(
      await api.send('GET', `/download/${name}:1?platform=plan9/mips`),
      404,
      'MANIFEST_UNKNOWN',
    );
    expect(error.message).toContain('linux/arm64, linux/amd64');
  });

  test("an image in Docker's own form comes as a layout as well", async () => {
    const name = api.repository();
    const layers = [layerOf('first'), layerOf('second')];
    expect((await uploadTar(api, `${name}:1`, tarOf(dockerItems(layers)))).status).toBe(201);
    const files = untar((await download(`${name}:1`)).body);
    expect(jsonIn(files, 'manifest.json')[0].Layers).toEqual(layers.map((layer) => blobItem(layer).name));
  });

  test('the one file of an artifact comes as it is, with its name and type', async () => {
    const name = api.repository();
    const file = { fileName: 'größe.json', bytes: '{"file":true}' };
    expect((await uploadForm(api, `${name}:1`, [file])).status).toBe(201);
    const reply = await download(`${name}:1`);
    expect(reply.body.toString()).toBe('{"file":true}');
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="gr__e.json"; filename*=UTF-8''gr%C3%B6%C3%9Fe.json`,
    });
  });

  test('several files of an artifact come in a tar', async () => {
    const name = api.repository();
    const files = [
      { fileName: 'a.txt', bytes: 'first' },
      { fileName: 'b.bin', bytes: Buffer.alloc(3000, 1) },
    ];
    expect((await uploadForm(api, `${name}:1`, files)).status).toBe(201);
    const reply = await download(`${name}:1`);
    expect(reply.headers['content-type']).toBe('application/x-tar');
    expect([...untar(reply.body)].map(([title, bytes]) => [title, bytes.byteLength])).toEqual([
      ['a.txt', 5],
      ['b.bin', 3000],
    ]);
  });

  test('a title that would lead out of the folder where it is saved is no name for a file', async () => {
    for (const title of ['../evil', '/etc/passwd', 'a/../../b', 'a\\b', 'a\nb', '..', 'dir/']) {
      const name = await pushTitled(title);
      const reply = await download(`${name}:1`);
      expect(reply.headers['content-disposition']).toBe(
        `attachment; filename="${name.replaceAll('/', '-')}-1.tar"`,
      );
      expect([...untar(reply.body).keys()]).toContain('oci-layout');
    }
  });

  test('a file in a folder is saved by its own name', async () => {
    const name = await pushTitled('dir/file.txt');
    expect((await download(`${name}:1`)).headers['content-disposition']).toBe(
      'attachment; filename="file.txt"',
    );
  });

  test('what is not there is told as it is elsewhere', async () => {
    const name = await uploaded(layoutImage(['there']));
    expectError(await api.send('GET', `/download/${name}:2`), 404, 'MANIFEST_UNKNOWN');
    expectError(await api.send('GET', '/download/Upper:2'), 400, 'NAME_INVALID');
    expectError(await api.send('GET', `/download/${name}@sha256:123`), 400, 'DIGEST_INVALID');
    expectError(await api.send('POST', `/download/${name}:1`), 405, 'UNSUPPORTED');
  });
});
