// The body of a POST: a form and nothing else, of bounded size.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
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
    expect(await chunked(app, large)).toBe(413);
  });

  test('that never ends is answered, and cut off after a while', async () => {
    const { app } = house();
    const { answer, sentBytes } = await endless(app);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024); // 1 MiB and what lies in the buffers between
  });

  test('with a password that is not UTF-8 is a wrong password', async () => {
    const { client } = house();
    await client.post('/auth').type('form').send('username=alice&password=%E4').expect(401);
  });
});

/** The address of a server that is closed after `use`. */
async function served<T>(app: House['app'], use: (port: number) => Promise<T>): Promise<T> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Sends a form in chunks; the status. */
function chunked(app: House['app'], text: string): Promise<number> {
  return served(app, async (port) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const post = httpRequest({ port, host: '127.0.0.1', path: '/auth', method: 'POST', headers });
    post.write(text);
    post.end();
    const [response] = await once(post, 'response');
    response.resume();
    return response.statusCode;
  });
}

const ENOUGH_BYTES = 256 * 1024 * 1024;

/** Sends a form until the connection is cut, or it is enough: what came back, and how much was sent. */
function endless(app: House['app']): Promise<{ answer: string; sentBytes: number }> {
  return served(app, async (port) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {}); // a reset is how a cut connection ends
    socket.write(
      'POST /auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
        `Content-Length: ${8 * ENOUGH_BYTES}\r\n\r\n`,
    );
    const chunk = 'x'.repeat(65_536);
    let sentBytes = 0;
    const more = () => {
      while (!socket.destroyed && sentBytes < ENOUGH_BYTES && socket.write(chunk)) sentBytes += chunk.length;
      sentBytes += chunk.length; // the one that has to wait
      if (sentBytes >= ENOUGH_BYTES) socket.destroy();
    };
    socket.on('drain', more);
    socket.once('data', more); // the answer is there before the flood
    await new Promise((resolve) => socket.once('close', resolve));
    return { answer, sentBytes };
  });
}
