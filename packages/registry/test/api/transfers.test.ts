/** Long blobs on their way to the client: what is asked after them, and clients that are slow, for every way to send. */

import type { Driver, Content as DriverContent } from '../../src/index.ts';
import { describeEmbedded } from './api.ts';
import { type Content, freshBlob, pushBlob } from './content.ts';
import { withCalls } from './drivers.ts';
import { eventLog } from './event-log.ts';
import { connect, head, type Wire } from './wire.ts';

const MIB = 1024 * 1024;
/** The places have at most two; a request more shows that the first takes part again. */
const ADDRESSES = 3;

/** A driver that counts what of its contents is on the way to clients. */
function counting(): {
  wrapDriver: (driver: Driver) => Driver;
  bytes: number;
  opened: number;
  closed: number;
} {
  const counts = {
    bytes: 0,
    opened: 0,
    closed: 0,
    wrapDriver: (driver: Driver) =>
      withCalls(driver, {
        open: async (path) => {
          const content = await driver.open(path);
          const { sendfile } = content;
          counts.opened += 1;
          const counted: DriverContent = {
            ...content,
            close: async () => {
              counts.closed += 1;
              await content.close();
            },
            read: async (target, offset) => {
              const count = await content.read(target, offset);
              counts.bytes += count;
              return count;
            },
            sendfile:
              sendfile &&
              ((...args) => {
                const sent = sendfile(...args);
                if (typeof sent === 'number') counts.bytes += sent;
                return sent;
              }),
          };
          return counted;
        },
      }),
  };
  return counts;
}

async function expectBlob(wire: Wire, blob: Content): Promise<void> {
  expect(await wire.head()).toMatchObject({
    status: 200,
    headers: { 'content-length': String(blob.bytes.byteLength) },
  });
  expect((await wire.take(blob.bytes.byteLength)).equals(blob.bytes)).toBe(true);
}

describeEmbedded('a long blob', (api) => {
  const blob: Content = freshBlob(4 * MIB + 7);
  let name: string;
  let path: string;

  beforeAll(async () => {
    name = api.repository();
    path = `/v2/${name}/blobs/${blob.digest}`;
    await pushBlob(api, name, blob);
  });

  test('is followed by whatever is asked next on the connection', async () => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const wire = await connect(api.address());
      for (let again = 0; again < 3; again += 1) {
        await wire.write(head('GET', path));
        await expectBlob(wire, blob);
      }
      await wire.write(head('HEAD', path));
      expect(await wire.head()).toMatchObject({ status: 200 });
      await wire.write(head('GET', '/v2/'));
      expect(await wire.head()).toMatchObject({
        status: 200,
        headers: { 'content-type': 'application/json' },
      });
      wire.socket.destroy();
    }
  });

  test('comes before what was asked after it without waiting for it', async () => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const wire = await connect(api.address());
      await wire.write(head('GET', path) + head('HEAD', path) + head('GET', path) + head('GET', '/v2/none'));
      await expectBlob(wire, blob);
      expect(await wire.head()).toMatchObject({ status: 200 });
      await expectBlob(wire, blob);
      expect(await wire.head()).toMatchObject({ status: 404 });
      wire.socket.destroy();
    }
  });

  test('ends the connection where the client wants it to, after its last byte', async () => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const wire = await connect(api.address());
      await wire.write(head('GET', path, 'Connection: close'));
      await expectBlob(wire, blob);
      await wire.closed;
    }
  });

  test.each([
    ['bytes=1-', 1, 4 * MIB + 7],
    ['bytes=100000-4000000', 100_000, 4_000_001],
    ['bytes=-3000001', 4 * MIB + 7 - 3_000_001, 4 * MIB + 7],
  ])('is sent in part for %s, and no byte more', async (range, startByte, endByte) => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const wire = await connect(api.address());
      await wire.write(head('GET', path, `Range: ${range}`));
      expect(await wire.head()).toMatchObject({ status: 206 });
      expect((await wire.take(endByte - startByte)).equals(blob.bytes.subarray(startByte, endByte))).toBe(
        true,
      );
      await wire.write(head('GET', '/v2/none'));
      expect(await wire.head()).toMatchObject({ status: 404 });
      wire.socket.destroy();
    }
  });

  test('is told of once, with its bytes', async () => {
    const log = eventLog();
    const { send } = await api.serve({ onEvent: log.onEvent });
    for (let turn = 0; turn < ADDRESSES; turn += 1) await send('GET', path);
    await log.first(() => log.events.length === ADDRESSES);
    expect(log.events.map(({ status, sentBytes }) => [status, sentBytes])).toEqual(
      Array(ADDRESSES).fill([200, blob.bytes.byteLength]),
    );
  });
});

describeEmbedded('a client that reads slowly', (api) => {
  const blob: Content = freshBlob(24 * MIB);
  let path: string;

  beforeAll(async () => {
    const name = api.repository();
    path = `/v2/${name}/blobs/${blob.digest}`;
    await pushBlob(api, name, blob);
  });

  test('gets every byte, however often it stops', async () => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const wire = await connect(api.address());
      wire.socket.pause();
      await wire.write(head('GET', path));
      let stops = 0;
      wire.socket.on('data', () => {
        stops += 1;
        wire.socket.pause();
        setImmediate(() => wire.socket.resume());
      });
      wire.socket.resume();
      await expectBlob(wire, blob);
      expect(stops).toBeGreaterThan(24);
      wire.socket.destroy();
    }
  });

  test('is not sent what it does not take', async () => {
    for (let turn = 0; turn < ADDRESSES; turn += 1) {
      const [counts, log] = [counting(), eventLog()];
      const service = await api.serve({
        wrapDriver: counts.wrapDriver,
        onEvent: log.onEvent,
        limits: { idleMs: 100 },
      });
      // Round all addresses.
      for (let skipped = 0; skipped < turn; skipped += 1) service.address();
      const wire = await connect(service.address());
      wire.socket.pause();
      await wire.write(head('GET', path));
      expect(await log.first(() => true)).toMatchObject({ status: 499 });
      expect(counts.bytes).toBeGreaterThan(0);
      expect(counts.bytes).toBeLessThan(blob.bytes.byteLength);
      wire.socket.destroy();
    }
  });

  test('may go away while one blob waits for another: no file stays open, and both are told of', async () => {
    const [counts, log] = [counting(), eventLog()];
    const service = await api.serve({ wrapDriver: counts.wrapDriver, onEvent: log.onEvent });
    const wire = await connect(service.address());
    wire.socket.pause();
    await wire.write(head('GET', path) + head('GET', path));
    wire.socket.once('data', () => wire.socket.destroy());
    wire.socket.resume();
    await log.first(() => log.events.length === 2);
    expect(log.events).toMatchObject([{ status: 499 }, { status: 499 }]);
    expect(counts).toMatchObject({ opened: 2, closed: 2 });
  });

  test('is cut also while a second blob is on its way', async () => {
    const log = eventLog();
    // The first one is received whole: a busy machine may stop this process for longer than a tenth of a second.
    const service = await api.serve({ onEvent: log.onEvent, limits: { idleMs: 1000 } });
    const wire = await connect(service.address());
    await wire.write(head('GET', path) + head('GET', path));
    await expectBlob(wire, blob);
    wire.socket.pause();
    await log.first(() => log.events.length === 2);
    expect(log.events).toMatchObject([{ status: 200 }, { status: 499 }]);
  });
});
