/** end-12a, end-12b: referrers. */

import { type Api, type Client, describeApi, describeEmbedded, type Reply } from './api.ts';
import {
  type Content,
  type Descriptor,
  descriptorOf,
  digestOf,
  expectError,
  freshBlob,
  imageOf,
  indexOf,
  jsonOf,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_INDEX,
  pushBlob,
  pushImage,
  putManifest,
} from './content.ts';
import { withCalls } from './drivers.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;
const SBOM = 'application/vnd.example.sbom';
const SIGNATURE = 'application/vnd.example.signature';

function ask(client: Client, name: string, digest: string, query = ''): Promise<Reply> {
  return client.send('GET', `/v2/${name}/referrers/${digest}${query}`);
}

function listed(reply: Reply): readonly Descriptor[] {
  expect(reply.status).toBe(200);
  expect(reply.headers['content-type']).toBe(OCI_INDEX);
  const index = jsonOf(reply) as { manifests: Descriptor[] };
  expect(index).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: expect.any(Array) });
  return index.manifests;
}

async function digests(client: Client, name: string, digest: string, query = ''): Promise<string[]> {
  return listed(await ask(client, name, digest, query)).map((referrer) => referrer.digest);
}

const sorted = (contents: readonly Content[]): string[] => contents.map(({ digest }) => digest).sort();
const subjectOf = (digest: string): object => ({ subject: { mediaType: OCI_IMAGE, digest, size: 1 } });

