/** Uploads and downloads of archives where a client goes away, a disk fails, or somebody is slow. */

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Driver, DriverError, type Staged } from '../../src/index.ts';
import { describeEmbedded } from './api.ts';
import { expectError } from './content.ts';
import { withCalls } from './drivers.ts';
import { eventLog } from './event-log.ts';
import {
  blobItem,
  dockerItems,
  FORM_TYPE,
  formOf,
  itemsOf,
  layerOf,
  layoutImage,
  layoutItems,
  tarOf,
  uploadForm,
  uploadTar,
} from './tars.ts';
import { connect, head } from './wire.ts';

const MIB = 1024 * 1024;
const image = layoutImage(['one', 'two']);
const tar = tarOf(layoutItems(image));

interface Watch {
  readonly wrapDriver: (driver: Driver) => Driver;
  /** What was staged and neither placed nor thrown away. */
  readonly held: Set<Staged>;
  calls: number;
}

/** A driver that counts what it holds, and fails in its n-th call that writes. */
function watching(failAt = Number.POSITIVE_INFINITY): Watch {
  const watch: Watch = { held: new Set(), calls: 0, wrapDriver };
  const count = (): void => {
    watch.calls += 1;
    if (watch.calls === failAt) throw new DriverError('full', 'somewhere');
  };
  function wrapDriver(driver: Driver): Driver {
    return withCalls(driver, {
      stage: async (source, onWritten) => {
        count();
        const staged = await driver.stage(source, onWritten);
        watch.held.add(staged);
        return staged;
      },
      discard: async (staged) => {
        watch.held.delete(staged);
        await driver.discard(staged);
      },
      place: async (staged, path, options) => {
        watch.held.delete(staged);
        await driver.place(staged, path, options);
      },
      placeInOrder: async (files, options) => {
        for (const { staged } of files) watch.held.delete(staged);
        await driver.placeInOrder(files, options);
      },
      writeSmall: async (path, bytes, options) => {
        count();
        await driver.writeSmall(path, bytes, options);
      },
    });
  }
  return watch;
}

