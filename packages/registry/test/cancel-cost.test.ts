/** What it costs to cancel an upload: its own files, whatever else is in its repository and below it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { createRegistry, filesystemDriver, openAccess, realDisk } from '../src/index.ts';
import { freshBlob } from './api/content.ts';

test('to cancel an upload costs no more in a repository with many blobs and many repositories below it', async () => {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'berth-cancel-'));
  let listed = 0;
  const disk = {
    ...realDisk,
    readdir: (path: string) => {
      listed += 1;
      return realDisk.readdir(path);
    },
  };
  const driver = filesystemDriver({ rootDirectory, disk, durability: 'relaxed' });
  const registry = createRegistry({ driver, access: openAccess() });
  const server = createServer(registry.listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const client = supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    for (let index = 0; index < 20; index += 1) {
      for (const name of ['library', `library/r${index}`]) {
        const { bytes, digest } = freshBlob();
        await client.post(`/v2/${name}/blobs/uploads/?digest=${digest}`).send(bytes).expect(201);
      }
    }
    const { headers } = await client.post('/v2/library/blobs/uploads/').expect(202);
    listed = 0;
    await client.delete(headers['location'] ?? '').expect(204);
    expect(listed).toBeLessThan(10);
    const tags = await client.get('/v2/library/r3/tags/list').expect(200);
    expect(tags.body).toEqual({ name: 'library/r3', tags: [] });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await rm(rootDirectory, { recursive: true });
  }
});
