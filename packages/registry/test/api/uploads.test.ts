/** end-4a, 4b, 4c, 5, 6, 13, 14: uploads. Mounts are in mounts.test.ts. */

import { describeApi, describeEmbedded, type Reply } from './api.ts';
import {
  blobOf,
  type Content,
  digestOf,
  expectError,
  freshBlob,
  locationOf,
  startUpload,
  withQuery,
} from './content.ts';
import { connect, head } from './wire.ts';

const OCTETS = { 'Content-Type': 'application/octet-stream' };

describeApi('uploads', (api) => {
  const patch = (location: string, body: Uint8Array, range?: string): Promise<Reply> =>
    api.send('PATCH', location, {
      headers: { ...OCTETS, ...(range !== undefined && { 'Content-Range': range }) },
      body,
    });

  const put = (location: string, digest: string, body?: Uint8Array, range?: string): Promise<Reply> =>
    api.send('PUT', withQuery(location, 'digest', digest), {
      headers: { ...OCTETS, ...(range !== undefined && { 'Content-Range': range }) },
      ...(body !== undefined && { body }),
    });

  async function expectBlob(name: string, reply: Reply, blob: Content): Promise<void> {
    expect(reply.status).toBe(201);
    expect(reply.headers['docker-content-digest']).toBe(blob.digest);
    expect(locationOf(reply)).toBe(`/v2/${name}/blobs/${blob.digest}`);
    const got = await api.send('GET', locationOf(reply));
    expect(got.body.equals(blob.bytes)).toBe(true);
  }

  async function expectUploadGone(location: string): Promise<void> {
    expectError(await api.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
    expectError(await patch(location, Buffer.from('x')), 404, 'BLOB_UPLOAD_UNKNOWN');
    expectError(await put(location, blobOf('').digest), 404, 'BLOB_UPLOAD_UNKNOWN');
    expectError(await api.send('DELETE', location), 404, 'BLOB_UPLOAD_UNKNOWN');
  }

  describe('in one request', () => {
    test('a POST with the digest makes a blob', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const reply = await api.send('POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`, {
        headers: OCTETS,
        body: blob.bytes,
      });
      await expectBlob(name, reply, blob);
    });

    test('a POST without the slash at its end is the same', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const path = `/v2/${name}/blobs/uploads?digest=${encodeURIComponent(blob.digest)}`;
      await expectBlob(name, await api.send('POST', path, { body: blob.bytes }), blob);
    });

    test('a POST with a sha512 digest makes a blob of it', async () => {
      const name = api.repository();
      const { bytes } = freshBlob();
      const blob = { bytes, digest: digestOf(bytes, 'sha512') };
      const path = `/v2/${name}/blobs/uploads/?digest=${blob.digest}`;
      await expectBlob(name, await api.send('POST', path, { body: bytes }), blob);
    });

    test('the same blob twice is a blob once more', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const path = `/v2/${name}/blobs/uploads/?digest=${blob.digest}`;
      for (let round = 0; round < 2; round += 1) {
        await expectBlob(name, await api.send('POST', path, { body: blob.bytes }), blob);
      }
    });

    test('a body of another digest is refused, with the digest that it has', async () => {
      const [name, blob, other] = [api.repository(), freshBlob(), freshBlob()];
      const path = `/v2/${name}/blobs/uploads/?digest=${blob.digest}`;
      const error = expectError(await api.send('POST', path, { body: other.bytes }), 400, 'DIGEST_INVALID');
      expect(error.detail).toMatchObject({ wanted: blob.digest, received: other.digest });
      for (const { digest } of [blob, other]) {
        expect((await api.send('HEAD', `/v2/${name}/blobs/${digest}`)).status).toBe(404);
      }
    });
  });

  describe('by POST and PUT', () => {
    test('a POST answers with where to go on', async () => {
      const name = api.repository();
      const reply = await api.send('POST', `/v2/${name}/blobs/uploads/`);
      expect(reply.status).toBe(202);
      const id = reply.headers['docker-upload-uuid'];
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(locationOf(reply)).toBe(`/v2/${name}/blobs/uploads/${id}`);
      expect(reply.headers['range']).toBe('0-0');
      expect(reply.headers['content-length']).toBe('0');
    });

    test('a PUT with the bytes makes a blob and ends the upload', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const location = await startUpload(api, name);
      await expectBlob(name, await put(location, blob.digest, blob.bytes), blob);
      await expectUploadGone(location);
    });

    test('a PUT of no bytes at all makes the empty blob', async () => {
      const [name, blob] = [api.repository(), blobOf('')];
      await expectBlob(name, await put(await startUpload(api, name), blob.digest), blob);
    });

    test('a PUT with another digest than its bytes have is refused and ends the upload', async () => {
      const [name, blob, other] = [api.repository(), freshBlob(), freshBlob()];
      const location = await startUpload(api, name);
      expectError(await put(location, blob.digest, other.bytes), 400, 'DIGEST_INVALID');
      await expectUploadGone(location);
      expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(404);
    });

    test('a PUT without a digest, or with none that is one, is refused and may be sent again', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const location = await startUpload(api, name);
      expectError(await api.send('PUT', location, { body: blob.bytes }), 400, 'DIGEST_INVALID');
      for (const digest of ['', 'x', 'sha256:1', `md5:${'0'.repeat(32)}`, blob.digest.toUpperCase()]) {
        expectError(await put(location, digest, blob.bytes), 400, 'DIGEST_INVALID');
      }
      await expectBlob(name, await put(location, blob.digest, blob.bytes), blob);
    });

    test('a second PUT of the same upload is 404, and the blob stays', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes);
      await expectBlob(name, await put(location, blob.digest), blob);
      expectError(await put(location, blob.digest), 404, 'BLOB_UPLOAD_UNKNOWN');
      expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(200);
    });

    test.each([1, 2])(
      'of several PUTs at once of an upload in %i chunks one makes the blob',
      async (chunks) => {
        const [name, blob] = [api.repository(), freshBlob(300_000)];
        const location = await startUpload(api, name);
        const half = chunks === 1 ? 300_000 : 150_000;
        await patch(location, blob.bytes.subarray(0, half));
        if (chunks === 2) await patch(location, blob.bytes.subarray(half));
        const replies = await Promise.all(Array.from({ length: 5 }, () => put(location, blob.digest)));
        expect(replies.map(({ status }) => status).sort()).toEqual([201, 404, 404, 404, 404]);
        const got = await api.send('GET', `/v2/${name}/blobs/${blob.digest}`);
        expect(got.body.equals(blob.bytes)).toBe(true);
        await expectUploadGone(location);
      },
    );

    test('an upload belongs to its repository', async () => {
      const location = await startUpload(api, api.repository());
      await expectUploadGone(location.replace(/test\/r\d+/, api.repository()));
      expect((await api.send('GET', location)).status).toBe(204);
    });
  });

  describe('in chunks', () => {
    test('the chunks and then a PUT make the blob', async () => {
      const [name, blob] = [api.repository(), freshBlob(1000)];
      let location = await startUpload(api, name);
      for (const [first, last] of [
        [0, 399],
        [400, 400],
        [401, 999],
      ] as const) {
        const reply = await patch(location, blob.bytes.subarray(first, last + 1), `${first}-${last}`);
        expect(reply.status).toBe(202);
        expect(reply.headers).toMatchObject({ range: `0-${last}`, 'content-length': '0' });
        expect(reply.headers['docker-upload-uuid']).toBeDefined();
        location = locationOf(reply);
      }
      await expectBlob(name, await put(location, blob.digest), blob);
      await expectUploadGone(location);
    });

    test('the last chunk may come with the PUT', async () => {
      const [name, blob] = [api.repository(), freshBlob(1000)];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes.subarray(0, 600), '0-599');
      const reply = await put(location, blob.digest, blob.bytes.subarray(600), '600-999');
      await expectBlob(name, reply, blob);
    });

    test('one chunk may be all', async () => {
      const [name, blob] = [api.repository(), freshBlob(300_000)];
      const location = await startUpload(api, name);
      expect((await patch(location, blob.bytes, '0-299999')).headers['range']).toBe('0-299999');
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    test('a stream without Content-Range goes on where the last one ended', async () => {
      const [name, blob] = [api.repository(), freshBlob(1000)];
      const location = await startUpload(api, name);
      expect((await patch(location, blob.bytes.subarray(0, 500))).headers['range']).toBe('0-499');
      expect((await patch(location, blob.bytes.subarray(500))).headers['range']).toBe('0-999');
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    test('the forms of Content-Range that HTTP has elsewhere are understood', async () => {
      const [name, blob] = [api.repository(), freshBlob(30)];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes.subarray(0, 10), 'bytes 0-9/*');
      await patch(location, blob.bytes.subarray(10, 20), 'bytes 10-19/30');
      await patch(location, blob.bytes.subarray(20), 'bytes=20-29');
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    test.each([
      ['0-9', 'again'],
      ['9-18', 'overlapping'],
      ['11-20', 'with a gap'],
    ])('a chunk at %s (%s) is 416 with what has been received, and changes nothing', async (range) => {
      const [name, blob] = [api.repository(), freshBlob(20)];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes.subarray(0, 10), '0-9');
      const late = await patch(location, blob.bytes.subarray(0, 10), range);
      const error = expectError(late, 416, 'BLOB_UPLOAD_INVALID');
      expect(error.detail).toEqual({ receivedBytes: 10 });
      expect(late.headers['range']).toBe('0-9');
      expect(locationOf(late)).toBe(location);
      expectError(
        await put(location, blob.digest, blob.bytes.subarray(0, 10), range),
        416,
        'BLOB_UPLOAD_INVALID',
      );
      expect((await api.send('GET', location)).headers['range']).toBe('0-9');
      await patch(location, blob.bytes.subarray(10), '10-19');
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    test('a first chunk that does not begin at 0 is 416', async () => {
      const location = await startUpload(api, api.repository());
      const reply = await patch(location, Buffer.from('abc'), '3-5');
      expectError(reply, 416, 'BLOB_UPLOAD_INVALID');
      expect(reply.headers['range']).toBe('0-0');
    });

    test.each(['x', '5', '-5', '5-', '5-4', '0-2,3-5', 'bytes */3'])(
      'a Content-Range of %j is refused and changes nothing',
      async (range) => {
        const location = await startUpload(api, api.repository());
        expectError(await patch(location, Buffer.from('abc'), range), 416, 'BLOB_UPLOAD_INVALID');
        expect((await api.send('GET', location)).headers['range']).toBe('0-0');
      },
    );

    test.each(['0-1', '0-3'])(
      'a body of another length than %s is refused and changes nothing',
      async (range) => {
        const location = await startUpload(api, api.repository());
        expectError(await patch(location, Buffer.from('abc'), range), 400, 'SIZE_INVALID');
        expectError(
          await put(location, blobOf('abc').digest, Buffer.from('abc'), range),
          400,
          'SIZE_INVALID',
        );
        expect((await api.send('GET', location)).headers['range']).toBe('0-0');
      },
    );

    test('a digest that the chunks together do not have is refused and ends the upload', async () => {
      const [name, blob] = [api.repository(), freshBlob(20)];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes.subarray(0, 10), '0-9');
      await patch(location, blob.bytes.subarray(0, 10), '10-19');
      expectError(await put(location, blob.digest), 400, 'DIGEST_INVALID');
      await expectUploadGone(location);
    });

    test('of two chunks at once at the same place one is taken, and the blob is right', async () => {
      const [name, blob] = [api.repository(), freshBlob(600_000)];
      const location = await startUpload(api, name);
      const replies = await Promise.all([
        patch(location, blob.bytes.subarray(0, 300_000), '0-299999'),
        patch(location, blob.bytes.subarray(0, 300_000), '0-299999'),
      ]);
      expect(replies.map(({ status }) => status).sort()).toEqual([202, 416]);
      expect(replies.map(({ headers }) => headers['range'])).toEqual(['0-299999', '0-299999']);
      await patch(location, blob.bytes.subarray(300_000), '300000-599999');
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    test('an empty PATCH changes nothing', async () => {
      const [name, blob] = [api.repository(), freshBlob(10)];
      const location = await startUpload(api, name);
      expect((await patch(location, Buffer.alloc(0))).status).toBe(202);
      await patch(location, blob.bytes);
      expect((await patch(location, Buffer.alloc(0))).headers['range']).toBe('0-9');
      await expectBlob(name, await put(location, blob.digest), blob);
    });
  });

  describe('with sha512', () => {
    test('the Location keeps the algorithm, and the PUT makes the blob', async () => {
      const name = api.repository();
      const { bytes } = freshBlob(1000);
      const blob = { bytes, digest: digestOf(bytes, 'sha512') };
      const started = await api.send('POST', `/v2/${name}/blobs/uploads/?digest-algorithm=sha512`);
      expect(started.status).toBe(202);
      expect(locationOf(started)).toContain('digest-algorithm=sha512');
      const first = await patch(locationOf(started), bytes.subarray(0, 500), '0-499');
      const second = await patch(locationOf(first), bytes.subarray(500), '500-999');
      expect(locationOf(second)).toContain('digest-algorithm=sha512');
      await expectBlob(name, await put(locationOf(second), blob.digest), blob);
    });

    test('the algorithm of the PUT counts, whatever was said before', async () => {
      const name = api.repository();
      const { bytes } = freshBlob(1000);
      for (const [said, meant] of [
        ['sha512', 'sha256'],
        ['sha256', 'sha512'],
      ] as const) {
        const started = await api.send('POST', `/v2/${name}/blobs/uploads/?digest-algorithm=${said}`);
        const patched = await patch(locationOf(started), bytes);
        const blob = { bytes, digest: digestOf(bytes, meant) };
        await expectBlob(name, await put(locationOf(patched), blob.digest), blob);
      }
    });

    test.each(['sha1', 'md5', 'SHA256', '', 'sha256:'])('the algorithm %j is refused', async (algorithm) => {
      const path = `/v2/${api.repository()}/blobs/uploads/?digest-algorithm=${algorithm}`;
      expect(expectError(await api.send('POST', path), 400, 'DIGEST_INVALID').message).toContain('sha512');
    });
  });

  describe('status and cancel', () => {
    test('GET says what has been received and where to go on', async () => {
      const location = await startUpload(api, api.repository());
      await patch(location, Buffer.alloc(1234), '0-1233');
      const reply = await api.send('GET', location);
      expect(reply.status).toBe(204);
      expect(reply.headers['range']).toBe('0-1233');
      expect(locationOf(reply)).toBe(location);
      expect(reply.headers['docker-upload-uuid']).toBe(location.split('/').at(-1));
      expect(reply.body).toHaveLength(0);
    });

    test('DELETE ends an upload and takes its bytes away', async () => {
      const name = api.repository();
      const location = await startUpload(api, name);
      await patch(location, Buffer.alloc(1000));
      expect((await api.send('DELETE', location)).status).toBe(204);
      await expectUploadGone(location);
      expect((await api.files())?.filter((path) => path.includes(`${name}/`))).toEqual(
        (await api.files()) && [],
      );
    });

    test('a cancelled upload takes no other with it', async () => {
      const [name, blob] = [api.repository(), freshBlob()];
      const [first, second] = [await startUpload(api, name), await startUpload(api, name)];
      expect(first).not.toBe(second);
      await patch(second, blob.bytes);
      await api.send('DELETE', first);
      await expectBlob(name, await put(second, blob.digest), blob);
    });

    test('an upload that was never started is 404', async () => {
      await expectUploadGone(`/v2/${api.repository()}/blobs/uploads/01234567-89ab-cdef-0123-456789abcdef`);
    });
  });

  describe('over a connection that breaks', () => {
    test('what came of a PATCH is kept, and the upload goes on from there', async () => {
      const [name, blob] = [api.repository(), freshBlob(500_000)];
      const location = await startUpload(api, name);
      const wire = await connect(api.address());
      await wire.write(head('PATCH', location, 'Content-Length: 500000', 'Content-Range: 0-499999'));
      await wire.write(blob.bytes.subarray(0, 200_000));
      wire.socket.end();
      await wire.closed;
      const received = await receivedAfterBreak(location);
      expect(received).toBeGreaterThan(0);
      expect(received).toBeLessThanOrEqual(200_000);
      const rest = await patch(location, blob.bytes.subarray(received), `${received}-499999`);
      expect(rest.status).toBe(202);
      await expectBlob(name, await put(location, blob.digest), blob);
    });

    /** The server learns of the break when it reads it: asked until then. */
    async function receivedAfterBreak(location: string): Promise<number> {
      for (let asked = 0; asked < 500; asked += 1) {
        const { headers } = await api.send('GET', location);
        const received = Number(headers['range']?.split('-')[1]) + 1;
        if (received > 1) return received;
      }
      return 0;
    }

    test('nothing of a PUT or a POST is kept, and the upload may be finished', async () => {
      const [name, blob] = [api.repository(), freshBlob(500_000)];
      const location = await startUpload(api, name);
      await patch(location, blob.bytes.subarray(0, 100_000), '0-99999');
      for (const [method, path] of [
        ['PUT', withQuery(location, 'digest', blob.digest)],
        ['POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`],
      ] as const) {
        const wire = await connect(api.address());
        await wire.write(head(method, path, 'Content-Length: 400000'));
        await wire.write(blob.bytes.subarray(100_000, 200_000));
        wire.socket.end();
        await wire.closed;
      }
      expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(404);
      expect((await api.send('GET', location)).headers['range']).toBe('0-99999');
      await expectBlob(name, await put(location, blob.digest, blob.bytes.subarray(100_000)), blob);
    });
  });

  test('a body whose length nobody declares is taken', async () => {
    const [name, blob] = [api.repository(), freshBlob(100_000)];
    const location = await startUpload(api, name);
    const wire = await connect(api.address());
    await wire.write(head('PATCH', location, 'Transfer-Encoding: chunked', 'Content-Range: 0-99999'));
    for (let offset = 0; offset < 100_000; offset += 25_000) {
      await wire.write('61a8\r\n');
      await wire.write(blob.bytes.subarray(offset, offset + 25_000));
      await wire.write('\r\n');
    }
    await wire.write('0\r\n\r\n');
    expect(await wire.reply()).toMatchObject({ status: 202, headers: { range: '0-99999' } });
    wire.socket.destroy();
    await expectBlob(name, await put(location, blob.digest), blob);
  });

  test('a body that is sent only when it is asked for is asked for', async () => {
    const [name, blob] = [api.repository(), freshBlob(1000)];
    const wire = await connect(api.address());
    const path = `/v2/${name}/blobs/uploads/?digest=${blob.digest}`;
    await wire.write(head('POST', path, 'Content-Length: 1000', 'Expect: 100-continue'));
    expect((await wire.reply()).status).toBe(100);
    await wire.write(blob.bytes);
    expect((await wire.reply()).status).toBe(201);
    wire.socket.destroy();
  });

  test('twenty pushes of one blob at once all make it', async () => {
    const [name, blob] = [api.repository(), freshBlob(100_000)];
    const pushes = Array.from({ length: 20 }, async () => {
      const location = await startUpload(api, name);
      await patch(location, blob.bytes);
      return await put(location, blob.digest);
    });
    for (const push of pushes) await expectBlob(name, await push, blob);
  });
});

describeEmbedded('uploads that nobody finishes', (api) => {
  const HOUR_MS = 3_600_000;

  async function begun(startedAtMs: number): Promise<string> {
    const { send } = await api.serve({ clock: () => startedAtMs });
    const location = locationOf(await send('POST', `/v2/${api.repository()}/blobs/uploads/`));
    await send('PATCH', location, { headers: OCTETS, body: 'something' });
    return location;
  }

  test('are purged when they are old enough, with their bytes, and no others are', async () => {
    const nowMs = Date.now();
    const [old, young] = [await begun(nowMs - 3 * HOUR_MS), await begun(nowMs - HOUR_MS)];
    const { registry } = await api.serve({ clock: () => nowMs });
    const id = old.split('/').at(-1) ?? '';
    const dry = await registry.purgeUploads({ olderThanMs: 2 * HOUR_MS, dryRun: true });
    expect(dry.purged.map((upload) => upload.id)).toEqual([id]);
    expect((await api.send('GET', old)).status).toBe(204);
    const { purged } = await registry.purgeUploads({ olderThanMs: 2 * HOUR_MS });
    expect(purged.map((upload) => upload.id)).toEqual([id]);
    expectError(await api.send('GET', old), 404, 'BLOB_UPLOAD_UNKNOWN');
    expect((await api.send('GET', young)).headers['range']).toBe('0-8');
    expect((await api.files())?.filter((path) => path.includes(id))).toEqual((await api.files()) && []);
    expect(await registry.purgeUploads({ olderThanMs: 2 * HOUR_MS })).toEqual({ purged: [] });
    await api.send('DELETE', young);
  });

  test('stay when the purge is called off', async () => {
    const old = await begun(Date.now() - 3 * HOUR_MS);
    const { registry } = await api.serve({});
    const result = await registry.purgeUploads({ olderThanMs: HOUR_MS, signal: AbortSignal.abort() });
    expect(result).toEqual({ purged: [] });
    expect((await api.send('GET', old)).status).toBe(204);
    await api.send('DELETE', old);
  });
});
