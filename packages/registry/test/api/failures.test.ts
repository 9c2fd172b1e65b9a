/** Clients that go away or stand still, disks that fail, and bugs. */

import {
  type Driver,
  type Content as DriverContent,
  DriverError,
  type DriverFailure,
} from '../../src/index.ts';
import { describeEmbedded } from './api.ts';
import {
  type Content,
  expectError,
  freshBlob,
  pushBlob,
  pushImage,
  putManifest,
  startUpload,
} from './content.ts';
import { withCalls } from './drivers.ts';
import { eventLog } from './event-log.ts';
import { connect, head } from './wire.ts';

const MIB = 1024 * 1024;

/** A driver that counts what it has open for reading. */
function counting(): { wrapDriver: (driver: Driver) => Driver; opened: number; closed: number } {
  const counts = {
    opened: 0,
    closed: 0,
    wrapDriver: (driver: Driver) =>
      withCalls(driver, {
        open: async (path) => {
          const content = await driver.open(path);
          counts.opened += 1;
          const closing: DriverContent = {
            ...content,
            close: async () => {
              counts.closed += 1;
              await content.close();
            },
          };
          return closing;
        },
      }),
  };
  return counts;
}

describeEmbedded('a client that goes away', (api) => {
  const blob: Content = freshBlob(16 * MIB);
  let name: string;

  beforeAll(async () => {
    name = api.repository();
    await pushBlob(api, name, blob);
  });

  test('in the middle of a blob leaves no file open, and one event', async () => {
    const [counts, log] = [counting(), eventLog()];
    const service = await api.serve({ wrapDriver: counts.wrapDriver, onEvent: log.onEvent });
    const wire = await connect(service.address());
    await wire.write(head('GET', `/v2/${name}/blobs/${blob.digest}`));
    await new Promise((resolve) => {
      wire.socket.once('data', resolve);
    });
    wire.socket.destroy();
    const event = await log.first(() => true);
    expect(event).toMatchObject({ status: 499, route: 'blob-get', errorCode: undefined, cause: undefined });
    expect(counts).toMatchObject({ opened: 1, closed: 1 });
    expect(log.events).toHaveLength(1);
  });

  test('or stands still in the middle of a blob is cut off, and no file stays open', async () => {
    const [counts, log] = [counting(), eventLog()];
    const service = await api.serve({
      wrapDriver: counts.wrapDriver,
      onEvent: log.onEvent,
      limits: { idleMs: 100 },
    });
    const wire = await connect(service.address());
    wire.socket.pause();
    await wire.write(head('GET', `/v2/${name}/blobs/${blob.digest}`));
    expect((await log.first(() => true)).status).toBe(499);
    expect(counts).toMatchObject({ opened: 1, closed: 1 });
    wire.socket.resume();
    await wire.closed;
  });

  test('or stands still in the middle of a PATCH is cut off, and what came of it is kept', async () => {
    const log = eventLog();
    const service = await api.serve({ onEvent: log.onEvent, limits: { idleMs: 100 } });
    const location = await startUpload(api, api.repository());
    const wire = await connect(service.address());
    await wire.write(head('PATCH', location, 'Content-Length: 1000'));
    await wire.write(Buffer.alloc(300));
    await wire.closed;
    expect(await log.first(() => true)).toMatchObject({ status: 499, receivedBytes: 300 });
    expect((await api.send('GET', location)).headers['range']).toBe('0-299');
  });

  test.each([
    ['PUT', 'manifests/v1', 'Content-Length: 1000'],
    ['POST', `blobs/uploads/?digest=${blob.digest}`, 'Transfer-Encoding: chunked'],
  ])('or stands still before a %s has a body is cut off', async (method, path, line) => {
    const log = eventLog();
    const service = await api.serve({ onEvent: log.onEvent, limits: { idleMs: 100 } });
    const wire = await connect(service.address());
    await wire.write(head(method, `/v2/${name}/${path}`, line));
    await wire.closed;
    expect(await log.first(() => true)).toMatchObject({ status: 499, receivedBytes: 0 });
  });

  test('every way to ask for a blob closes what it opened', async () => {
    const counts = counting();
    const { send } = await api.serve({ wrapDriver: counts.wrapDriver });
    const path = `/v2/${name}/blobs/${blob.digest}`;
    for (const headers of [
      {},
      { Range: 'bytes=5-9' },
      { Range: 'bytes=99999999-' },
      { 'If-None-Match': `"${blob.digest}"` },
    ]) {
      await send('GET', path, { headers });
    }
    expect(counts).toMatchObject({ opened: 4, closed: 4 });
  });
});

