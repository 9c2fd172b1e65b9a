/** end-3, end-7a, end-7b, end-9: manifests. What makes a document one is beside manifest-document.ts. */

import { type Api, describeApi, describeEmbedded, type Reply } from './api.ts';
import {
  blobOf,
  type Content,
  DOCKER_IMAGE,
  DOCKER_LIST,
  descriptorOf,
  digestOf,
  documentOf,
  expectError,
  freshBlob,
  imageOf,
  indexOf,
  jsonOf,
  locationOf,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_INDEX,
  OCI_LAYER,
  pushBlob,
  pushImage,
  putManifest,
} from './content.ts';
import { connect, head } from './wire.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;
const MIB = 1024 * 1024;

function get(api: Api, name: string, reference: string): Promise<Reply> {
  return api.send('GET', `/v2/${name}/manifests/${reference}`);
}

/** A config in the repository, and an image of it as long as is wanted. */
async function imageOfSize(api: Api, name: string, sizeBytes: number): Promise<Content> {
  const config = freshBlob();
  await pushBlob(api, name, config);
  const padded = (length: number): Content =>
    imageOf(config, [], { annotations: { pad: 'x'.repeat(length) } });
  return padded(sizeBytes - padded(0).bytes.byteLength);
}

describeApi('manifests', (api) => {
  describe('that were pushed', () => {
    test('by tag are found by tag and by digest, byte for byte', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const bytes = Buffer.from(` ${imageOf(config).bytes.toString().replaceAll(',', ' ,\n')}\n`);
      const image = { bytes, digest: digestOf(bytes) };
      const reply = await putManifest(api, name, 'v1', image);
      expect(reply.status).toBe(201);
      expect(locationOf(reply)).toBe(`/v2/${name}/manifests/${image.digest}`);
      expect(reply.headers['docker-content-digest']).toBe(image.digest);
      expect(reply.headers['oci-subject']).toBeUndefined();
      expect(reply.headers['oci-tag']).toBeUndefined();
      for (const reference of ['v1', image.digest, image.digest.replace(':', '%3A')]) {
        const got = await get(api, name, reference);
        expect(got.status).toBe(200);
        expect(got.body.equals(bytes)).toBe(true);
        expect(got.headers).toMatchObject({
          'content-type': OCI_IMAGE,
          'content-length': String(bytes.byteLength),
          'docker-content-digest': image.digest,
          etag: `"${image.digest}"`,
        });
      }
    });

    test('have the same headers in answer to HEAD, and no body', async () => {
      const name = api.repository();
      const image = await pushImage(api, name, 'v1');
      for (const reference of ['v1', image.digest]) {
        const [got, asked] = [
          await get(api, name, reference),
          await api.send('HEAD', `/v2/${name}/manifests/${reference}`),
        ];
        expect(asked.status).toBe(200);
        expect({ ...asked.headers, date: '' }).toEqual({ ...got.headers, date: '' });
        expect(asked.body).toHaveLength(0);
      }
    });

    test('by digest have no tag', async () => {
      const name = api.repository();
      const image = await pushImage(api, name);
      expect((await get(api, name, image.digest)).status).toBe(200);
      expect(jsonOf(await api.send('GET', `/v2/${name}/tags/list`))).toEqual({ name, tags: [] });
    });

    test('by sha512 digest are found by it, and not by sha256', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const { bytes, digest: other } = imageOf(config);
      const digest = digestOf(bytes, 'sha512');
      const reply = await putManifest(api, name, digest, bytes);
      expect(reply.status).toBe(201);
      expect(reply.headers['docker-content-digest']).toBe(digest);
      const got = await get(api, name, digest);
      expect(got.headers['docker-content-digest']).toBe(digest);
      expect(got.body.equals(bytes)).toBe(true);
      expectError(await get(api, name, other), 404, 'MANIFEST_UNKNOWN');
    });

    test('by sha512 digest with a tag are what the tag names', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const { bytes } = imageOf(config);
      const digest = digestOf(bytes, 'sha512');
      expect((await putManifest(api, name, `${digest}?tag=big`, bytes)).headers['oci-tag']).toBe('big');
      expect((await get(api, name, 'big')).headers['docker-content-digest']).toBe(digest);
    });

    test('a second time are what they were', async () => {
      const name = api.repository();
      const image = await pushImage(api, name, 'v1');
      expect((await putManifest(api, name, 'v1', image)).status).toBe(201);
      expect((await get(api, name, 'v1')).body.equals(image.bytes)).toBe(true);
    });

    test('under a tag that was there move it, and the old one stays by digest', async () => {
      const name = api.repository();
      const first = await pushImage(api, name, 'v1');
      const second = await pushImage(api, name, 'v1');
      for (let round = 0; round < 2; round += 1) {
        expect((await get(api, name, 'v1')).headers['docker-content-digest']).toBe(second.digest);
        expect((await get(api, name, first.digest)).status).toBe(200);
      }
    });

    test('belong to their repository', async () => {
      const image = await pushImage(api, api.repository(), 'v1');
      const other = api.repository();
      expectError(await get(api, other, image.digest), 404, 'MANIFEST_UNKNOWN');
      expectError(await get(api, other, 'v1'), 404, 'MANIFEST_UNKNOWN');
    });

    test('are 304 to whoever has them, and whole to whoever has another', async () => {
      const name = api.repository();
      const image = await pushImage(api, name, 'v1');
      for (const method of ['GET', 'HEAD']) {
        const ask = (etag: string) =>
          api.send(method, `/v2/${name}/manifests/v1`, { headers: { 'If-None-Match': etag } });
        const same = await ask(`W/"${image.digest}"`);
        expect(same.status).toBe(304);
        expect(same.headers).toMatchObject({
          etag: `"${image.digest}"`,
          'docker-content-digest': image.digest,
        });
        expect(same.body).toHaveLength(0);
        expect((await ask(`"${MISSING}"`)).status).toBe(200);
      }
    });

    test('are answered whatever the Accept header says, with their own type', async () => {
      const name = api.repository();
      await pushImage(api, name, 'v1');
      const headers = { Accept: DOCKER_IMAGE };
      const reply = await api.send('GET', `/v2/${name}/manifests/v1`, { headers });
      expect(reply).toMatchObject({ status: 200, headers: { 'content-type': OCI_IMAGE } });
    });

    test('at once under one tag leave it at one of them', async () => {
      const name = api.repository();
      const images = await Promise.all(Array.from({ length: 8 }, () => pushImage(api, name, 'race')));
      const named = (await get(api, name, 'race')).headers['docker-content-digest'];
      expect(images.map(({ digest }) => digest)).toContain(named);
    });
  });

  describe('of every type', () => {
    test('an index lists manifests that are there', async () => {
      const name = api.repository();
      const images = [await pushImage(api, name), await pushImage(api, name)];
      const index = indexOf(images.map((image) => descriptorOf(image, OCI_IMAGE)));
      expect((await putManifest(api, name, 'multi', index, OCI_INDEX)).status).toBe(201);
      const nested = indexOf([descriptorOf(index, OCI_INDEX)]);
      expect((await putManifest(api, name, 'nested', nested, OCI_INDEX)).status).toBe(201);
      expect((await get(api, name, 'multi')).headers['content-type']).toBe(OCI_INDEX);
    });

    test('an index of nothing is one', async () => {
      const name = api.repository();
      expect((await putManifest(api, name, 'none', indexOf([]), OCI_INDEX)).status).toBe(201);
      expect((await get(api, name, 'none')).headers['content-type']).toBe(OCI_INDEX);
    });

    test('an index may list blobs, as build caches do', async () => {
      const name = api.repository();
      const layer = freshBlob();
      await pushBlob(api, name, layer);
      const index = indexOf([descriptorOf(layer, OCI_LAYER)]);
      expect((await putManifest(api, name, 'cache', index, OCI_INDEX)).status).toBe(201);
    });

    test('Docker images and lists are taken and given back as theirs', async () => {
      const name = api.repository();
      const image = await pushDockerImage(name);
      const item = { ...descriptorOf(image, DOCKER_IMAGE), platform: { architecture: 'amd64', os: 'linux' } };
      const list = documentOf({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [item] });
      expect((await putManifest(api, name, 'list', list, DOCKER_LIST)).status).toBe(201);
      expect((await get(api, name, 'image')).headers['content-type']).toBe(DOCKER_IMAGE);
      expect((await get(api, name, 'list')).headers['content-type']).toBe(DOCKER_LIST);
    });

    async function pushDockerImage(name: string): Promise<Content> {
      const [config, layer] = [freshBlob(), freshBlob()];
      await pushBlob(api, name, config);
      await pushBlob(api, name, layer);
      const image = documentOf({
        schemaVersion: 2,
        mediaType: DOCKER_IMAGE,
        config: descriptorOf(config, 'application/vnd.docker.container.image.v1+json'),
        layers: [descriptorOf(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
      });
      expect((await putManifest(api, name, 'image', image, DOCKER_IMAGE)).status).toBe(201);
      return image;
    }

    test('an OCI document without mediaType is what its Content-Type or its shape says', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const image = documentOf({ schemaVersion: 2, config: descriptorOf(config, OCI_CONFIG), layers: [] });
      const index = documentOf({ schemaVersion: 2, manifests: [] });
      await putManifest(api, name, 'image', image);
      await putManifest(api, name, 'index', index, OCI_INDEX);
      expect((await get(api, name, 'image')).headers['content-type']).toBe(OCI_IMAGE);
      expect((await get(api, name, 'index')).headers['content-type']).toBe(OCI_INDEX);
    });

    test('parameters and case of the Content-Type mean nothing', async () => {
      const name = api.repository();
      const image = await pushImage(api, name);
      for (const type of [`${OCI_IMAGE}; charset=utf-8`, OCI_IMAGE.toUpperCase()]) {
        expect((await putManifest(api, name, 'v1', image, type)).status).toBe(201);
      }
      expect((await get(api, name, 'v1')).headers['content-type']).toBe(OCI_IMAGE);
    });
  });

  describe('that refer to what is not there', () => {
    test('are refused with everything that is missing at once', async () => {
      const name = api.repository();
      const [config, layers] = [freshBlob(), [freshBlob(), freshBlob(), freshBlob()]];
      const [, present] = layers;
      if (present !== undefined) await pushBlob(api, name, present);
      const image = imageOf(config, layers);
      const error = expectError(await putManifest(api, name, 'v1', image), 400, 'MANIFEST_BLOB_UNKNOWN');
      expect(error.detail).toEqual([
        { where: 'config', digest: config.digest, mediaType: OCI_CONFIG },
        { where: 'layers[0]', digest: layers[0]?.digest, mediaType: OCI_LAYER },
        { where: 'layers[2]', digest: layers[2]?.digest, mediaType: OCI_LAYER },
      ]);
      expectError(await get(api, name, 'v1'), 404, 'MANIFEST_UNKNOWN');
      expectError(await get(api, name, image.digest), 404, 'MANIFEST_UNKNOWN');
    });

    test('are refused also where another repository has it', async () => {
      const config = freshBlob();
      await pushBlob(api, api.repository(), config);
      const reply = await putManifest(api, api.repository(), 'v1', imageOf(config));
      expectError(reply, 400, 'MANIFEST_BLOB_UNKNOWN');
    });

    test('are refused when it was deleted', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      await api.send('DELETE', `/v2/${name}/blobs/${config.digest}`);
      expectError(await putManifest(api, name, 'v1', imageOf(config)), 400, 'MANIFEST_BLOB_UNKNOWN');
    });

    test('are refused if they are an index of a manifest that is not there', async () => {
      const name = api.repository();
      const there = await pushImage(api, name);
      const index = indexOf([
        descriptorOf(there, OCI_IMAGE),
        { mediaType: OCI_IMAGE, digest: MISSING, size: 1 },
      ]);
      const reply = await putManifest(api, name, 'v1', index, OCI_INDEX);
      expect(expectError(reply, 400, 'MANIFEST_BLOB_UNKNOWN').detail).toEqual([
        { where: 'manifests[1]', digest: MISSING, mediaType: OCI_IMAGE },
      ]);
    });

    test.each([
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ])('are taken if it is a layer of type %s', async (mediaType) => {
      const name = api.repository();
      const layer = { mediaType, digest: MISSING, size: 1, urls: ['https://example.com/layer'] };
      await pushImage(api, name, 'windows', { layers: [layer] });
      expect((await get(api, name, 'windows')).status).toBe(200);
    });
  });

  describe('that are not manifests', () => {
    test.each([
      ['no JSON', 'hello'],
      ['half of a document', '{"schemaVersion":2'],
      ['a list', '[]'],
      ['nothing', ''],
      ['an object of nothing', '{}'],
      ['another schemaVersion', '{"schemaVersion":3}'],
      ['a byte order mark', `\ufeff${JSON.stringify({ schemaVersion: 2, manifests: [] })}`],
      ['10,000 lists in each other', `{"schemaVersion":2,"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ])('%s is refused and not kept', async (_, text) => {
      const name = api.repository();
      expectError(await putManifest(api, name, 'v1', text), 400, 'MANIFEST_INVALID');
      expectError(await get(api, name, 'v1'), 404, 'MANIFEST_UNKNOWN');
    });

    test('bytes that are not UTF-8 are refused', async () => {
      const bytes = Buffer.from('{"schemaVersion":2,"manifests":[],"x":"\xe9"}', 'latin1');
      expectError(await putManifest(api, api.repository(), 'v1', bytes, OCI_INDEX), 400, 'MANIFEST_INVALID');
    });

    test('one whose mediaType is not its Content-Type is refused with both', async () => {
      const name = api.repository();
      const image = await pushImage(api, name);
      const error = expectError(
        await putManifest(api, name, 'v1', image, DOCKER_IMAGE),
        400,
        'MANIFEST_INVALID',
      );
      expect(error.message).toContain(OCI_IMAGE);
      expect(error.message).toContain(DOCKER_IMAGE);
    });

    test.each([
      [OCI_IMAGE, { manifests: [] }],
      [OCI_INDEX, { manifests: [], layers: [] }],
      [OCI_INDEX, { manifests: [], config: {} }],
    ])('one that is both an image and an index is refused as %s', async (mediaType, fields) => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const image = { schemaVersion: 2, config: descriptorOf(config, OCI_CONFIG), layers: [] };
      const document = documentOf({
        ...(mediaType === OCI_IMAGE && image),
        ...fields,
        mediaType,
        schemaVersion: 2,
      });
      expectError(await putManifest(api, name, 'v1', document, mediaType), 400, 'MANIFEST_INVALID');
    });

    test('schema 1 is refused and told to go', async () => {
      const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
      const document = documentOf({ schemaVersion: 1, name: 'a', tag: 'v1', fsLayers: [], signatures: [] });
      for (const contentType of [type, 'application/json']) {
        const reply = await putManifest(api, api.repository(), 'v1', document, contentType);
        expect(expectError(reply, 400, 'MANIFEST_INVALID').message).toContain('schema 1 is not supported');
      }
    });

    test('one with another digest than it was pushed by is refused with the digest that it has', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const image = imageOf(config);
      const error = expectError(await putManifest(api, name, MISSING, image), 400, 'DIGEST_INVALID');
      expect(error.detail).toEqual({ wanted: MISSING, received: image.digest });
      for (const digest of [MISSING, image.digest]) {
        expectError(await get(api, name, digest), 404, 'MANIFEST_UNKNOWN');
      }
    });
  });

  describe('by their size', () => {
    test('one of 4 MiB is taken and given back', async () => {
      const name = api.repository();
      const image = await imageOfSize(api, name, 4 * MIB);
      expect(image.bytes).toHaveLength(4 * MIB);
      expect((await putManifest(api, name, 'v1', image)).status).toBe(201);
      expect((await get(api, name, 'v1')).body.equals(image.bytes)).toBe(true);
    });

    test.each([4 * MIB + 1, 5 * MIB])('one of %d bytes is refused with 413', async (sizeBytes) => {
      const name = api.repository();
      const image = await imageOfSize(api, name, sizeBytes);
      const reply = await putManifest(api, name, 'v1', image);
      expect(expectError(reply, 413, 'MANIFEST_INVALID').detail).toEqual({ limitBytes: 4 * MIB });
      expectError(await get(api, name, 'v1'), 404, 'MANIFEST_UNKNOWN');
    });

    test('one whose length nobody declares is refused when it gets too long', async () => {
      const wire = await connect(api.address());
      const path = `/v2/${api.repository()}/manifests/v1`;
      await wire.write(head('PUT', path, `Content-Type: ${OCI_IMAGE}`, 'Transfer-Encoding: chunked'));
      const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
      for (let sent = 0; sent < 5; sent += 1) await wire.write(chunk);
      expect(await wire.reply()).toMatchObject({
        status: 413,
        body: expect.stringContaining('MANIFEST_INVALID'),
      });
      wire.socket.destroy();
    });
  });

  describe('with tags as parameters', () => {
    test('are named by all of them', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const image = imageOf(config);
      const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
      const query = tags.map((tag) => `tag=${tag}`).join('&');
      const reply = await putManifest(api, name, `${image.digest}?${query}&tag=t1`, image);
      expect(reply.status).toBe(201);
      expect(reply.headers['oci-tag']).toBe(tags.join(', '));
      for (const tag of tags) {
        expect((await get(api, name, tag)).headers['docker-content-digest']).toBe(image.digest);
      }
    });

    test('are refused with one that is no tag, and nothing is kept', async () => {
      const name = api.repository();
      const config = freshBlob();
      await pushBlob(api, name, config);
      const image = imageOf(config);
      for (const tag of ['-x', '', 'a%2Fb', 'x'.repeat(129)]) {
        const reply = await putManifest(api, name, `${image.digest}?tag=good&tag=${tag}`, image);
        expectError(reply, 400, 'TAG_INVALID');
      }
      expectError(await get(api, name, 'good'), 404, 'MANIFEST_UNKNOWN');
      expectError(await get(api, name, image.digest), 404, 'MANIFEST_UNKNOWN');
    });

    test('are refused with more than a hundred', async () => {
      const name = api.repository();
      const query = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join('&');
      const image = imageOf(freshBlob());
      const reply = await putManifest(api, name, `${image.digest}?${query}`, image);
      expectError(reply, 414, 'MANIFEST_INVALID');
    });

    test('are for a push by digest only', async () => {
      const name = api.repository();
      const image = await pushImage(api, name);
      expectError(await putManifest(api, name, 'v1?tag=v2', image), 400, 'MANIFEST_INVALID');
    });
  });

  describe('that are deleted', () => {
    test('by tag lose it and stay by digest, and other tags stay', async () => {
      const name = api.repository();
      const image = await pushImage(api, name, 'v1');
      await putManifest(api, name, 'v2', image);
      expect((await api.send('DELETE', `/v2/${name}/manifests/v1`)).status).toBe(202);
      expectError(await get(api, name, 'v1'), 404, 'MANIFEST_UNKNOWN');
      expect((await get(api, name, 'v2')).status).toBe(200);
      expect((await get(api, name, image.digest)).status).toBe(200);
      expect(jsonOf(await api.send('GET', `/v2/${name}/tags/list`))).toEqual({ name, tags: ['v2'] });
      expectError(await api.send('DELETE', `/v2/${name}/manifests/v1`), 404, 'MANIFEST_UNKNOWN');
    });

    test('by digest take their tags with them, and no others', async () => {
      const name = api.repository();
      const [image, other] = [await pushImage(api, name, 'v1'), await pushImage(api, name, 'other')];
      await putManifest(api, name, 'v2', image);
      const reply = await api.send('DELETE', `/v2/${name}/manifests/${image.digest}`);
      expect(reply.status).toBe(202);
      expect(reply.headers['docker-content-digest']).toBe(image.digest);
      for (const reference of ['v1', 'v2', image.digest]) {
        expectError(await get(api, name, reference), 404, 'MANIFEST_UNKNOWN');
      }
      expect((await get(api, name, other.digest)).status).toBe(200);
      expect(jsonOf(await api.send('GET', `/v2/${name}/tags/list`))).toEqual({ name, tags: ['other'] });
      expectError(await api.send('DELETE', `/v2/${name}/manifests/${image.digest}`), 404, 'MANIFEST_UNKNOWN');
    });

    test('come back when they are pushed again, without the tags that went', async () => {
      const name = api.repository();
      const image = await pushImage(api, name, 'v1');
      await api.send('DELETE', `/v2/${name}/manifests/${image.digest}`);
      expect((await putManifest(api, name, image.digest, image)).status).toBe(201);
      expect((await get(api, name, image.digest)).status).toBe(200);
      expectError(await get(api, name, 'v1'), 404, 'MANIFEST_UNKNOWN');
    });

    test('in one repository stay in another', async () => {
      const [here, there] = [api.repository(), api.repository()];
      const image = await pushImage(api, here, 'v1');
      const config: unknown = JSON.parse(image.bytes.toString()).config.digest;
      await api.send('POST', `/v2/${there}/blobs/uploads/?mount=${config}&from=${here}`);
      await pushBlob(api, there, blobOf((await api.send('GET', `/v2/${here}/blobs/${config}`)).body));
      expect((await putManifest(api, there, 'v1', image)).status).toBe(201);
      await api.send('DELETE', `/v2/${here}/manifests/${image.digest}`);
      expect((await get(api, there, 'v1')).status).toBe(200);
    });

    test.each(['v1', MISSING])('are 404 if there is no %s', async (reference) => {
      const path = `/v2/${api.repository()}/manifests/${reference}`;
      const error = expectError(await api.send('DELETE', path), 404, 'MANIFEST_UNKNOWN');
      expect(error.message).toContain(reference);
    });
  });

  test.each(['latest', MISSING])('%s of a repository that is not there is 404', async (reference) => {
    const name = api.repository();
    const error = expectError(await get(api, name, reference), 404, 'MANIFEST_UNKNOWN');
    expect(error.message).toContain(reference);
    expect((await api.send('HEAD', `/v2/${name}/manifests/${reference}`)).status).toBe(404);
  });
});

describeEmbedded('manifests of a registry with options', (api) => {
  test('that asks for nothing that an index lists takes one whose manifests are not there', async () => {
    const { send, ...client } = await api.serve({ validation: { listed: [] } });
    const name = api.repository();
    const index = indexOf([{ mediaType: OCI_IMAGE, digest: MISSING, size: 1 }]);
    expect((await putManifest({ send, ...client }, name, 'v1', index, OCI_INDEX)).status).toBe(201);
    expect((await send('GET', `/v2/${name}/manifests/v1`)).body.equals(index.bytes)).toBe(true);
    expectError(await send('GET', `/v2/${name}/manifests/${MISSING}`), 404, 'MANIFEST_UNKNOWN');
    expectError(await putManifest(api, name, 'v2', index, OCI_INDEX), 400, 'MANIFEST_BLOB_UNKNOWN');
  });

  test('that asks for some platforms takes an index without the others, and names what it lacks of those', async () => {
    const platforms = [{ os: 'linux', architecture: 'amd64' }];
    const { send, ...client } = await api.serve({ validation: { listed: platforms } });
    const name = api.repository();
    const item = (platform: object | undefined) => ({
      mediaType: OCI_IMAGE,
      digest: MISSING,
      size: 1,
      platform,
    });
    const others = [item({ os: 'linux', architecture: 'arm64' }), item({ os: 'linux' }), item(undefined)];
    expect((await putManifest({ send, ...client }, name, 'v1', indexOf(others), OCI_INDEX)).status).toBe(201);
    const index = indexOf([...others, item({ os: 'linux', architecture: 'amd64', variant: 'v1' })]);
    const reply = await putManifest({ send, ...client }, name, 'v2', index, OCI_INDEX);
    expect(expectError(reply, 400, 'MANIFEST_BLOB_UNKNOWN').message).toMatch(
      /manifests\[3\] is [^,]*; push it/,
    );
  });

  test('that asks for no blobs takes an image without them', async () => {
    const service = await api.serve({ validation: { blobs: false } });
    const image = imageOf(freshBlob(), [freshBlob()]);
    const name = api.repository();
    expect((await putManifest(service, name, 'v1', image)).status).toBe(201);
    expectError(await putManifest(api, name, 'v2', image), 400, 'MANIFEST_BLOB_UNKNOWN');
  });

  test('that says where layers may be besides refuses one that is elsewhere, and keeps nothing of it', async () => {
    const mayLinkTo = (url: string) => url.startsWith('https://good.example/');
    const service = await api.serve({ validation: { mayLinkTo } });
    const name = api.repository();
    const [config, layer] = [freshBlob(), freshBlob()];
    for (const blob of [config, layer]) await pushBlob(api, name, blob);
    const imageAt = (mediaType: string, ...urls: string[]) =>
      imageOf(config, [], { layers: [{ ...descriptorOf(layer, mediaType), urls }] });
    for (const mediaType of [OCI_LAYER, 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip']) {
      const good = imageAt(mediaType, 'https://good.example/a', 'https://good.example/b');
      expect((await putManifest(service, name, 'good', good)).status).toBe(201);
      const bad = imageAt(mediaType, 'https://good.example/a', 'https://bad.example/b');
      const error = expectError(await putManifest(service, name, 'bad', bad), 400, 'MANIFEST_INVALID');
      expect(error.message).toContain('layers[0].urls[1] is "https://bad.example/b"');
      expect(error.message).toContain('validation.manifests.urls');
      for (const reference of ['bad', bad.digest])
        expectError(await get(api, name, reference), 404, 'MANIFEST_UNKNOWN');
    }
    const artifact = imageAt('application/spdx+json', 'https://bad.example/b');
    expect((await putManifest(service, name, 'artifact', artifact)).status).toBe(201);
  });

  test('that has deletes switched off stay, by tag and by digest, and the answer names the key', async () => {
    const name = api.repository();
    const image = await pushImage(api, name, 'v1');
    const { send } = await api.serve({ deleteEnabled: false });
    for (const reference of ['v1', image.digest]) {
      const reply = await send('DELETE', `/v2/${name}/manifests/${reference}`);
      expect(expectError(reply, 405, 'UNSUPPORTED').message).toContain('storage.delete.enabled');
      expect((await send('GET', `/v2/${name}/manifests/${reference}`)).status).toBe(200);
    }
  });

  test('that only reads are given, and every write is refused with the key', async () => {
    const name = api.repository();
    const image = await pushImage(api, name, 'v1');
    const { send } = await api.serve({ readOnly: true });
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    for (const [method, path] of [
      ['PUT', 'manifests/v1'],
      ['DELETE', 'manifests/v1'],
      ['DELETE', `blobs/${MISSING}`],
      ['POST', 'blobs/uploads/'],
      ['POST', `blobs/uploads/?mount=${MISSING}&from=a`],
      ['PATCH', `blobs/uploads/${id}`],
      ['PUT', `blobs/uploads/${id}?digest=${MISSING}`],
      ['DELETE', `blobs/uploads/${id}`],
    ] as const) {
      const reply = await send(method, `/v2/${name}/${path}`, { body: 'x' });
      expect(expectError(reply, 405, 'UNSUPPORTED').message).toContain('storage.maintenance.readonly');
      expect(reply.headers['allow']).toBe('GET, HEAD');
    }
    for (const path of ['manifests/v1', 'tags/list', `referrers/${image.digest}`]) {
      expect((await send('GET', `/v2/${name}/${path}`)).status).toBe(200);
    }
    expect((await send('GET', '/v2/_catalog')).status).toBe(200);
  });
});
