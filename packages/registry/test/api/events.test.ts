/** One event for each request, with what logs, metrics and audits need, and no secret. */

import { gateWith, KEY } from '../access-gates.ts';
import { tokenOf } from '../access-support.ts';
import { describeEmbedded } from './api.ts';
import { expectError, freshBlob, pushBlob, pushImage, putManifest } from './content.ts';
import { eventLog } from './event-log.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describeEmbedded('events', (api) => {
  test('tell of a pull: who, what, how much and how long', async () => {
    const [name, log] = [api.repository(), eventLog()];
    const image = await pushImage(api, name, 'v1');
    const { send } = await api.serve({ onEvent: log.onEvent });
    await send('GET', `/v2/${name}/manifests/v1`, { headers: { 'User-Agent': 'client/1' } });
    expect(await log.first(() => true)).toEqual({
      requestId: expect.stringMatching(UUID),
      method: 'GET',
      path: `/v2/${name}/manifests/v1`,
      route: 'manifest-get',
      name,
      reference: 'v1',
      status: 200,
      receivedBytes: 0,
      sentBytes: image.bytes.byteLength,
      durationMs: expect.any(Number),
      account: '',
      address: '127.0.0.1',
      userAgent: 'client/1',
      errorCode: undefined,
      errorMessage: undefined,
      cause: undefined,
    });
    expect(log.events[0]?.durationMs).toBeGreaterThan(0);
  });

  test('tell of every request once, with its route, reference and bytes', async () => {
    const [name, log, blob] = [api.repository(), eventLog(), freshBlob(300_000)];
    const client = await api.serve({ onEvent: log.onEvent });
    await pushBlob(client, name, blob);
    const image = await pushImage(client, name, 'v1');
    await client.send('HEAD', `/v2/${name}/blobs/${blob.digest}`);
    // The file of a long blob is closed after its last byte, and only then the request is over.
    await client.send('GET', `/v2/${name}/blobs/${blob.digest}`);
    await log.first(({ route, status }) => route === 'blob-get' && status === 200);
    await client.send('GET', `/v2/${name}/blobs/${blob.digest}`, { headers: { Range: 'bytes=0-9' } });
    await log.first(({ status }) => status === 206);
    await client.send('GET', `/v2/${name}/tags/list`);
    await client.send('DELETE', `/v2/${name}/manifests/${image.digest}`);
    await client.send('GET', '/v2/');
    const last = await log.first(({ route }) => route === 'base');
    expect(last.name).toBeUndefined();
    expect(
      log.events.map(({ route, status, reference, receivedBytes, sentBytes }) => [
        route,
        status,
        reference,
        receivedBytes,
        route === 'tags' || route === 'base' ? 0 : sentBytes,
      ]),
    ).toEqual([
      ['upload-start', 201, undefined, 300_000, 0],
      ['upload-start', 201, undefined, 64, 0],
      ['manifest-put', 201, 'v1', image.bytes.byteLength, 0],
      ['blob-head', 200, blob.digest, 0, 0],
      ['blob-get', 200, blob.digest, 0, 300_000],
      ['blob-get', 206, blob.digest, 0, 10],
      ['tags', 200, undefined, 0, 0],
      ['manifest-delete', 202, image.digest, 0, 0],
      ['base', 200, undefined, 0, 0],
    ]);
    expect(new Set(log.events.map(({ requestId }) => requestId)).size).toBe(log.events.length);
  });

  test('tell who it was that a token was made for, and nobody where nobody was let in', async () => {
    const [name, log] = [api.repository(), eventLog()];
    const { send } = await api.serve({ access: gateWith(), onEvent: log.onEvent });
    const access = [{ type: 'repository', name, actions: ['pull'] }];
    const headers = { Authorization: `Bearer ${tokenOf(KEY, { access })}` };
    await send('GET', `/v2/${name}/tags/list`, { headers });
    await send('GET', `/v2/${name}/tags/list`);
    await log.first(({ errorCode }) => errorCode === 'UNAUTHORIZED');
    expect(log.events.map(({ account, status, errorCode }) => [account, status, errorCode])).toEqual([
      ['alice', 404, 'NAME_UNKNOWN'],
      [undefined, 401, 'UNAUTHORIZED'],
    ]);
  });

  test('tell of an error with its code and message, as the client sees it', async () => {
    const log = eventLog();
    const { send } = await api.serve({ onEvent: log.onEvent });
    const answer = await send('GET', '/v2/Upper/tags/list');
    const error = expectError(answer, 400, 'NAME_INVALID');
    expect(await log.first(() => true)).toMatchObject({
      status: 400,
      route: undefined,
      errorCode: 'NAME_INVALID',
      errorMessage: error.message,
      sentBytes: answer.body.byteLength,
      cause: undefined,
    });
  });

  test('hold nothing of the query or of any credential', async () => {
    const [name, log] = [api.repository(), eventLog()];
    const { send } = await api.serve({ access: gateWith(), onEvent: log.onEvent });
    const secret = 'a-secret-that-nobody-may-see';
    const encoded = Buffer.from(`alice:${secret}`).toString('base64');
    for (const authorization of [`Bearer ${secret}`, `Basic ${encoded}`, secret]) {
      await send('GET', `/v2/${name}/manifests/v1?token=${secret}`, {
        headers: { Authorization: authorization },
      });
    }
    await send('PUT', `/v2/${name}/blobs/uploads/${ID}?digest=${secret}`, {
      headers: { Authorization: `Bearer ${tokenOf(KEY, { access: [] })}` },
    });
    await log.first(({ method }) => method === 'PUT');
    const written = JSON.stringify(log.events);
    expect(log.events).toHaveLength(4);
    expect(written).not.toContain(secret);
    expect(written).not.toContain(encoded);
  });

  test('know the address that the server says the client has', async () => {
    const log = eventLog();
    const address = () => '192.0.2.7';
    const { send } = await api.serve({ address, onEvent: log.onEvent });
    await send('GET', '/v2/');
    expect((await log.first(() => true)).address).toBe('192.0.2.7');
  });

  test('of a push that was refused come with the bytes that were read of it', async () => {
    const [name, log] = [api.repository(), eventLog()];
    const client = await api.serve({ onEvent: log.onEvent });
    await putManifest(client, name, 'v1', '{}');
    const event = await log.first(() => true);
    expect(event).toMatchObject({ status: 400, receivedBytes: 2, errorCode: 'MANIFEST_INVALID' });
  });
});