describeEmbedded('a disk', (api) => {
  const failing = (failure: DriverFailure) => async () => {
    throw new DriverError(failure, '/secret/path', new Error('the cause'));
  };

  test.each(['full', 'read-only', 'busy'] as const)(
    'that is %s is answered with 503, and only the event knows more',
    async (failure) => {
      const [name, log] = [api.repository(), eventLog()];
      const { send } = await api.serve({
        onEvent: log.onEvent,
        wrapDriver: (driver) => withCalls(driver, { stage: failing(failure), writeSmall: failing(failure) }),
      });
      const before = await api.files();
      for (const path of ['', `?digest=${freshBlob().digest}`]) {
        const reply = await send('POST', `/v2/${name}/blobs/uploads/${path}`, { body: 'x' });
        expectError(reply, 503, 'UNAVAILABLE');
        expect(reply.headers['retry-after']).toBe('10');
        expect(reply.body.toString()).not.toMatch(/secret|cause/);
      }
      expect(await log.first(() => true)).toMatchObject({
        status: 503,
        errorCode: 'UNAVAILABLE',
        cause: expect.objectContaining({ failure, path: '/secret/path' }),
      });
      expect(await api.files()).toEqual(before);
    },
  );

  test('that gets full in the middle of a layer is told to a client that goes on sending', async () => {
    const service = await api.serve({
      limits: { lingerMs: 100 },
      wrapDriver: (driver) =>
        withCalls(driver, {
          stage: async (source) => {
            let readBytes = 0;
            for await (const chunks of source) {
              for (const chunk of chunks) readBytes += chunk.byteLength;
              if (readBytes > MIB) break;
            }
            throw new DriverError('full', 'somewhere');
          },
        }),
    });
    const location = await startUpload(api, api.repository());
    const wire = await connect(service.address());
    await wire.write(head('PATCH', location, `Content-Length: ${1024 * MIB}`));
    const sending = (async () => {
      while (await wire.write(Buffer.alloc(64 * 1024)));
    })();
    expect(await wire.reply()).toMatchObject({ status: 503, body: expect.stringContaining('"UNAVAILABLE"') });
    await wire.closed;
    await sending;
    expect(service.receivedBytes()).toBeLessThan(4 * MIB);
    expect((await api.send('GET', location)).headers['range']).toBe('0-0');
  });

  test('that cannot be read when an upload ends leaves nothing of it', async () => {
    const [name, blob] = [api.repository(), freshBlob()];
    const before = await api.files();
    const location = await startUpload(api, name);
    expect((await api.send('PATCH', location, { body: blob.bytes })).status).toBe(202);
    // Another process than the one that hashed the bytes as they came.
    const { send } = await api.serve({
      wrapDriver: (driver) =>
        withCalls(driver, {
          readStaged: () => {
            throw new DriverError('busy', 'somewhere');
          },
        }),
    });
    expectError(await send('PUT', `${location}?digest=${blob.digest}`), 503, 'UNAVAILABLE');
    expect(await api.files()).toEqual(before);
  });

  test('whose file ends before its time ends the connection, since the answer has begun', async () => {
    const [name, blob, log] = [api.repository(), freshBlob(4 * MIB), eventLog()];
    await pushBlob(api, name, blob);
    const service = await api.serve({
      onEvent: log.onEvent,
      wrapDriver: (driver) =>
        withCalls(driver, {
          open: async (path) => {
            const content = await driver.open(path);
            return {
              ...content,
              read: async (target, offset) => (offset > MIB ? 0 : content.read(target, offset)),
              sendfile: undefined,
            };
          },
        }),
    });
    const wire = await connect(service.address());
    await wire.write(head('GET', `/v2/${name}/blobs/${blob.digest}`));
    await wire.closed;
    await expect(wire.reply()).rejects.toThrow('the connection ended');
    expect(await log.first(() => true)).toMatchObject({ status: 500, cause: expect.any(Error) });
  });

  test('that lost the content of a blob says that it is not there, and a push brings it back', async () => {
    const [name, blob] = [api.repository(), freshBlob(300_000)];
    await pushBlob(api, name, blob);
    const path = `/v2/${name}/blobs/${blob.digest}`;
    const { send } = await api.serve({
      wrapDriver: (driver) => withCalls(driver, { stat: failing('missing'), open: failing('missing') }),
    });
    expectError(await send('GET', path), 404, 'BLOB_UNKNOWN');
    expect((await send('HEAD', path)).status).toBe(404);
    await pushBlob(api, name, blob);
    expect((await api.send('GET', path)).body.equals(blob.bytes)).toBe(true);
  });
});

describeEmbedded('a bug', (api) => {
  const bug = new TypeError('the password is hunter2');

  test('is answered with 500 and an id, and only the event holds what it was', async () => {
    const [name, log] = [api.repository(), eventLog()];
    const { send } = await api.serve({
      onEvent: log.onEvent,
      wrapDriver: (driver) =>
        withCalls(driver, {
          list: async () => {
            throw bug;
          },
        }),
    });
    const reply = await send('GET', `/v2/${name}/tags/list`);
    const error = expectError(reply, 500, 'UNKNOWN');
    const event = await log.first(() => true);
    expect(error.detail).toEqual({ requestId: event.requestId });
    expect(error.message).toContain(event.requestId);
    expect(reply.body.toString()).not.toMatch(/hunter2|TypeError|\.ts/);
    expect(event).toMatchObject({ status: 500, errorCode: 'UNKNOWN', cause: bug });
    expect((await send('GET', '/v2/')).status).toBe(200);
  });

  test('in the gate is one too', async () => {
    const { send } = await api.serve({
      access: {
        authorize: async () => {
          throw bug;
        },
        challenge: () => {
          throw bug;
        },
      },
    });
    expectError(await send('GET', '/v2/'), 500, 'UNKNOWN');
  });

  test('in a push leaves what was there', async () => {
    const name = api.repository();
    const image = await pushImage(api, name, 'v1');
    const other = await pushImage(api, name);
    const client = await api.serve({
      wrapDriver: (driver) =>
        withCalls(driver, {
          writeSmall: async () => {
            throw bug;
          },
        }),
    });
    expectError(await putManifest(client, name, 'v1', other), 500, 'UNKNOWN');
    const got = await api.send('GET', `/v2/${name}/manifests/v1`);
    expect(got.headers['docker-content-digest']).toBe(image.digest);
  });
});
