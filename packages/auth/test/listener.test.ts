// The token endpoint without a framework: what a server of node:http hands it, for the sake of speed.
import request from 'supertest';
import { closeAll, house } from './support.ts';

afterEach(closeAll);

test('it answers at the paths at which the router does', () => {
  expect([...house().auth.tokenPaths]).toEqual(['/auth', '/auth/token', '/token']);
  const paths = ['/p.x/auth', '/p.x/auth/token', '/p.x/token'];
  for (const pathPrefix of ['/p.x', '/p.x/']) {
    expect([...house({ pathPrefix }).auth.tokenPaths]).toEqual(paths);
  }
});

test.each<['get' | 'head' | 'post' | 'put', string, string | undefined]>([
  ['get', '/auth?service=registry&scope=repository:a:pull', 'wonderland'],
  ['head', '/auth?service=registry', 'wonderland'],
  ['get', '/auth/token?account=bob', 'wonderland'],
  ['get', '/auth', undefined],
  ['get', '/token?scope=nonsense', 'wonderland'],
  ['post', '/token', 'wonderland'],
  ['put', '/auth', 'wonderland'],
])('%s %s with the password %p is answered as by the router', async (method, path, password) => {
  const { auth, app, events } = house();
  app.disable('x-powered-by'); // a word of the framework's own
  const ask = async (server: Parameters<typeof request>[0]) => {
    const asked = request(server)[method](path);
    const { status, headers, body } = await (password === undefined ? asked : asked.auth('alice', password));
    const { date: _, 'content-length': __, connection: ___, 'keep-alive': ____, ...rest } = headers;
    const { token: _____, access_token: ______, ...answer } = body;
    return { status, headers: rest, answer, event: events.pop() };
  };
  expect(await ask(auth.tokenListener)).toEqual(await ask(app));
});