describeEmbedded('an upload of an archive', (api) => {
  test('whose client goes away leaves nothing behind, and one event', async () => {
    const form = formOf([{ fileName: 'image.tar', bytes: tar }]);
    for (const [body, type] of [
      [form, FORM_TYPE],
      [tar, 'application/x-tar'],
    ] as const) {
      const [name, log, watch, before] = [api.repository(), eventLog(), watching(), await api.files()];
      const service = await api.serve({ onEvent: log.onEvent, wrapDriver: watch.wrapDriver });
      const wire = await connect(service.address());
      const lines = [`Content-Type: ${type}`, `Content-Length: ${body.byteLength}`];
      await wire.write(head('POST', `/upload/${name}:1`, ...lines));
      await wire.write(body.subarray(0, body.byteLength - 2000));
      wire.socket.destroy();
      const event = await log.first(() => true);
      expect(event).toMatchObject({ status: 499, route: 'archive-upload', name, reference: '1' });
      expect([watch.held.size, log.events.length]).toEqual([0, 1]);
      expect(await api.files()).toEqual(before);
    }
  });

  test('that stands still is cut off', async () => {
    const [log, watch] = [eventLog(), watching()];
    const limits = { idleMs: 100 };
    const service = await api.serve({ onEvent: log.onEvent, wrapDriver: watch.wrapDriver, limits });
    const wire = await connect(service.address());
    const lines = [`Content-Type: ${FORM_TYPE}`, 'Content-Length: 100000'];
    await wire.write(head('POST', `/upload/${api.repository()}:1`, ...lines));
    await wire.write(formOf([{ fileName: 'image.tar', bytes: tar }]).subarray(0, 1500));
    await wire.closed;
    expect((await log.first(() => true)).status).toBe(499);
    expect(watch.held.size).toBe(0);
  });

  test('holds nothing and shows no tag when the disk gets full, at whichever call', async () => {
    let isDone = false;
    for (let failAt = 1; !isDone; failAt += 1) {
      const [name, watch] = [api.repository(), watching(failAt)];
      const service = await api.serve({ wrapDriver: watch.wrapDriver });
      const reply = await uploadTar(service, `${name}:1`, tar);
      isDone = reply.status === 201;
      if (!isDone) expectError(reply, 503, 'UNAVAILABLE');
      const shown = await api.send('GET', `/v2/${name}/manifests/1`);
      expect([shown.status, watch.held.size]).toEqual([isDone ? 200 : 404, 0]);
    }
  });

  test('that lies holds nothing either, wherever it was found out', async () => {
    const lies = [
      tarOf(layoutItems(image), Buffer.alloc(0)),
      tarOf(itemsOf(image)),
      tarOf([...layoutItems(image), { name: '../x' }]),
      tarOf(layoutItems(image).filter((item) => item.name !== blobItem(image.config).name)),
      tarOf(dockerItems([layerOf('x')]).filter((item) => !item.name.endsWith('layer.tar'))),
      gzipSync(tar).subarray(0, -10),
    ];
    for (const lie of lies) {
      const watch = watching();
      const service = await api.serve({ wrapDriver: watch.wrapDriver });
      expect((await uploadTar(service, `${api.repository()}:1`, lie)).status).toBe(400);
      expect([watch.held.size, watch.calls > 0]).toEqual([0, true]);
    }
  });

  test('is read no faster than the disk takes it', async () => {
    const sizeBytes = 64 * MIB;
    const content = randomBytes(sizeBytes);
    const large = tarOf([
      { name: 'blobs/sha256/x' },
      { name: `blobs/sha256/${'0'.repeat(64)}`, bytes: content },
    ]);
    const form = formOf([{ fileName: 'image.tar', bytes: large }]);
    for (const [body, type] of [
      [form, FORM_TYPE],
      [large, 'application/x-tar'],
    ] as const) {
      const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let takenBytes = 0;
      const service = await api.serve({
        wrapDriver: (driver) =>
          withCalls(driver, {
            stage: async (source) => {
              for await (const chunks of source) {
                for (const chunk of chunks) takenBytes += chunk.byteLength;
                if (takenBytes < MIB) continue;
                reached.resolve();
                await release.promise;
                break;
              }
              throw new DriverError('full', 'somewhere');
            },
          }),
      });
      const wire = await connect(service.address());
      const lines = [`Content-Type: ${type}`, `Content-Length: ${body.byteLength}`];
      await wire.write(head('PUT', `/upload/${api.repository()}:1`, ...lines));
      const written = wire.write(body);
      await reached.promise;
      // Whatever the server is ready to take goes in these turns; the rest stays with the client.
      let before = -1;
      for (let now = service.receivedBytes(); now !== before; now = service.receivedBytes()) {
        before = now;
        for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(before).toBeLessThan(4 * MIB);
      release.resolve();
      expect((await wire.reply()).status).toBe(503);
      wire.socket.destroy();
      await written;
    }
  });
});

describeEmbedded('a download of an archive', (api) => {
  test('has one file open at a time, and none when it is over', async () => {
    const name = api.repository();
    const files = Array.from({ length: 5 }, (_, at) => ({
      fileName: `${at}.bin`,
      bytes: randomBytes(300_000),
    }));
    expect((await uploadForm(api, `${name}:1`, files)).status).toBe(201);
    const counts = { open: 0, most: 0 };
    const service = await api.serve({
      wrapDriver: (driver) =>
        withCalls(driver, {
          open: async (path) => {
            const content = await driver.open(path);
            counts.open += 1;
            counts.most = Math.max(counts.most, counts.open);
            const close = async (): Promise<void> => {
              counts.open -= 1;
              await content.close();
            };
            return { ...content, close };
          },
        }),
    });
    const reply = await service.send('GET', `/download/${name}:1`);
    expect([reply.status, counts.open, counts.most]).toEqual([200, 0, 1]);
  });
});
