/** What a page of a listing costs, counted in calls of the disk: the page, however much there is beside it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { createRegistry, type Disk, filesystemDriver, openAccess, realDisk } from '../src/index.ts';
import { freshBlob, imageOf, indexOf, OCI_INDEX } from './api/content.ts';

/** Long enough ago for every folder to count as settled. */
const LATER_MS = 60_000;

interface Counted {
  readonly client: ReturnType<typeof supertest>;
  /** The calls that the disk gets for a request, when it is not the first of its kind. */
  cost(path: string): Promise<number>;
}

async function counted(work: (counted: Counted) => Promise<void>): Promise<void> {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'berth-cost-'));
  let calls = 0;
  const counting = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
    new Proxy(call, {
      apply: (target, self, args) => {
        calls += 1;
        return Reflect.apply(target, self, args);
      },
    });
  const disk: Disk = {
    ...realDisk,
    open: counting(realDisk.open),
    facts: counting(realDisk.facts),
    readdir: counting(realDisk.readdir),
    names: counting(realDisk.names),
  };
  const clock = (): number => Date.now() + LATER_MS;
  const driver = filesystemDriver({ rootDirectory, disk, durability: 'relaxed', clock });
  const server = createServer(createRegistry({ driver, access: openAccess() }).listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const client = supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const cost = async (path: string): Promise<number> => {
    await client.get(path).expect(200);
    calls = 0;
    await client.get(path).expect(200);
    return calls;
  };
  try {
    await work({ client, cost });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await rm(rootDirectory, { recursive: true });
  }
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `x${String(from + index).padStart(4, '0')}`);

test('a page of tags costs its tags, in a repository with ten times as many', async () => {
  await counted(async ({ client, cost }) => {
    const { digest, bytes } = indexOf([]);
    const push = async (tags: readonly string[]): Promise<void> => {
      const query = tags.map((tag) => `tag=${tag}`).join('&');
      await client
        .put(`/v2/app/manifests/${digest}?${query}`)
        .set('Content-Type', OCI_INDEX)
        .serialize((body) => body)
        .send(bytes)
        .expect(201);
    };
    await push(numbered(0, 40));
    const [first, middle, double] = ['n=10', 'n=10&last=x0019', 'n=20&last=x0010'].map(
      (query) => `/v2/app/tags/list?${query}`,
    ) as [string, string, string];
    const before = [await cost(first), await cost(middle), await cost(double)];
    for (let at = 40; at < 400; at += 90) await push(numbered(at, at + 90));
    expect([await cost(first), await cost(middle), await cost(double)]).toEqual(before);
    expect(before[2]).toBeLessThan(2.5 * (before[1] ?? 0));
  });
});

test('a page of the catalog costs its repositories, in a registry with ten times as many', async () => {
  await counted(async ({ client, cost }) => {
    const push = async (names: readonly string[]): Promise<void> => {
      for (const name of names) {
        const { bytes, digest } = freshBlob();
        await client.post(`/v2/${name}/blobs/uploads/?digest=${digest}`).send(bytes).expect(201);
      }
    };
    await push(numbered(0, 30).map((name) => `deep/er/${name}`));
    const [first, middle] = ['n=10', 'n=10&last=deep/er/x0015'].map((query) => `/v2/_catalog?${query}`) as [
      string,
      string,
    ];
    const before = [await cost(first), await cost(middle)];
    await push(numbered(30, 300).map((name) => `deep/er/${name}`));
    expect([await cost(first), await cost(middle)]).toEqual(before);
  });
});

test('a page of referrers costs its referrers, of a subject with ten times as many', async () => {
  await counted(async ({ client, cost }) => {
    const subject = imageOf(freshBlob(), []);
    const push = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const { bytes, digest } = indexOf([], {
          subject: { mediaType: OCI_INDEX, digest: subject.digest, size: 1 },
          annotations: { fresh: freshBlob().digest },
        });
        await client
          .put(`/v2/app/manifests/${digest}`)
          .set('Content-Type', OCI_INDEX)
          .serialize((body) => body)
          .send(bytes)
          .expect(201);
      }
    };
    await push(20);
    const page = `/v2/app/referrers/${subject.digest}?n=5`;
    const before = await cost(page);
    await push(180);
    expect(await cost(page)).toBe(before);
  });
});
