/** end-8a, end-8b: tags. That paging is sorting is beside store/tags.ts. */

import { describeApi, describeEmbedded } from './api.ts';
import { expectError, freshBlob, jsonOf, pushBlob, pushImage, putManifest } from './content.ts';

/** In the order of their bytes: digits, capitals, _, small letters. */
const TAGS = ['0', '10', '2', 'A', 'Z', '_x', 'a', 'a-b', 'a.b', 'a_b', 'b'];

describeApi('tags', (api) => {
  let name: string;
  let path: string;

  beforeAll(async () => {
    name = api.repository();
    path = `/v2/${name}/tags/list`;
    const image = await pushImage(api, name);
    for (const tag of [...TAGS].reverse()) await putManifest(api, name, tag, image);
  });

  test('are listed in the order of their bytes', async () => {
    const reply = await api.send('GET', path);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.headers['link']).toBeUndefined();
    expect(jsonOf(reply)).toEqual({ name, tags: TAGS });
  });

  test.each([
    ['?n=3', TAGS.slice(0, 3), `n=3&last=2`],
    ['?n=3&last=2', TAGS.slice(3, 6), `n=3&last=_x`],
    ['?last=_x&n=3', TAGS.slice(6, 9), `n=3&last=a.b`],
    ['?n=10', TAGS.slice(0, 10), `n=10&last=a_b`],
    ['?n=11', TAGS, undefined],
    ['?n=12', TAGS, undefined],
    ['?n=2&last=a_b', ['b'], undefined],
    ['?n=1&last=a_b', ['b'], undefined],
    ['?last=a', TAGS.slice(7), undefined],
    ['?last=b', [], undefined],
    ['?last=zzz', [], undefined],
    ['?last=1', TAGS.slice(1), undefined],
    ['?last=%00', TAGS, undefined],
    ['?last=..%2F..', TAGS, undefined],
    ['?last=%F0%9F%98%80', [], undefined],
    ['?n=0', [], undefined],
    ['?n=0&last=a', [], undefined],
    ['?n=00000000000002', TAGS.slice(0, 2), 'n=00000000000002&last=10'],
    ['?n=99999999999999999999999', TAGS, undefined],
  ])('%s gives its page, and a Link to the next if there is one', async (query, tags, next) => {
    const reply = await api.send('GET', `${path}${query}`);
    expect(reply.status).toBe(200);
    expect(jsonOf(reply)).toEqual({ name, tags });
    expect(reply.headers['link']).toBe(next && `<${path}?${next}>; rel="next"`);
  });

  test('are all found by following the Links', async () => {
    const found: unknown[] = [];
    let next: string | undefined = `${path}?n=2`;
    while (next !== undefined) {
      const reply = await api.send('GET', next);
      found.push(...(jsonOf(reply) as { tags: string[] }).tags);
      next = /^<(.*)>; rel="next"$/.exec(reply.headers['link'] ?? '')?.[1];
    }
    expect(found).toEqual(TAGS);
  });

  test.each(['x', '', '-1', '1.5', '1e3', '0x10', ' 1', '1,2', 'null'])(
    'n=%j is not a number of tags',
    async (n) => {
      const reply = await api.send('GET', `${path}?n=${encodeURIComponent(n)}`);
      expect(expectError(reply, 400, 'PAGINATION_NUMBER_INVALID').detail).toEqual({ n });
    },
  );

  test.each(['', '?n=0', '?n=5', '?last=a'])(
    'of a repository that is not there are 404 (%s)',
    async (query) => {
      const unknown = api.repository();
      const reply = await api.send('GET', `/v2/${unknown}/tags/list${query}`);
      expect(expectError(reply, 404, 'NAME_UNKNOWN').message).toContain(unknown);
    },
  );

  test('of a repository that has only blobs are none', async () => {
    const blobsOnly = api.repository();
    await pushBlob(api, blobsOnly, freshBlob());
    const reply = await api.send('GET', `/v2/${blobsOnly}/tags/list`);
    expect(jsonOf(reply)).toEqual({ name: blobsOnly, tags: [] });
  });

  test('of a repository whose tags were all deleted are none', async () => {
    const emptied = api.repository();
    await pushImage(api, emptied, 'v1');
    await api.send('DELETE', `/v2/${emptied}/manifests/v1`);
    expect(jsonOf(await api.send('GET', `/v2/${emptied}/tags/list`))).toEqual({ name: emptied, tags: [] });
  });

  test('of a push that was refused do not make a repository', async () => {
    const refused = api.repository();
    await api.send('POST', `/v2/${refused}/blobs/uploads/`);
    expectError(await api.send('GET', `/v2/${refused}/tags/list`), 404, 'NAME_UNKNOWN');
  });

  test('that were just pushed are listed at once, page after page', async () => {
    const fresh = api.repository();
    const image = await pushImage(api, fresh);
    for (let index = 0; index < 5; index += 1) {
      await putManifest(api, fresh, `t${index}`, image);
      const { tags } = jsonOf(await api.send('GET', `/v2/${fresh}/tags/list`)) as { tags: string[] };
      expect(tags).toHaveLength(index + 1);
    }
  });

  describe('of a repository with many', () => {
    let many: string;
    const all = Array.from({ length: 150 }, (_, index) => `t${String(index).padStart(3, '0')}`);
    const page = async (query: string): Promise<{ tags: string[]; next: string | undefined }> => {
      const reply = await api.send('GET', `/v2/${many}/tags/list?${query}`);
      const { tags } = jsonOf(reply) as { tags: string[] };
      return { tags, next: /^<.*last=([^&]*)>/.exec(reply.headers['link'] ?? '')?.[1] };
    };

    beforeEach(async () => {
      many = api.repository();
      const image = await pushImage(api, many);
      const [first = '', ...rest] = all;
      await putManifest(api, many, first, image);
      for (let at = 0; at < rest.length; at += 50) {
        const query = rest.slice(at, at + 50).map((tag) => `tag=${tag}`);
        await putManifest(api, many, `${image.digest}?${query.join('&')}`, image);
      }
    });

    test('come by the page from any name on, whether or not that is there', async () => {
      expect(await page('n=100')).toEqual({ tags: all.slice(0, 100), next: 't099' });
      expect(await page('n=100&last=t099')).toEqual({ tags: all.slice(100), next: undefined });
      expect(await page('n=64&last=t020')).toEqual({ tags: all.slice(21, 85), next: 't084' });
      expect(await page('n=65&last=t020x')).toEqual({ tags: all.slice(21, 86), next: 't085' });
      expect(await page('n=3&last=t1')).toEqual({ tags: all.slice(100, 103), next: 't102' });
    });

    test('are listed as they are when their page is asked for, whatever the one before said', async () => {
      const { next } = await page('n=70');
      expect(next).toBe('t069');
      for (const gone of ['t069', 't070', 't010']) await api.send('DELETE', `/v2/${many}/manifests/${gone}`);
      const image = await pushImage(api, many, 't0700');
      await putManifest(api, many, 't0691', image);
      await putManifest(api, many, 't0005', image);
      const second = await page(`n=3&last=${next}`);
      expect(second).toEqual({ tags: ['t0691', 't0700', 't071'], next: 't071' });
    });

    test('whose manifest was deleted leave full pages behind', async () => {
      const other = await pushImage(api, many, 't149');
      const reply = await api.send('GET', `/v2/${many}/manifests/t000`);
      await api.send('DELETE', `/v2/${many}/manifests/${reply.headers['docker-content-digest']}`);
      expect(await page('n=1')).toEqual({ tags: ['t149'], next: undefined });
      await putManifest(api, many, 't200', other);
      expect(await page('n=1')).toEqual({ tags: ['t149'], next: 't149' });
    });
  });
});

describeEmbedded('tags of a registry with small pages', (api) => {
  test('come in pages also to whoever asks for all, or for more than a page may have', async () => {
    const name = api.repository();
    const image = await pushImage(api, name);
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await putManifest(api, name, tag, image);
    const { send } = await api.serve({ limits: { pageSize: 2, maxPageSize: 3 } });
    const all = await send('GET', `/v2/${name}/tags/list`);
    expect(jsonOf(all)).toEqual({ name, tags: ['a', 'b'] });
    expect(all.headers['link']).toBe(`</v2/${name}/tags/list?last=b>; rel="next"`);
    const many = await send('GET', `/v2/${name}/tags/list?n=100`);
    expect(jsonOf(many)).toEqual({ name, tags: ['a', 'b', 'c'] });
    expect(many.headers['link']).toBe(`</v2/${name}/tags/list?n=100&last=c>; rel="next"`);
  });
});
