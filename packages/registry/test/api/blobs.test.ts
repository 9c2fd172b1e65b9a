/** end-2 and end-10: blobs. How they come is in uploads.test.ts and mounts.test.ts. */

import { describeApi, describeEmbedded } from './api.ts';
import { blobOf, digestOf, expectError, freshBlob, pushBlob } from './content.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;

describeApi('blobs', (api) => {
  const blob = freshBlob(10_000);
  const large = freshBlob(3 * 1024 * 1024 + 7);
  let name: string;
  let path: string;

  beforeAll(async () => {
    name = api.repository();
    path = `/v2/${name}/blobs/${blob.digest}`;
    await pushBlob(api, name, blob);
    await pushBlob(api, name, large);
  });

  test('GET gives the bytes with their digest, size, ETag and Accept-Ranges', async () => {
    const reply = await api.send('GET', path);
    expect(reply.status).toBe(200);
    expect(reply.body.equals(blob.bytes)).toBe(true);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '10000',
      'docker-content-digest': blob.digest,
      etag: `"${blob.digest}"`,
      'accept-ranges': 'bytes',
    });
  });

  test('HEAD has the headers of GET and no body', async () => {
    const [got, head] = [await api.send('GET', path), await api.send('HEAD', path)];
    expect(head.status).toBe(200);
    expect({ ...head.headers, date: '' }).toEqual({ ...got.headers, date: '' });
    expect(head.body).toHaveLength(0);
  });

  test('GET gives a blob that is longer than every buffer', async () => {
    const reply = await api.send('GET', `/v2/${name}/blobs/${large.digest}`);
    expect(reply.status).toBe(200);
    expect(reply.body.equals(large.bytes)).toBe(true);
  });

  test('a blob of no bytes is a blob', async () => {
    const empty = blobOf('');
    await pushBlob(api, name, empty);
    const reply = await api.send('GET', `/v2/${name}/blobs/${empty.digest}`);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect(reply.body).toHaveLength(0);
  });

  test('a blob may be asked for with an encoded colon in its digest', async () => {
    const reply = await api.send('GET', path.replace('sha256:', 'sha256%3A'));
    expect(reply.status).toBe(200);
  });

  test('a blob is known by its sha512 digest when it was pushed by it', async () => {
    const digest = digestOf(blob.bytes, 'sha512');
    expectError(await api.send('GET', `/v2/${name}/blobs/${digest}`), 404, 'BLOB_UNKNOWN');
    await pushBlob(api, name, { bytes: blob.bytes, digest });
    const reply = await api.send('GET', `/v2/${name}/blobs/${digest}`);
    expect(reply.headers['docker-content-digest']).toBe(digest);
    expect(reply.body.equals(blob.bytes)).toBe(true);
  });

  test.each(['GET', 'DELETE'])('%s of a blob that is nowhere is 404', async (method) => {
    const error = expectError(await api.send(method, `/v2/${name}/blobs/${MISSING}`), 404, 'BLOB_UNKNOWN');
    expect(error.message).toContain(MISSING);
    expect(error.detail).toEqual({ name, digest: MISSING });
  });

  test('HEAD of a blob that is nowhere is 404', async () => {
    expect((await api.send('HEAD', `/v2/${name}/blobs/${MISSING}`)).status).toBe(404);
  });

  test('a blob of one repository is not one of another', async () => {
    const other = `/v2/${api.repository()}/blobs/${blob.digest}`;
    expectError(await api.send('GET', other), 404, 'BLOB_UNKNOWN');
    expect((await api.send('HEAD', other)).status).toBe(404);
    expectError(await api.send('DELETE', other), 404, 'BLOB_UNKNOWN');
  });

  describe('ranges', () => {
    test.each([
      ['bytes=0-99', 0, 100],
      ['bytes=500-1499', 500, 1500],
      ['bytes=9000-', 9000, 10_000],
      ['bytes=-500', 9500, 10_000],
      ['bytes=-20000', 0, 10_000],
      ['bytes=9990-20000', 9990, 10_000],
      ['bytes=0-0', 0, 1],
      ['bytes=9999-9999', 9999, 10_000],
    ])('%s is answered with those bytes', async (range, startByte, endByte) => {
      const reply = await api.send('GET', path, { headers: { Range: range } });
      expect(reply.status).toBe(206);
      expect(reply.headers).toMatchObject({
        'content-range': `bytes ${startByte}-${endByte - 1}/10000`,
        'content-length': String(endByte - startByte),
        'docker-content-digest': blob.digest,
      });
      expect(reply.body.equals(blob.bytes.subarray(startByte, endByte))).toBe(true);
    });

    test('a long range in the middle of a long blob is answered', async () => {
      const reply = await api.send('GET', `/v2/${name}/blobs/${large.digest}`, {
        headers: { Range: 'bytes=1000000-2999999' },
      });
      expect(reply.status).toBe(206);
      expect(reply.body.equals(large.bytes.subarray(1_000_000, 3_000_000))).toBe(true);
    });

    test.each(['bytes=10000-', 'bytes=20000-30000', 'bytes=-0', 'bytes=500-0'])(
      '%s cannot be served and is answered with the size',
      async (range) => {
        const reply = await api.send('GET', path, { headers: { Range: range } });
        expectError(reply, 416, 'RANGE_INVALID');
        expect(reply.headers['content-range']).toBe('bytes */10000');
      },
    );

    test.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=x-y', 'bytes=-'])(
      '%s is not one range of bytes, and all is answered',
      async (range) => {
        const reply = await api.send('GET', path, { headers: { Range: range } });
        expect(reply.status).toBe(200);
        expect(reply.body).toHaveLength(10_000);
      },
    );

    test('If-Range makes a range of the blob that it names, and all of any other', async () => {
      const ranged = (etag: string) =>
        api.send('GET', path, { headers: { Range: 'bytes=0-9', 'If-Range': etag } });
      expect((await ranged(`"${blob.digest}"`)).status).toBe(206);
      expect((await ranged('"another"')).status).toBe(200);
      expect((await ranged(`W/"${blob.digest}"`)).status).toBe(200);
    });

    test('a range of a blob that is nowhere is 404', async () => {
      const reply = await api.send('GET', `/v2/${name}/blobs/${MISSING}`, {
        headers: { Range: 'bytes=0-1' },
      });
      expectError(reply, 404, 'BLOB_UNKNOWN');
    });
  });

  describe('conditions', () => {
    test.each(['GET', 'HEAD'])('%s with the ETag in If-None-Match is 304 and has no body', async (method) => {
      for (const value of [`"${blob.digest}"`, `W/"${blob.digest}"`, '*', `"x", "${blob.digest}"`]) {
        const reply = await api.send(method, path, { headers: { 'If-None-Match': value } });
        expect(reply.status).toBe(304);
        expect(reply.body).toHaveLength(0);
        expect(reply.headers).toMatchObject({
          etag: `"${blob.digest}"`,
          'docker-content-digest': blob.digest,
          'cache-control': expect.any(String),
        });
      }
    });

    test('GET with another ETag in If-None-Match gives the bytes', async () => {
      const reply = await api.send('GET', path, { headers: { 'If-None-Match': `"${MISSING}"` } });
      expect(reply.status).toBe(200);
    });

    test('a condition comes before a range', async () => {
      const headers = { 'If-None-Match': `"${blob.digest}"`, Range: 'bytes=20000-' };
      expect((await api.send('GET', path, { headers })).status).toBe(304);
    });

    test('a blob that is nowhere does not match', async () => {
      const headers = { 'If-None-Match': '*' };
      expect((await api.send('GET', `/v2/${name}/blobs/${MISSING}`, { headers })).status).toBe(404);
    });
  });

  describe('deletes', () => {
    test('a deleted blob is gone from its repository and stays in others', async () => {
      const shared = freshBlob();
      const [here, there] = [api.repository(), api.repository()];
      await pushBlob(api, here, shared);
      await pushBlob(api, there, shared);
      const reply = await api.send('DELETE', `/v2/${here}/blobs/${shared.digest}`);
      expect(reply.status).toBe(202);
      expect(reply.headers['docker-content-digest']).toBe(shared.digest);
      expectError(await api.send('GET', `/v2/${here}/blobs/${shared.digest}`), 404, 'BLOB_UNKNOWN');
      expect((await api.send('GET', `/v2/${there}/blobs/${shared.digest}`)).status).toBe(200);
    });

    test('a second delete is 404, and a push brings the blob back', async () => {
      const again = freshBlob();
      const blobPath = `/v2/${name}/blobs/${again.digest}`;
      await pushBlob(api, name, again);
      expect((await api.send('DELETE', blobPath)).status).toBe(202);
      expectError(await api.send('DELETE', blobPath), 404, 'BLOB_UNKNOWN');
      await pushBlob(api, name, again);
      expect((await api.send('HEAD', blobPath)).status).toBe(200);
    });
  });
});

describeEmbedded('blobs of a registry with deletes switched off', (api) => {
  test('stay, and the answer names the key', async () => {
    const name = api.repository();
    const blob = freshBlob();
    await pushBlob(api, name, blob);
    const { send } = await api.serve({ deleteEnabled: false });
    const reply = await send('DELETE', `/v2/${name}/blobs/${blob.digest}`);
    expect(expectError(reply, 405, 'UNSUPPORTED').message).toContain('storage.delete.enabled');
    expect(reply.headers['allow']).toBeDefined();
    expect((await send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(200);
  });
});
