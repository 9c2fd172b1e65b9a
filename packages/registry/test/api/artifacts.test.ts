/** Files that are uploaded and are no image archive: an artifact whose layers have their names. */

import { gzipSync } from 'node:zlib';
import { describeApi } from './api.ts';
import { blobOf, descriptorOf, jsonOf, OCI_IMAGE } from './content.ts';
import { FORM_TYPE, tarOf, uploadForm } from './tars.ts';

const EMPTY = blobOf('{}');

describeApi('artifacts', (api) => {
  const manifestOf = async (name: string, tag = '1') => {
    const reply = await api.send('GET', `/v2/${name}/manifests/${tag}`);
    expect([reply.status, reply.headers['content-type']]).toEqual([200, OCI_IMAGE]);
    return JSON.parse(reply.body.toString());
  };
  const layer = (bytes: string | Uint8Array, mediaType: string, title: string) => ({
    ...descriptorOf(blobOf(bytes), mediaType),
    annotations: { 'org.opencontainers.image.title': title },
  });

  test('a file becomes an artifact of one layer, with its media type and name', async () => {
    const name = api.repository();
    const reply = await uploadForm(api, `${name}:1`, [{ fileName: 'sbom.json', bytes: '{"a":1}' }]);
    expect(reply.status).toBe(201);
    const manifest = await manifestOf(name);
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: OCI_IMAGE,
      artifactType: 'application/vnd.unknown.artifact.v1',
      config: descriptorOf(EMPTY, 'application/vnd.oci.empty.v1+json'),
      layers: [layer('{"a":1}', 'application/json', 'sbom.json')],
    });
    expect(jsonOf(reply)).toMatchObject({
      name,
      tag: '1',
      kind: 'artifact',
      contentSize: expect.any(Number),
    });
    for (const { digest, bytes } of [EMPTY, blobOf('{"a":1}')]) {
      expect((await api.send('GET', `/v2/${name}/blobs/${digest}`)).body).toEqual(bytes);
    }
  });

  test('several files are its layers, in their order; fields are its annotations', async () => {
    const name = api.repository();
    const files = [
      { fileName: 'notes.md', bytes: '# notes' },
      { fileName: 'data.bin', bytes: Buffer.alloc(100_000, 7) },
      { fileName: 'empty.txt', bytes: '' },
      { fileName: 'again.bin', bytes: Buffer.alloc(100_000, 7) },
    ];
    const fields = [
      ['org.opencontainers.image.version', '1.2.3'],
      ['com.example.größe', 'groß'],
    ] as const;
    expect((await uploadForm(api, `${name}:1`, files, fields)).status).toBe(201);
    const manifest = await manifestOf(name);
    expect(manifest.annotations).toEqual(Object.fromEntries(fields));
    expect(manifest.layers).toEqual([
      layer('# notes', 'text/markdown', 'notes.md'),
      layer(Buffer.alloc(100_000, 7), 'application/octet-stream', 'data.bin'),
      layer('', 'text/plain', 'empty.txt'),
      layer(Buffer.alloc(100_000, 7), 'application/octet-stream', 'again.bin'),
    ]);
  });

  test('a name says nothing: the type is what the client sent', async () => {
    const name = api.repository();
    const file = { fileName: 'no-extension', bytes: 'x', type: 'application/vnd.example+json' };
    expect((await uploadForm(api, `${name}:1`, [file])).status).toBe(201);
    expect((await manifestOf(name)).layers[0].mediaType).toBe('application/vnd.example+json');
  });

  test('a file keeps the letters of its name, and none of its folders', async () => {
    const name = api.repository();
    const files = [
      { fileName: 'übersicht %22größe%22.txt', bytes: '1' },
      { fileName: '../../etc/passwd', bytes: '2' },
    ];
    expect((await uploadForm(api, `${name}:1`, files)).status).toBe(201);
    const titles = (await manifestOf(name)).layers.map(
      (each: { annotations: Record<string, string> }) => each.annotations['org.opencontainers.image.title'],
    );
    expect(titles).toEqual(['übersicht "größe".txt', 'passwd']);
  });

  test('a tar that is no image archive is a file as it came', async () => {
    const name = api.repository();
    const tar = tarOf([{ name: 'site/index.json', bytes: '{}' }]);
    const files = [
      { fileName: 'site.tar', bytes: tar },
      { fileName: 'site.tar.gz', bytes: gzipSync(tar) },
      { fileName: 'broken.gz', bytes: gzipSync(tar).subarray(0, 20) },
    ];
    expect((await uploadForm(api, `${name}:1`, files)).status).toBe(201);
    const types = (await manifestOf(name)).layers.map((each: { mediaType: string }) => each.mediaType);
    expect(types).toEqual(['application/x-tar', 'application/gzip', 'application/gzip']);
  });

  test('the same files make the same artifact', async () => {
    const name = api.repository();
    const upload = (tag: string) => uploadForm(api, `${name}:${tag}`, [{ fileName: 'a.txt', bytes: 'same' }]);
    const [first, second] = [await upload('1'), await upload('2')];
    expect(first.headers['docker-content-digest']).toBe(second.headers['docker-content-digest']);
  });

  test('a form may come with PUT, too', async () => {
    const name = api.repository();
    const boundary = /boundary=(.*)$/.exec(FORM_TYPE)?.[1];
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nx\r\n--${boundary}--\r\n`;
    const reply = await api.send('PUT', `/upload/${name}:1`, {
      headers: { 'Content-Type': FORM_TYPE },
      body,
    });
    expect(reply.status).toBe(201);
  });
});
