/** /v2/_catalog. That paging is sorting is beside store/catalog.ts. */

import { gateWith, KEY } from '../access-gates.ts';
import { tokenOf } from '../access-support.ts';
import { describeApi, describeEmbedded } from './api.ts';
import { expectError, freshBlob, jsonOf, pushBlob, pushImage, startUpload } from './content.ts';

/** In the order of their bytes: `-` and `.` come before `/`, and digits, `_` and letters after it. */
const NAMES = ['a', 'a-b', 'a-b/c', 'a.b', 'a/b', 'a/b/c', 'a0', 'a_b', 'b/c/d', 'c'];

describeApi('the catalog', (api) => {
  beforeAll(async () => {
    for (const name of [...NAMES].reverse()) await pushBlob(api, name, freshBlob());
  });

  test('lists every repository in the order of their bytes', async () => {
    const reply = await api.send('GET', '/v2/_catalog');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.headers['link']).toBeUndefined();
    expect(jsonOf(reply)).toEqual({ repositories: NAMES });
  });

  test.each([
    ['?n=3', NAMES.slice(0, 3), 'n=3&last=a-b%2Fc'],
    ['?n=3&last=a-b%2Fc', NAMES.slice(3, 6), 'n=3&last=a%2Fb%2Fc'],
    ['?n=9', NAMES.slice(0, 9), 'n=9&last=b%2Fc%2Fd'],
    ['?n=10', NAMES, undefined],
    ['?last=a', NAMES.slice(1), undefined],
    ['?last=a%2F', NAMES.slice(4), undefined],
    ['?last=b', NAMES.slice(8), undefined],
    ['?last=zz', [], undefined],
    ['?last=..%2F..%2F..%2Fblobs', NAMES, undefined],
    ['?last=%00%2Fa', NAMES, undefined],
    ['?last=a%00%2Fa', NAMES.slice(1), undefined],
    [`?last=${'a'.repeat(3000)}`, ['b/c/d', 'c'], undefined],
    ['?n=0', [], undefined],
    ['?n=99999999999999999999', NAMES, undefined],
  ])('%s gives its page, and a Link to the next if there is one', async (query, repositories, next) => {
    const reply = await api.send('GET', `/v2/_catalog${query}`);
    expect(reply.status).toBe(200);
    expect(jsonOf(reply)).toEqual({ repositories });
    expect(reply.headers['link']).toBe(next && `</v2/_catalog?${next}>; rel="next"`);
  });

  test.each(['x', '', '-1', '1.5'])('n=%j is not a number of repositories', async (n) => {
    const reply = await api.send('GET', `/v2/_catalog?n=${n}`);
    expectError(reply, 400, 'PAGINATION_NUMBER_INVALID');
  });

  test('a repository comes with its first blob and is not there for an upload alone', async () => {
    await startUpload(api, 'd');
    expect(jsonOf(await api.send('GET', '/v2/_catalog?last=c'))).toEqual({ repositories: [] });
    const blob = freshBlob();
    await pushBlob(api, 'd', blob);
    expect(jsonOf(await api.send('GET', '/v2/_catalog?last=c'))).toEqual({ repositories: ['d'] });
    await api.send('DELETE', `/v2/d/blobs/${blob.digest}`);
    expect(jsonOf(await api.send('GET', '/v2/_catalog?last=c'))).toEqual({ repositories: [] });
  });
});

