/** What nobody should send: each gets the spec's code and status, and leaves nothing behind. */

import { gateWith } from '../access-gates.ts';
import { type Api, describeApi, describeEmbedded } from './api.ts';
import {
  blobOf,
  DOCKER_IMAGE,
  expectError,
  freshBlob,
  imageOf,
  OCI_IMAGE,
  putManifest,
  startUpload,
} from './content.ts';
import { connect, head, type Wire } from './wire.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;
const ID = '01234567-89ab-cdef-0123-456789abcdef';
const MIB = 1024 * 1024;

/** Runs `act` and checks that every file of the volume is one that was there before. */
async function leavesNothing(api: Api, act: () => Promise<unknown>): Promise<void> {
  const before = new Set(await api.files());
  const left = async () => (await api.files())?.filter((path) => !before.has(path)) ?? [];
  await act();
  // Where the client went away, the server tidies up after it a moment later.
  for (let asked = 0; asked < 200 && (await left()).length > 0; asked += 1) await api.send('GET', '/v2/');
  expect(await left()).toEqual([]);
}

/** Sends a request as it is. */
async function rawReply(api: Api, ...parts: readonly (string | Uint8Array)[]) {
  const wire = await connect(api.address());
  for (const part of parts) await wire.write(part);
  const reply = await wire.reply();
  wire.socket.destroy();
  return reply;
}

