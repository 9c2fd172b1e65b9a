/** Files that another program, or a dying disk, left in a state that Berth never leaves them in. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { createRegistry, type Driver, filesystemDriver, openAccess } from '../src/index.ts';

const MANIFEST = 'application/vnd.oci.image.index.v1+json';
const INDEX = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, manifests: [] });

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-torn-'));
});
afterEach(() => rm(folder, { recursive: true }));

function serving(driver: Driver): ReturnType<typeof request> {
  return request(createServer(createRegistry({ driver, access: openAccess() }).listener));
}

function dataOf(hex: string): string {
  return join(folder, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}

const push = (registry: ReturnType<typeof request>) =>
  registry.put('/v2/app/manifests/1').set('Content-Type', MANIFEST).send(INDEX);

test('a torn manifest is not there until a push puts the right bytes in its place', async () => {
  await push(serving(filesystemDriver({ rootDirectory: folder }))).expect(201);
  await writeFile(dataOf(hexOf(INDEX)), INDEX.slice(0, -9));
  const registry = serving(filesystemDriver({ rootDirectory: folder }));
  await registry.get('/v2/app/manifests/1').expect(404);
  await push(registry).expect(201);
  const { body } = await registry.get('/v2/app/manifests/1').expect(200);
  expect(hexOf(JSON.stringify(body))).toBe(hexOf(INDEX));
});

test('a small blob that cannot be read gets an error, not a broken connection', async () => {
  const inner = filesystemDriver({ rootDirectory: folder, quickReads: false });
  const driver: Driver = Object.assign(Object.create(inner), {
    open: async (path: Parameters<Driver['open']>[0]) => ({
      ...(await inner.open(path)),
      read: () => Promise.reject(new Error('input/output error')),
    }),
    stage: inner.stage.bind(inner),
    place: inner.place.bind(inner),
    placeInOrder: inner.placeInOrder.bind(inner),
    writeSmall: inner.writeSmall.bind(inner),
    makeDurable: inner.makeDurable.bind(inner),
    stat: inner.stat.bind(inner),
  });
  const registry = serving(driver);
  const digest = `sha256:${hexOf('blob')}`;
  await registry.post(`/v2/app/blobs/uploads/?digest=${digest}`).type('bin').send('blob').expect(201);
  const { body } = await registry.get(`/v2/app/blobs/${digest}`).expect(500);
  expect(body.errors[0].code).toBe('UNKNOWN');
});