describeApi('referrers', (api) => {
  test('are shown with their type, size, artifact type and annotations', async () => {
    const name = api.repository();
    const subject = await pushImage(api, name, 'v1');
    const annotations = { 'org.example.a': 'x', b: '' };
    const [config, fields] = [freshBlob(), { ...subjectOf(subject.digest), annotations }];
    await pushBlob(api, name, config);
    const typed = imageOf(config, [], { ...fields, artifactType: SBOM });
    const untyped = imageOf(config, [], fields);
    const index = indexOf([], { ...fields, artifactType: SIGNATURE });
    const untypedIndex = indexOf([], subjectOf(subject.digest));
    for (const image of [typed, untyped]) {
      const reply = await putManifest(api, name, image.digest, image);
      expect(reply.headers['oci-subject']).toBe(subject.digest);
    }
    for (const each of [index, untypedIndex]) {
      const reply = await putManifest(api, name, each.digest, each, OCI_INDEX);
      expect(reply.headers['oci-subject']).toBe(subject.digest);
    }
    const reply = await ask(api, name, subject.digest);
    expect(reply.headers['oci-filters-applied']).toBeUndefined();
    expect(reply.headers['link']).toBeUndefined();
    const expected = [
      { ...descriptorOf(typed, OCI_IMAGE), artifactType: SBOM, annotations },
      { ...descriptorOf(untyped, OCI_IMAGE), artifactType: OCI_CONFIG, annotations },
      { ...descriptorOf(index, OCI_INDEX), artifactType: SIGNATURE, annotations },
      descriptorOf(untypedIndex, OCI_INDEX),
    ];
    const manifests = listed(reply);
    expect(manifests).toHaveLength(4);
    expect(manifests).toEqual(expect.arrayContaining(expected));
    expect(manifests.map(({ digest }) => digest)).toEqual(sorted([typed, untyped, index, untypedIndex]));
  });

  test('may come before their subject, which may never come', async () => {
    const name = api.repository();
    const [config, later] = [freshBlob(), freshBlob()];
    await pushBlob(api, name, later);
    await pushBlob(api, name, config);
    const subject = imageOf(later);
    const early = imageOf(config, [], subjectOf(subject.digest));
    const lost = imageOf(config, [], subjectOf(MISSING));
    for (const image of [early, lost]) {
      expect((await putManifest(api, name, image.digest, image)).status).toBe(201);
    }
    expect(await digests(api, name, subject.digest)).toEqual([early.digest]);
    expect(await digests(api, name, MISSING)).toEqual([lost.digest]);
    await putManifest(api, name, 'v1', subject);
    expect(await digests(api, name, subject.digest)).toEqual([early.digest]);
  });

  test('stay when their subject is deleted, and go when they are', async () => {
    const name = api.repository();
    const subject = await pushImage(api, name);
    const [first, second] = [await refer(name, subject), await refer(name, subject)];
    await api.send('DELETE', `/v2/${name}/manifests/${subject.digest}`);
    expect(await digests(api, name, subject.digest)).toEqual(sorted([first, second]));
    await api.send('DELETE', `/v2/${name}/manifests/${first.digest}`);
    expect(await digests(api, name, subject.digest)).toEqual([second.digest]);
    await putManifest(api, name, first.digest, first);
    expect(await digests(api, name, subject.digest)).toEqual(sorted([first, second]));
  });

  test('that were pushed by tag, twice, or in a chain are each shown once, at their own subject', async () => {
    const name = api.repository();
    const subject = await pushImage(api, name);
    const image = await refer(name, subject, 'sbom');
    await putManifest(api, name, 'again', image);
    await putManifest(api, name, image.digest, image);
    const signature = await refer(name, image);
    expect(await digests(api, name, subject.digest)).toEqual([image.digest]);
    expect(await digests(api, name, image.digest)).toEqual([signature.digest]);
    expect(await digests(api, name, signature.digest)).toEqual([]);
  });

  test('with sha512, on either side, are shown', async () => {
    const name = api.repository();
    const config = freshBlob();
    await pushBlob(api, name, config);
    const subject = digestOf(Buffer.from('never pushed'), 'sha512');
    const image = imageOf(config, [], subjectOf(subject));
    const digest = digestOf(image.bytes, 'sha512');
    expect((await putManifest(api, name, digest, image)).headers['oci-subject']).toBe(subject);
    await putManifest(api, name, image.digest, image);
    expect(await digests(api, name, subject)).toEqual([image.digest, digest]);
  });

  test('of one repository are not those of another', async () => {
    const [here, there] = [api.repository(), api.repository()];
    const subject = await pushImage(api, here);
    await refer(here, subject);
    expect(await digests(api, there, subject.digest)).toEqual([]);
  });

  test('are an empty list where there are none, and where there is no repository', async () => {
    const name = api.repository();
    const image = await pushImage(api, name);
    expect(await digests(api, name, image.digest)).toEqual([]);
    expect(await digests(api, name, MISSING)).toEqual([]);
    expect(await digests(api, api.repository(), MISSING)).toEqual([]);
  });

  test.each(['latest', 'sha256:1', `sha384:${'0'.repeat(96)}`])('of %s are refused', async (digest) => {
    expectError(await ask(api, api.repository(), digest), 400, 'DIGEST_INVALID');
  });

  test('of an artifact type are shown alone, and the answer says so', async () => {
    const name = api.repository();
    const subject = await pushImage(api, name);
    const signature = await refer(name, subject, undefined, { artifactType: SIGNATURE });
    await refer(name, subject, undefined, { artifactType: SBOM });
    const untyped = await refer(name, subject);
    for (const [type, expected] of [
      [SIGNATURE, [signature.digest]],
      [OCI_CONFIG, [untyped.digest]],
      ['application/vnd.example.none', []],
    ] as const) {
      const query = `?artifactType=${encodeURIComponent(type)}`;
      const reply = await ask(api, name, subject.digest, query);
      expect(listed(reply).map(({ digest }) => digest)).toEqual(expected);
      expect(reply.headers['oci-filters-applied']).toBe('artifactType');
    }
  });

  test('come in pages of n, with a Link that keeps the filter, until all were shown', async () => {
    const name = api.repository();
    const subject = await pushImage(api, name);
    const wanted: Content[] = [];
    for (let index = 0; index < 5; index += 1) {
      wanted.push(await refer(name, subject, undefined, { artifactType: SIGNATURE }));
      await refer(name, subject, undefined, { artifactType: SBOM });
    }
    const found: string[] = [];
    let next: string | undefined = `/v2/${name}/referrers/${subject.digest}?artifactType=${SIGNATURE}&n=2`;
    for (let pages = 1; next !== undefined; pages += 1) {
      const reply: Reply = await api.send('GET', next);
      expect(reply.headers['oci-filters-applied']).toBe('artifactType');
      const page = listed(reply).map(({ digest }) => digest);
      expect(page).toHaveLength(pages === 3 ? 1 : 2);
      found.push(...page);
      next = /^<(\/v2\/.*)>; rel="next"$/.exec(reply.headers['link'] ?? '')?.[1];
    }
    expect(found).toEqual(sorted(wanted));
  });

  async function refer(
    name: string,
    subject: Content,
    reference?: string,
    more: object = {},
  ): Promise<Content> {
    return await pushImage(api, name, reference, { ...subjectOf(subject.digest), ...more });
  }
});

