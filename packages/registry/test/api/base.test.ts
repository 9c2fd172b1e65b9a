/** end-1, and what every answer of the API has in common. */

import { describeApi, describeEmbedded } from './api.ts';
import { expectError, jsonOf } from './content.ts';

describeApi('base', (api) => {
  test.each(['/v2/', '/v2'])('GET %s says that the API is here', async (path) => {
    const reply = await api.send('GET', path);
    expect(reply.status).toBe(200);
    expect(reply.headers['docker-distribution-api-version']).toBe('registry/2.0');
    expect(reply.headers['content-type']).toBe('application/json');
    expect(jsonOf(reply)).toEqual({});
  });

  test('HEAD of the base has the headers of GET and no body', async () => {
    const reply = await api.send('HEAD', '/v2/');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-length']).toBe('3');
    expect(reply.body).toHaveLength(0);
  });

  test.each([
    ['PUT', '/v2/', 'GET, HEAD'],
    ['DELETE', '/v2/_catalog', 'GET'],
    ['PUT', '/v2/a/tags/list', 'GET'],
    ['POST', '/v2/a/manifests/latest', 'GET, HEAD, PUT, DELETE'],
    ['PUT', `/v2/a/blobs/sha256:${'0'.repeat(64)}`, 'GET, HEAD, DELETE'],
    ['POST', `/v2/a/referrers/sha256:${'0'.repeat(64)}`, 'GET'],
    ['GET', '/v2/a/blobs/uploads/', 'POST'],
    ['POST', '/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000', 'GET, PATCH, PUT, DELETE'],
    ['OPTIONS', '/v2/a/tags/list', 'GET'],
  ])('%s %s is refused with the methods that are possible', async (method, path, allow) => {
    const reply = await api.send(method, path);
    expectError(reply, 405, 'UNSUPPORTED');
    expect(reply.headers['allow']).toBe(allow);
  });

  test.each([
    '/v2/a',
    '/v2/a/b',
    '/v2/a/tags',
    '/v2/a/tags/list/',
    '/v2/_catalog/',
    '/v2/a/blobs/uploads/x/y',
  ])('%s is no endpoint and answers 404 in JSON', async (path) => {
    const error = expectError(await api.send('GET', path), 404, 'UNSUPPORTED');
    expect(error.message).toContain(path);
  });

  test('an error to a HEAD has its status and headers and no body', async () => {
    const reply = await api.send('HEAD', `/v2/${api.repository()}/manifests/latest`);
    expect(reply.status).toBe(404);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(0);
    expect(reply.body).toHaveLength(0);
  });
});

// A program that holds the registry may have pages of its own there.
describeEmbedded('what is not below /v2/', (api) => {
  test.each(['/', '/v1/', '/v2x/a/manifests/latest', '/v2_/a/tags/list'])(
    '%s is no endpoint and answers 404 in JSON',
    async (path) => {
      const error = expectError(await api.send('GET', path), 404, 'UNSUPPORTED');
      expect(error.message).toContain(path);
    },
  );
});

describeEmbedded('queries', (api) => {
  test('a query that is longer than the limit is refused', async () => {
    const { send } = await api.serve({ limits: { queryBytes: 20 } });
    expect((await send('GET', '/v2/_catalog?n=1&last=aaaaaaaaa')).status).toBe(200);
    const error = expectError(await send('GET', '/v2/_catalog?n=1&last=aaaaaaaaaaaaaaa'), 414, 'UNSUPPORTED');
    expect(error.message).toContain('20 bytes');
  });
});