describeApi('the catalog of many repositories', (api) => {
  const blobs = Array.from({ length: 140 }, (_, index) => [
    `many/r${String(index).padStart(3, '0')}`,
    freshBlob(),
  ]) as [string, ReturnType<typeof freshBlob>][];
  const all = blobs.map(([name]) => name);
  const names = async (query: string): Promise<string[]> =>
    (jsonOf(await api.send('GET', `/v2/_catalog?${query}`)) as { repositories: string[] }).repositories;

  beforeAll(async () => {
    await Promise.all(blobs.map(([name, blob]) => pushBlob(api, name, blob)));
    await startUpload(api, 'many/only/an/upload');
  });

  test('comes by the page from any name on, whether or not that is there', async () => {
    expect(await names('n=100')).toEqual(all.slice(0, 100));
    expect(await names('n=100&last=many/r099')).toEqual(all.slice(100));
    expect(await names('n=64&last=many/r010x')).toEqual(all.slice(11, 75));
    expect(await names('n=3&last=many/r1')).toEqual(all.slice(100, 103));
    expect(await names('n=2&last=many/r138/deeper')).toEqual(all.slice(139));
  });

  test('is what it is when a page is asked for, whatever the one before said', async () => {
    expect(await names('n=50')).toHaveLength(50);
    const [name = '', blob] = blobs[50] ?? [];
    await api.send('DELETE', `/v2/${name}/blobs/${blob?.digest}`);
    const [added, nested] = ['many/r0495', 'many/r049/nested/one'];
    for (const fresh of [added, nested]) await pushBlob(api, fresh, freshBlob());
    const page = await names('n=4&last=many/r049');
    expect(page).toEqual([nested, added, 'many/r051', 'many/r052']);
  });
});

describeEmbedded('the catalog with accounts', (api) => {
  const whole = [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  const bearing = (access: readonly object[]) => ({
    headers: { Authorization: `Bearer ${tokenOf(KEY, { access })}` },
  });

  beforeAll(async () => {
    for (const name of ['alice/one', 'alice/two', 'bob/one', 'public/one', 'public/two']) {
      await pushImage(api, name, 'v1');
    }
  });

  test('is whole to a token for it, and only to one with all of it', async () => {
    const { send } = await api.serve({ access: gateWith() });
    const reply = await send('GET', '/v2/_catalog', bearing(whole));
    expect((jsonOf(reply) as { repositories: string[] }).repositories).toHaveLength(5);
    const less = [{ type: 'registry', name: 'catalog', actions: ['pull'] }];
    expectError(await send('GET', '/v2/_catalog', bearing(less)), 401, 'DENIED');
  });

  test('is refused with its challenge to any other, where the rules are elsewhere', async () => {
    const { send } = await api.serve({ access: gateWith() });
    for (const ask of [bearing([]), {}]) {
      const reply = await send('GET', '/v2/_catalog', ask);
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toContain('scope="registry:catalog:*"');
    }
  });

  test('has what the owner may pull, where the rules are here, in full pages', async () => {
    const access = gateWith({
      mayPull: ({ account, name }) => account === 'alice' && !name.startsWith('bob/'),
    });
    const { send } = await api.serve({ access });
    const all = await send('GET', '/v2/_catalog', bearing([]));
    expect(jsonOf(all)).toEqual({ repositories: ['alice/one', 'alice/two', 'public/one', 'public/two'] });
    const page = await send('GET', '/v2/_catalog?n=3', bearing([]));
    expect(jsonOf(page)).toEqual({ repositories: ['alice/one', 'alice/two', 'public/one'] });
    expect(page.headers['link']).toBe('</v2/_catalog?n=3&last=public%2Fone>; rel="next"');
    const last = await send('GET', '/v2/_catalog?n=1&last=public%2Fone', bearing([]));
    expect(jsonOf(last)).toEqual({ repositories: ['public/two'] });
    expect(last.headers['link']).toBeUndefined();
  });

  test('has no Link that tells of repositories that the owner may not pull', async () => {
    const access = gateWith({ mayPull: ({ name }) => name.startsWith('alice/') });
    const { send } = await api.serve({ access });
    const reply = await send('GET', '/v2/_catalog?n=2', bearing([]));
    expect(jsonOf(reply)).toEqual({ repositories: ['alice/one', 'alice/two'] });
    expect(reply.headers['link']).toBeUndefined();
  });
});
