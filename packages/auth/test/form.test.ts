// The body of a POST: a form and nothing else, of bounded size.
import { type ClientRequest, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeAll, type House, house } from './support.ts';

afterEach(closeAll);

const FORM = 'username=alice&password=wonderland&service=registry';

describe('a body', () => {
  test.each(['application/json', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencodedx'])(
    'of type %s is refused',
    async (type) => {
      const { client } = house();
      const response = await client.post('/auth').set('Content-Type', type).send(FORM).expect(415);
      expect(response.body.error).toBe('invalid_request');
      expect(response.body.errors[0].message).toContain('application/x-www-form-urlencoded');
    },
  );

  test('may name its charset', async () => {
    const { client } = house();
    const type = 'application/x-www-form-urlencoded; charset=UTF-8';
    await client.post('/auth').set('Content-Type', type).send(FORM).expect(200);
  });

  test('that is compressed is refused', async () => {
    const { client } = house();
    const response = await client
      .post('/auth')
      .type('form')
      .set('Content-Encoding', 'gzip')
      .send('x')
      .expect(415);
    expect(response.body.errors[0].message).toContain('Content-Encoding');
  });

  test('of more than 64 KiB is refused, also where the client did not say how much it would be', async () => {
    const { client, app } = house();
    const large = `${FORM}&x=${'x'.repeat(65_536)}`;
    const response = await client.post('/auth').send(large).expect(413);
    expect(response.body.errors[0].message).toBe('the form is larger than 65536 bytes');
    expect(response.headers['connection']).toBe('close');
    expect(await chunked(app, large)).toBe(413);
  });

  test('that never ends is given up', async () => {
    const { app } = house();
    expect(await chunked(app, 'x'.repeat(65_537), 'endless')).toBe(413);
  });

  test('with a password that is not UTF-8 is a wrong password', async () => {
    const { client } = house();
    await client.post('/auth').type('form').send('username=alice&password=%E4').expect(401);
  });
});

/** Sends a form in chunks; resolves to the status, after the server has closed where the body is endless. */
async function chunked(app: House['app'], text: string, end?: 'endless'): Promise<number> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const post = httpRequest({ port, host: '127.0.0.1', path: '/auth', method: 'POST', headers });
      let status = 0;
      post.on('response', (response) => {
        status = response.statusCode ?? 0;
        response.resume();
        if (end === undefined) response.on('end', () => resolve(status));
      });
      post.on('close', () => resolve(status));
      post.on('error', (error) => (status === 0 ? reject(error) : resolve(status)));
      post.write(text);
      if (end === undefined) post.end();
      else keepWriting(post);
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function keepWriting(post: ClientRequest): void {
  const more = () => {
    while (!post.destroyed && post.write('x'.repeat(65_536)));
  };
  post.on('drain', more);
  more();
}