describeApi('bad input', (api) => {
  const names = [
    'Upper',
    'a/Upper',
    '..',
    'a/../b',
    '../../etc',
    '.',
    'a/./b',
    'a%2Fb',
    'a%2fb',
    '%2e%2e',
    'a/%2e%2e/b',
    '..%2f..%2fetc',
    'a..b',
    'a/',
    '/a',
    'a//b',
    '_uploads',
    'a/_manifests',
    'a%00',
    'a%20b',
    'a+b',
    'x'.repeat(256),
    `${'a/'.repeat(127)}ab`,
  ];

  test.each(names)('the name %s is refused on every endpoint', async (name) => {
    const blob = freshBlob();
    await leavesNothing(api, async () => {
      for (const [method, path] of [
        ['GET', 'manifests/latest'],
        ['PUT', 'manifests/latest'],
        ['GET', `blobs/${blob.digest}`],
        ['DELETE', `blobs/${blob.digest}`],
        ['POST', 'blobs/uploads/'],
        ['POST', `blobs/uploads/?digest=${blob.digest}`],
        ['PATCH', `blobs/uploads/${ID}`],
        ['GET', 'tags/list'],
        ['GET', `referrers/${blob.digest}`],
      ] as const) {
        const hasBody = method !== 'GET' && method !== 'DELETE';
        const reply = await rawReply(
          api,
          head(method, `/v2/${name}/${path}`, ...(hasBody ? ['Content-Length: 64'] : [])),
          hasBody ? blob.bytes : '',
        );
        expect(reply).toMatchObject({ status: 400, body: expect.stringContaining('"NAME_INVALID"') });
      }
    });
  });

  test('a name of 255 characters is good', async () => {
    const reply = await api.send('POST', `/v2/${'a/'.repeat(127)}a/blobs/uploads/`);
    expect(reply.status).toBe(202);
    await api.send('DELETE', reply.headers['location'] ?? '');
  });

  test.each([
    'sha256:',
    `sha256:${'0'.repeat(63)}`,
    `sha256:${'0'.repeat(65)}`,
    `sha512:${'0'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'x'.repeat(64)}`,
    `sha1:${'0'.repeat(40)}`,
    `sha384:${'0'.repeat(96)}`,
    `md5:${'0'.repeat(32)}`,
    `SHA256:${'0'.repeat(64)}`,
    '0'.repeat(64),
    `sha256:${'..%2f'.repeat(12)}0000`,
    `sha256%253A${'0'.repeat(64)}`,
  ])('the digest %s is refused on every endpoint', async (digest) => {
    const name = api.repository();
    const location = await startUpload(api, name);
    await leavesNothing(api, async () => {
      for (const [method, path] of [
        ['GET', `blobs/${digest}`],
        ['DELETE', `blobs/${digest}`],
        ['GET', `referrers/${digest}`],
        ['POST', `blobs/uploads/?digest=${digest}`],
        ['POST', `blobs/uploads/?mount=${digest}&from=a`],
      ] as const) {
        expectError(await api.send(method, `/v2/${name}/${path}`), 400, 'DIGEST_INVALID');
      }
      expectError(await api.send('PUT', `${location}?digest=${digest}`), 400, 'DIGEST_INVALID');
      if (digest.includes(':')) {
        expectError(await putManifest(api, name, digest, '{}'), 400, 'DIGEST_INVALID');
      }
    });
    await api.send('DELETE', location);
  });

  test.each(['.', '..', '-a', '.a', 'a%2Fb', '%2e%2e', 'a%00', 'a b', 'é', 't'.repeat(129)])(
    'the tag %s is refused',
    async (tag) => {
      const name = api.repository();
      await leavesNothing(api, async () => {
        const path = `/v2/${name}/manifests/${tag.replace(' ', '%20').replace('é', '%C3%A9')}`;
        for (const method of ['GET', 'PUT', 'DELETE']) {
          const reply = await rawReply(api, head(method, path));
          expect(reply).toMatchObject({ status: 400, body: expect.stringContaining('"TAG_INVALID"') });
        }
      });
    },
  );

  test.each(['x', '..', '%2e%2e', '0', ID.toUpperCase(), `${ID}0`, `${ID}%00`, '..%2f..%2fblobs'])(
    'the upload id %s is none',
    async (id) => {
      const name = api.repository();
      await leavesNothing(api, async () => {
        for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
          const reply = await rawReply(
            api,
            head(method, `/v2/${name}/blobs/uploads/${id}?digest=${MISSING}`),
          );
          expect(reply).toMatchObject({
            status: 404,
            body: expect.stringContaining('"BLOB_UPLOAD_UNKNOWN"'),
          });
        }
      });
    },
  );

  test('content that does not match its digest leaves nothing, however it comes', async () => {
    const [name, blob] = [api.repository(), freshBlob(300_000)];
    await leavesNothing(api, async () => {
      const post = await api.send('POST', `/v2/${name}/blobs/uploads/?digest=${MISSING}`, {
        body: blob.bytes,
      });
      expectError(post, 400, 'DIGEST_INVALID');
      for (const isPatched of [true, false]) {
        const location = await startUpload(api, name);
        if (isPatched) await api.send('PATCH', location, { body: blob.bytes.subarray(0, 100_000) });
        const put = await api.send('PUT', `${location}?digest=${MISSING}`, { body: blob.bytes });
        expectError(put, 400, 'DIGEST_INVALID');
      }
      expectError(await putManifest(api, name, MISSING, '{}'), 400, 'MANIFEST_INVALID');
    });
  });

  test('a manifest that refers to what is not there leaves nothing', async () => {
    const [name, image] = [api.repository(), imageOf(freshBlob(), [freshBlob()])];
    await leavesNothing(api, async () => {
      for (const reference of ['v1', image.digest, `${image.digest}?tag=v1`]) {
        expectError(await putManifest(api, name, reference, image), 400, 'MANIFEST_BLOB_UNKNOWN');
      }
    });
  });

  test.each([
    ['is not JSON', 'not JSON', 400],
    ['is 5 MiB', ' '.repeat(5 * MIB), 413],
    ['nests 10,000 deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 400],
    ['is cut off', JSON.stringify({ schemaVersion: 2, mediaType: OCI_IMAGE }).slice(0, -1), 400],
    ['is of another type', JSON.stringify({ schemaVersion: 2, mediaType: DOCKER_IMAGE }), 400],
  ])('a manifest that %s leaves nothing', async (_, body, status) => {
    const name = api.repository();
    await leavesNothing(api, async () => {
      expectError(await putManifest(api, name, 'v1', body), status, 'MANIFEST_INVALID');
    });
  });

  test('chunks out of order leave nothing but what came in order', async () => {
    const location = await startUpload(api, api.repository());
    await api.send('PATCH', location, { headers: { 'Content-Range': '0-2' }, body: 'abc' });
    await leavesNothing(api, async () => {
      for (const [method, range] of [
        ['PATCH', '0-2'],
        ['PATCH', '6-8'],
        ['PUT', '2-4'],
      ] as const) {
        const path = method === 'PUT' ? `${location}?digest=${MISSING}` : location;
        const reply = await api.send(method, path, { headers: { 'Content-Range': range }, body: 'abc' });
        expectError(reply, 416, 'BLOB_UPLOAD_INVALID');
      }
    });
    await api.send('DELETE', location);
  });

  test.each(['0-1', '0-63'])(
    'a body that is not as long as its Content-Range %s leaves nothing',
    async (range) => {
      const location = await startUpload(api, api.repository());
      const path = `${location}?digest=${blobOf('abc').digest}`;
      await leavesNothing(api, async () => {
        for (const lines of [['Content-Length: 3'], ['Transfer-Encoding: chunked']]) {
          const body = lines[0] === 'Content-Length: 3' ? 'abc' : '3\r\nabc\r\n0\r\n\r\n';
          for (const start of [
            head('PATCH', path, `Content-Range: ${range}`, ...lines),
            head('PUT', path, `Content-Range: ${range}`, ...lines),
          ]) {
            const reply = await rawReply(api, start, body);
            expect(reply).toMatchObject({ status: 400, body: expect.stringContaining('"SIZE_INVALID"') });
          }
        }
      });
      await api.send('DELETE', location);
    },
  );

  test('a body that goes on after its Content-Range is refused before it ends', async () => {
    const location = await startUpload(api, api.repository());
    await leavesNothing(api, async () => {
      const lines = ['Content-Range: 0-2', 'Transfer-Encoding: chunked'];
      const reply = await rawReply(api, head('PATCH', location, ...lines), '4\r\nabcd\r\n');
      expect(reply).toMatchObject({ status: 400, body: expect.stringContaining('"SIZE_INVALID"') });
    });
    await api.send('DELETE', location);
  });

  test('a body that is shorter than its Content-Length leaves nothing', async () => {
    const [name, blob] = [api.repository(), freshBlob(1000)];
    await leavesNothing(api, async () => {
      for (const [method, path] of [
        ['POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`],
        ['PUT', `/v2/${name}/manifests/v1`],
      ] as const) {
        const wire = await connect(api.address());
        await wire.write(head(method, path, 'Content-Length: 2000'));
        await wire.write(blob.bytes);
        wire.socket.end();
        await wire.closed;
      }
    });
  });

  test('what comes after the Content-Length is the next request', async () => {
    const [name, blob] = [api.repository(), freshBlob(1000)];
    const wire = await connect(api.address());
    const post = head('POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`, 'Content-Length: 1000');
    await wire.write(Buffer.concat([Buffer.from(post), blob.bytes, Buffer.from(head('GET', '/v2/'))]));
    expect((await wire.reply()).status).toBe(201);
    expect((await wire.reply()).status).toBe(200);
    wire.socket.destroy();
  });

  test('more bytes than the Content-Length declares are not of the body, and end the connection', async () => {
    const [name, blob] = [api.repository(), freshBlob(1000)];
    const longer = Buffer.concat([blob.bytes, Buffer.from('more')]);
    const wire = await connect(api.address());
    const path = `/v2/${name}/blobs/uploads/?digest=${blobOf(longer).digest}`;
    await leavesNothing(api, async () => {
      await wire.write(Buffer.concat([Buffer.from(head('POST', path, 'Content-Length: 1000')), longer]));
      expect((await wire.reply()).status).toBe(400);
      wire.socket.end();
      await wire.closed;
    });
    expect((await api.send('HEAD', `/v2/${name}/blobs/${blobOf(longer).digest}`)).status).toBe(404);
  });

  test.each([
    ['Content-Length: 3', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 3'],
    ['Content-Length: 3', 'Content-Length: 4'],
    ['Content-Length: -1'],
    ['Content-Length: 3x'],
    ['Transfer-Encoding: gzip'],
  ])('a body with %s %s is refused, the connection ended, and nothing left', async (...lines) => {
    const name = api.repository();
    await leavesNothing(api, async () => {
      const wire = await connect(api.address());
      await wire.write(head('POST', `/v2/${name}/blobs/uploads/?digest=${MISSING}`, ...lines));
      await wire.write('3\r\nabc\r\n0\r\n\r\n');
      expect((await wire.reply()).status).toBe(400);
      wire.socket.end();
      await wire.closed;
    });
  });
});

describeEmbedded('a push that is refused', (api) => {
  const CHUNK = Buffer.alloc(64 * 1024);
  const GIB = 1024 * MIB;

  /** Sends as fast as it can until the connection ends; how much the kernel took. */
  async function sendOn(wire: Wire, isChunked: boolean): Promise<number> {
    const chunk = isChunked ? Buffer.concat([Buffer.from('10000\r\n'), CHUNK, Buffer.from('\r\n')]) : CHUNK;
    for (let sentBytes = 0; ; sentBytes += chunk.byteLength) {
      if (sentBytes >= GIB || !(await wire.write(chunk))) return sentBytes;
    }
  }

  test.each([
    ['declared', `Content-Length: ${GIB}`],
    ['not declared', 'Transfer-Encoding: chunked'],
  ])('tells so to a client that goes on sending 1 GiB (%s), and takes little of it', async (_, line) => {
    const service = await api.serve({ access: gateWith(), limits: { lingerMs: 200 } });
    const name = api.repository();
    for (const [method, path] of [
      ['PATCH', `/v2/${name}/blobs/uploads/${ID}`],
      ['PUT', `/v2/${name}/manifests/v1`],
    ] as const) {
      const before = service.receivedBytes();
      const wire = await connect(service.address());
      await wire.write(head(method, path, line));
      const sending = sendOn(wire, line.startsWith('Transfer'));
      const reply = await wire.reply();
      expect(reply).toMatchObject({
        status: 401,
        headers: { connection: 'close', 'www-authenticate': expect.stringContaining(`repository:${name}:`) },
        body: expect.stringContaining('"UNAUTHORIZED"'),
      });
      expect(await sending).toBeLessThan(100 * MIB);
      await wire.closed;
      expect(service.receivedBytes() - before).toBeLessThan(1.5 * MIB);
    }
    expect((await api.files())?.filter((path) => path.includes(name))).toEqual((await api.files()) && []);
  });

  test('tells so to a client that reads only after it has sent a good part', async () => {
    const service = await api.serve({ access: gateWith(), limits: { lingerMs: 5000 } });
    const wire = await connect(service.address());
    wire.socket.pause();
    const path = `/v2/${api.repository()}/blobs/uploads/${ID}`;
    await wire.write(head('PATCH', path, `Content-Length: ${GIB}`));
    for (let sent = 0; sent < 14; sent += 1) {
      expect(await wire.write(CHUNK)).toBe(true);
      // Meanwhile the server has the time to do what it should not: close.
      await service.send('GET', '/v2/');
    }
    wire.socket.resume();
    expect((await wire.reply()).status).toBe(401);
    wire.socket.end();
    await wire.closed;
  });

  test('tells so before anything is sent to a client that asks first', async () => {
    const service = await api.serve({ access: gateWith(), limits: { lingerMs: 50 } });
    const path = `/v2/${api.repository()}/blobs/uploads/${ID}`;
    for (const line of [`Content-Length: ${GIB}`, 'Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const wire = await connect(service.address());
      await wire.write(head('PATCH', path, line, 'Expect: 100-continue'));
      expect(await wire.reply()).toMatchObject({
        status: 401,
        body: expect.stringContaining('"UNAUTHORIZED"'),
      });
      await wire.closed;
    }
    expect(service.receivedBytes()).toBeLessThan(10_000);
  });

  test('of a small body leaves the connection as it was', async () => {
    const service = await api.serve({ access: gateWith() });
    const path = `/v2/${api.repository()}/blobs/uploads/${ID}`;
    const wire = await connect(service.address());
    for (const sizeBytes of [10, MIB]) {
      await wire.write(head('PATCH', path, `Content-Length: ${sizeBytes}`));
      const [reply] = await Promise.all([wire.reply(), wire.write(Buffer.alloc(sizeBytes))]);
      expect(reply.status).toBe(401);
      expect(reply.headers['connection']).not.toBe('close');
    }
    await wire.write(head('GET', '/v2/'));
    expect((await wire.reply()).status).toBe(401);
    wire.socket.destroy();
  });

  test('for its grammar is told in the same way', async () => {
    const service = await api.serve({ limits: { lingerMs: 50 } });
    const wire = await connect(service.address());
    await wire.write(head('PUT', '/v2/Upper/manifests/v1', `Content-Length: ${GIB}`));
    const sending = sendOn(wire, false);
    expect(await wire.reply()).toMatchObject({
      status: 400,
      body: expect.stringContaining('"NAME_INVALID"'),
    });
    expect(await sending).toBeLessThan(100 * MIB);
    await wire.closed;
  });
});
