/** end-11: mounts, with and without `from`, and what they tell to whom. */

import { gateWith, KEY, REALM } from '../access-gates.ts';
import { type TestAccess, tokenOf } from '../access-support.ts';
import { type Client, describeApi, describeEmbedded, type Reply } from './api.ts';
import { digestOf, expectError, freshBlob, locationOf, pushBlob } from './content.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;

const mountPath = (name: string, digest: string, from?: string): string =>
  `/v2/${name}/blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${encodeURIComponent(from)}`}`;

/** Checks that the reply starts an upload, which is what there is for a blob that isn't there. */
function expectUpload(name: string, reply: Reply): void {
  expect(reply.status).toBe(202);
  const id = reply.headers['docker-upload-uuid'] ?? '';
  expect(reply.headers).toMatchObject({
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: '0-0',
    'content-length': '0',
  });
  expect(reply.headers['docker-content-digest']).toBeUndefined();
}

describeApi('mounts', (api) => {
  test('a blob of another repository becomes one of this, and stays when the other loses it', async () => {
    const [from, name, blob] = [api.repository(), api.repository(), freshBlob()];
    await pushBlob(api, from, blob);
    const reply = await api.send('POST', mountPath(name, blob.digest, from));
    expect(reply.status).toBe(201);
    expect(locationOf(reply)).toBe(`/v2/${name}/blobs/${blob.digest}`);
    expect(reply.headers['docker-content-digest']).toBe(blob.digest);
    await api.send('DELETE', `/v2/${from}/blobs/${blob.digest}`);
    expect((await api.send('GET', locationOf(reply))).body.equals(blob.bytes)).toBe(true);
  });

  test('a blob with a sha512 digest is mounted by it', async () => {
    const [from, name, { bytes }] = [api.repository(), api.repository(), freshBlob()];
    const digest = digestOf(bytes, 'sha512');
    await pushBlob(api, from, { bytes, digest });
    expect((await api.send('POST', mountPath(name, digest, from))).status).toBe(201);
  });

  test('a blob that the repository has already is mounted from itself, also without from', async () => {
    const [name, blob] = [api.repository(), freshBlob()];
    await pushBlob(api, name, blob);
    for (const from of [name, undefined]) {
      expect((await api.send('POST', mountPath(name, blob.digest, from))).status).toBe(201);
    }
  });

  test('a blob that is not there starts an upload, which makes it', async () => {
    const [from, name, blob] = [api.repository(), api.repository(), freshBlob()];
    const reply = await api.send('POST', mountPath(name, blob.digest, from));
    expectUpload(name, reply);
    const path = `${locationOf(reply)}?digest=${blob.digest}`;
    expect((await api.send('PUT', path, { body: blob.bytes })).status).toBe(201);
  });

  test('a blob that was deleted there starts an upload', async () => {
    const [from, name, blob] = [api.repository(), api.repository(), freshBlob()];
    await pushBlob(api, from, blob);
    await api.send('DELETE', `/v2/${from}/blobs/${blob.digest}`);
    expectUpload(name, await api.send('POST', mountPath(name, blob.digest, from)));
  });

  test('a blob of a third repository is not found by a wrong from', async () => {
    const [third, from, name, blob] = [api.repository(), api.repository(), api.repository(), freshBlob()];
    await pushBlob(api, third, blob);
    expectUpload(name, await api.send('POST', mountPath(name, blob.digest, from)));
  });

  test.each(['', 'x', 'sha256:1'])('mount=%s is refused', async (digest) => {
    expectError(await api.send('POST', mountPath(api.repository(), digest, 'a')), 400, 'DIGEST_INVALID');
  });

  test.each(['', '..', 'A', 'a/../b', 'x'.repeat(256)])('from=%s is refused', async (from) => {
    expectError(await api.send('POST', mountPath(api.repository(), MISSING, from)), 400, 'NAME_INVALID');
  });
});

describeEmbedded('mounts with a token', (api) => {
  const pull = (name: string): TestAccess => ({ type: 'repository', name, actions: ['pull'] });
  const push = (name: string): TestAccess => ({ type: 'repository', name, actions: ['pull', 'push'] });
  const notGranted = (name: string): TestAccess => ({ type: 'repository', name, actions: [] });

  async function guarded(): Promise<Client> {
    return await api.serve({ access: gateWith() });
  }

  function mount({ send }: Client, path: string, access: readonly TestAccess[]): Promise<Reply> {
    return send('POST', path, { headers: { Authorization: `Bearer ${tokenOf(KEY, { access })}` } });
  }

  test('that covers from mount the blob', async () => {
    const [from, name, blob, client] = [api.repository(), api.repository(), freshBlob(), await guarded()];
    await pushBlob(api, from, blob);
    const reply = await mount(client, mountPath(name, blob.digest, from), [push(name), pull(from)]);
    expect(reply.status).toBe(201);
  });

  test('that says nothing of from are challenged with both, whether the blob is there or not', async () => {
    const [from, name, blob, client] = [api.repository(), api.repository(), freshBlob(), await guarded()];
    await pushBlob(api, from, blob);
    const details: unknown[] = [];
    for (const digest of [blob.digest, MISSING]) {
      const reply = await mount(client, mountPath(name, digest, from), [push(name)]);
      details.push(expectError(reply, 401, 'DENIED'));
      const challenge = reply.headers['www-authenticate'];
      expect(challenge).toContain(`realm="${REALM}"`);
      expect(challenge).toContain(`scope="repository:${name}:pull,push repository:${from}:pull"`);
    }
    expect(details[0]).toEqual(details[1]);
    expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(404);
  });

  test('in which from was asked for and not granted get an upload, whether the blob is there or not', async () => {
    const [from, name, blob, client] = [api.repository(), api.repository(), freshBlob(), await guarded()];
    await pushBlob(api, from, blob);
    for (const digest of [blob.digest, MISSING]) {
      const access = [push(name), notGranted(from)];
      expectUpload(name, await mount(client, mountPath(name, digest, from), access));
    }
    expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(404);
  });

  test('in which from was granted, but no pull, get an upload', async () => {
    const [from, name, blob, client] = [api.repository(), api.repository(), freshBlob(), await guarded()];
    await pushBlob(api, from, blob);
    const access = [push(name), { type: 'repository', name: from, actions: ['push'] }];
    expectUpload(name, await mount(client, mountPath(name, blob.digest, from), access));
  });

  test('mount without from where they cover a repository that has the blob, and only there', async () => {
    const [there, name, blob, client] = [api.repository(), api.repository(), freshBlob(), await guarded()];
    await pushBlob(api, there, blob);
    const path = mountPath(name, blob.digest);
    for (const access of [
      [push(name)],
      [push(name), notGranted(there)],
      [push(name), pull(api.repository())],
    ]) {
      expectUpload(name, await mount(client, path, access));
    }
    expect((await mount(client, path, [push(name), pull(there)])).status).toBe(201);
    expect((await api.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(200);
  });

  test('without a push on the repository itself are challenged for all of it', async () => {
    const [from, name, client] = [api.repository(), api.repository(), await guarded()];
    const reply = await mount(client, mountPath(name, MISSING, from), [pull(name), pull(from)]);
    expectError(reply, 401, 'DENIED');
    expect(reply.headers['www-authenticate']).toContain(
      `scope="repository:${name}:pull,push repository:${from}:pull"`,
    );
  });

  test('do not come without one, and the challenge names both', async () => {
    const [from, name, { send }] = [api.repository(), api.repository(), await guarded()];
    const reply = await send('POST', mountPath(name, MISSING, from));
    expectError(reply, 401, 'UNAUTHORIZED');
    expect(reply.headers['www-authenticate']).toContain(
      `scope="repository:${name}:pull,push repository:${from}:pull"`,
    );
  });
});