describeEmbedded('referrers that were pushed to a registry without such a listing', (api) => {
  /** The registry as it would be if it had never heard of referrers. */
  async function withoutListing(): Promise<Client> {
    return await api.serve({
      wrapDriver: (driver) =>
        withCalls(driver, {
          writeSmall: async (path, ...rest) => {
            if (!path.includes('/_referrers/')) await driver.writeSmall(path, ...rest);
          },
        }),
    });
  }

  test.each(['sha256', 'sha512'] as const)(
    'are shown if the index under the tag of their %s subject lists them and they name it',
    async (algorithm) => {
      const [name, old] = [api.repository(), await withoutListing()];
      const subject = digestOf(freshBlob().bytes, algorithm);
      const real = await pushImage(old, name, undefined, subjectOf(subject));
      const [other, unlisted] = [await pushImage(old, name), await pushImage(old, name)];
      expect(await digests(api, name, subject)).toEqual([]);
      const index = indexOf([real, other].map((content) => descriptorOf(content, OCI_IMAGE)));
      const tag = `${algorithm}-${subject.split(':')[1]?.slice(0, 64)}`;
      expect((await putManifest(old, name, tag, index, OCI_INDEX)).status).toBe(201);
      expect(await digests(api, name, subject)).toEqual([real.digest]);
      const newer = await pushImage(api, name, undefined, subjectOf(subject));
      expect(await digests(api, name, subject)).toEqual(sorted([real, newer]));
      expect(await digests(api, name, unlisted.digest)).toEqual([]);
    },
  );

  test('are none where an image, or nothing that can be read, is under that tag', async () => {
    const [name, old] = [api.repository(), await withoutListing()];
    const image = await pushImage(old, name, MISSING.replace(':', '-'));
    expect(await digests(api, name, MISSING)).toEqual([]);
    await api.send('DELETE', `/v2/${name}/manifests/${image.digest}`);
    expect(await digests(api, name, MISSING)).toEqual([]);
  });
});

describeEmbedded('referrers of a registry with small pages', (api) => {
  async function referring(client: Api, name: string, subject: string, count: number): Promise<string[]> {
    const contents: Content[] = [];
    for (let index = 0; index < count; index += 1) {
      contents.push(await pushImage(client, name, undefined, subjectOf(subject)));
    }
    return sorted(contents);
  }

  test('come in answers that are no larger than a manifest may be', async () => {
    const name = api.repository();
    const expected = await referring(api, name, MISSING, 5);
    const { send, ...client } = await api.serve({ limits: { referrersBytes: 600 } });
    const first = await ask({ send, ...client }, name, MISSING);
    expect(listed(first).map(({ digest }) => digest)).toEqual(expected.slice(0, 2));
    const next = /^<(.*)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    expect(next).toBe(`/v2/${name}/referrers/${MISSING}?last=${encodeURIComponent(expected[1] ?? '')}`);
    expect(listed(await send('GET', next)).map(({ digest }) => digest)).toEqual(expected.slice(2, 4));
  });

  test('come one by one where each alone is larger than that', async () => {
    const name = api.repository();
    const expected = await referring(api, name, MISSING, 2);
    const client = await api.serve({ limits: { referrersBytes: 10 } });
    expect(await digests(client, name, MISSING)).toEqual(expected.slice(0, 1));
    expect(await digests(client, name, MISSING, `?last=${expected[0]}`)).toEqual(expected.slice(1));
  });
});
