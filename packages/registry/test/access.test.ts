/** Who gets in, through the face of the registry: real requests on a loopback port, tokens on. */

import { createHash, randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AccessGate,
  createRegistry,
  memoryDriver,
  type TokenAccessOptions,
  tokenAccess,
} from '../src/index.ts';
import { ISSUER, makeKey, NOW, SERVICE, type TestAccess, tokenOf } from './access-support.ts';

const KEY = makeKey('ES256');
const BLOB = Buffer.from('a layer');
const DIGEST = `sha256:${createHash('sha256').update(BLOB).digest('hex')}`;
const ABSENT = `sha256:${'0'.repeat(64)}`;
const UPLOAD = randomUUID();

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const driver = memoryDriver();
let server: Server;
let gate: AccessGate;

/** Puts a gate with these options in the registry's place for it. */
function guard(changes: Partial<TokenAccessOptions> = {}): void {
  gate = tokenAccess({
    realm: ({ headers }) => `http://${headers.host}/auth`,
    service: SERVICE,
    issuer: ISSUER,
    keys: [{ kid: KEY.kid, key: KEY.publicKey }],
    clock: () => NOW * 1000,
    ...changes,
  });
}

const registry = createRegistry({
  driver,
  access: {
    authorize: (...ask) => gate.authorize(...ask),
    challenge: (...ask) => gate.challenge(...ask),
  },
});

beforeAll(async () => {
  guard();
  server = createServer(registry.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const name of ['a/b', 'secret']) {
    const pushed = await send(
      'POST',
      `/v2/${name}/blobs/uploads/?digest=${DIGEST}`,
      holding(push(name)),
      BLOB,
    );
    expect(pushed.status).toBe(201);
  }
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await registry.close();
});

beforeEach(() => guard());

function send(
  method: string,
  path: string,
  headers: readonly string[] = [],
  body?: Uint8Array,
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? [] : ['Content-Length', String(body.length)];
    const all = ['Host', `127.0.0.1:${port}`, ...headers, ...length];
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject).end(body);
  });
}

function holding(...access: readonly TestAccess[]): readonly string[] {
  return ['Authorization', `Bearer ${tokenOf(KEY, { access })}`];
}

function entry(name: string, ...actions: readonly string[]): TestAccess {
  return { type: 'repository', name, actions };
}

function push(name: string): TestAccess {
  return entry(name, 'pull', 'push');
}

/** The scope that a challenge asks for; '' where it names none, undefined where there is no challenge. */
function scopeOf({ headers }: Answer): string | undefined {
  const challenge = headers['www-authenticate'];
  if (challenge === undefined) return undefined;
  expect(challenge).toMatch(/^Bearer realm="http:\/\/127\.0\.0\.1:\d+\/auth",service="registry\.example"/);
  return /,scope="([^"]*)"/.exec(challenge)?.[1] ?? '';
}

function errorOf({ body }: Answer): { code?: string; message?: string; detail?: unknown } {
  return JSON.parse(body).errors[0];
}

const NEEDS: readonly (readonly [method: string, path: string, actions: string])[] = [
  ['GET', `/v2/a/b/blobs/${DIGEST}`, 'pull'],
  ['HEAD', `/v2/a/b/blobs/${DIGEST}`, 'pull'],
  ['DELETE', `/v2/a/b/blobs/${ABSENT}`, 'delete'],
  ['GET', '/v2/a/b/manifests/latest', 'pull'],
  ['HEAD', '/v2/a/b/manifests/latest', 'pull'],
  ['PUT', '/v2/a/b/manifests/latest', 'pull,push'],
  ['DELETE', '/v2/a/b/manifests/latest', 'delete'],
  ['POST', '/v2/a/b/blobs/uploads/', 'pull,push'],
  ['GET', `/v2/a/b/blobs/uploads/${UPLOAD}`, 'pull,push'],
  ['PATCH', `/v2/a/b/blobs/uploads/${UPLOAD}`, 'pull,push'],
  ['PUT', `/v2/a/b/blobs/uploads/${UPLOAD}?digest=${DIGEST}`, 'pull,push'],
  ['DELETE', `/v2/a/b/blobs/uploads/${UPLOAD}`, 'pull,push'],
  ['GET', '/v2/a/b/tags/list', 'pull'],
  ['GET', `/v2/a/b/referrers/${DIGEST}`, 'pull'],
];

describe('every route', () => {
  it.each(NEEDS)('%s %s challenges a stranger with the scope it needs', async (method, path, actions) => {
    const answer = await send(method, path);
    expect(answer.status).toBe(401);
    expect(scopeOf(answer)).toBe(`repository:a/b:${actions}`);
    if (method !== 'HEAD') expect(errorOf(answer).code).toBe('UNAUTHORIZED');
  });

  it.each(NEEDS)(
    '%s %s lets in who has just that, and nobody who lacks part of it',
    async (method, path, actions) => {
      const needed = actions.split(',');
      expect((await send(method, path, holding(entry('a/b', ...needed)))).status).not.toBe(401);
      expect((await send(method, path, holding(entry('a/b', '*')))).status).not.toBe(401);
      const others = ['pull', 'push', 'delete'].filter((action) => !needed.includes(action));
      const lacking = [
        entry('a/b', ...others, ...needed.slice(1)),
        entry('a', '*'),
        entry('a/b/c', '*'),
        { type: 'registry', name: 'a/b', actions: ['*'] },
        entry('*', '*'),
      ];
      for (const access of lacking) {
        const answer = await send(method, path, holding(access));
        expect(answer.status).toBe(401);
        expect(scopeOf(answer)).toBe(`repository:a/b:${actions}`);
        if (method !== 'HEAD') expect(errorOf(answer).code).toBe('DENIED');
      }
    },
  );

  it('challenges at /v2/ without a scope, and takes any valid token there', async () => {
    for (const path of ['/v2/', '/v2']) {
      const answer = await send('GET', path);
      expect([answer.status, scopeOf(answer)]).toEqual([401, '']);
      expect((await send('GET', path, holding())).status).toBe(200);
      const anonymous = ['Authorization', `Bearer ${tokenOf(KEY, { sub: '', access: [] })}`];
      expect((await send('GET', path, anonymous)).status).toBe(200);
    }
  });
});

describe('a stranger', () => {
  it('cannot tell what exists from what does not', async () => {
    const pairs = [
      [`/v2/secret/blobs/${DIGEST}`, `/v2/secret/blobs/${ABSENT}`],
      ['/v2/secret/tags/list', '/v2/absent/tags/list'],
      ['/v2/secret/manifests/latest', '/v2/absent/manifests/latest'],
    ] as const;
    for (const headers of [[], holding(), ['Authorization', 'Bearer a.b.c'], ['Authorization', 'Basic YTpi']])
      for (const [there, missing] of pairs) {
        const [one, two] = [await send('GET', there, headers), await send('GET', missing, headers)];
        const text = (answer: Answer) =>
          JSON.stringify([answer.body, scopeOf(answer)])
            .replaceAll('absent', 'secret')
            .replaceAll(ABSENT, DIGEST);
        expect(one.status).toBe(401);
        expect(two.status).toBe(401);
        expect(text(one)).toBe(text(two));
      }
  });

  it.each([
    ['expired', () => tokenOf(KEY, { exp: NOW - 100 }), 'the token expired 100 s ago'],
    ['for another service', () => tokenOf(KEY, { aud: 'x' }), 'the token is for the service "x"'],
    ['from another issuer', () => tokenOf(KEY, { iss: 'x' }), 'the token is from the issuer "x"'],
    ['of a foreign key', () => tokenOf(makeKey('ES256', 'foreign')), 'trusted are "key-ES256"'],
    ['of a foreign key with our kid', () => tokenOf(makeKey('ES256')), "the token's signature (ES256)"],
    ['cut off', () => tokenOf(KEY).slice(0, -10), "the token's signature (ES256)"],
    ['cut in half', () => tokenOf(KEY).slice(0, 100), 'this is not a token'],
    [
      'with alg none',
      () => `eyJhbGciOiJub25lIn0.${tokenOf(KEY).split('.')[1]}.AA`,
      'the token\'s alg is "none"',
    ],
  ])('with a token %s gets UNAUTHORIZED and the reason', async (_what, token, message) => {
    const answer = await send('GET', '/v2/a/b/tags/list', ['Authorization', `Bearer ${token()}`]);
    expect(answer.status).toBe(401);
    expect(errorOf(answer)).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(message),
    });
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(scopeOf(answer)).toBe('repository:a/b:pull');
  });

  it('with a good token and a second Authorization header is not let in', async () => {
    const good = holding(entry('a/b', 'pull'));
    for (const both of [
      [...good, ...good],
      [...good, 'authorization', 'Basic YTpi'],
    ])
      expect((await send('GET', '/v2/a/b/tags/list', both)).status).toBe(401);
  });
});

describe('a mount', () => {
  const mount = `/v2/new/blobs/uploads/?mount=${DIGEST}`;

  it('is challenged with both scopes where the token says nothing of from', async () => {
    for (const digest of [DIGEST, ABSENT])
      for (const from of ['secret', 'absent']) {
        const answer = await send(
          'POST',
          `/v2/new/blobs/uploads/?mount=${digest}&from=${from}`,
          holding(push('new')),
        );
        expect(answer.status).toBe(401);
        expect(scopeOf(answer)).toBe(`repository:new:pull,push repository:${from}:pull`);
        expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
      }
    expect(scopeOf(await send('POST', `${mount}&from=secret`))).toBe(
      'repository:new:pull,push repository:secret:pull',
    );
  });

  it('starts an upload, as if nothing were there, where from was asked for and not granted', async () => {
    for (const digest of [DIGEST, ABSENT]) {
      const headers = holding(push('new'), entry('secret'));
      const answer = await send('POST', `/v2/new/blobs/uploads/?mount=${digest}&from=secret`, headers);
      expect(answer.status).toBe(202);
    }
  });

  it('gives the blob to who may pull it where it is', async () => {
    const answer = await send('POST', `${mount}&from=secret`, holding(push('new'), entry('secret', 'pull')));
    expect(answer.status).toBe(201);
  });

  it('without from gives the blob only out of what the token covers', async () => {
    const path = `/v2/newer/blobs/uploads/?mount=${DIGEST}`;
    expect((await send('POST', path, holding(push('newer')))).status).toBe(202);
    expect((await send('POST', path, holding(push('newer'), entry('secret')))).status).toBe(202);
    expect((await send('POST', path, holding(push('newer'), entry('secret', 'pull')))).status).toBe(201);
  });
});

describe('the catalog', () => {
  const whole: TestAccess = { type: 'registry', name: 'catalog', actions: ['*'] };

  it('is refused with its scope where the rules are elsewhere', async () => {
    for (const headers of [
      [],
      holding(),
      holding(entry('a/b', 'pull')),
      holding({ ...whole, actions: ['pull'] }),
    ]) {
      const answer = await send('GET', '/v2/_catalog', headers);
      expect(answer.status).toBe(401);
      expect(scopeOf(answer)).toBe('registry:catalog:*');
    }
  });

  it('is whole for who holds registry:catalog:*', async () => {
    const names: string[] = JSON.parse((await send('GET', '/v2/_catalog', holding(whole))).body).repositories;
    expect(names).toEqual(expect.arrayContaining(['a/b', 'secret']));
  });

  it('is what the owner of the token may pull, where the rules are in the process', async () => {
    guard({ mayPull: ({ account, name }) => account === 'alice' && name.startsWith('a/') });
    expect(JSON.parse((await send('GET', '/v2/_catalog', holding())).body)).toEqual({
      repositories: ['a/b'],
    });
    expect((await send('GET', '/v2/_catalog')).status).toBe(401);
  });
});

describe('a password sent straight to /v2/', () => {
  const right = ['Authorization', `Basic ${Buffer.from('bob:right').toString('base64')}`];
  const wrong = ['Authorization', `Basic ${Buffer.from('bob:wrong').toString('base64')}`];

  beforeEach(() => {
    guard({
      grantForPassword: async ({ account, password, scopes }) => {
        if (password !== 'right') return { outcome: 'refused' };
        const access = scopes.map(({ type, name, actions }) => ({
          type,
          name,
          actions: name === 'secret' ? [] : actions,
        }));
        return { outcome: 'granted', account, access };
      },
    });
  });

  it('does what its account may', async () => {
    const read = await send('GET', `/v2/a/b/blobs/${DIGEST}`, right);
    expect([read.status, read.body]).toEqual([200, 'a layer']);
    expect((await send('GET', '/v2/', right)).status).toBe(200);
    expect((await send('POST', `/v2/a/b/blobs/uploads/?digest=${DIGEST}`, right, BLOB)).status).toBe(201);
    expect((await send('POST', `/v2/bob/blobs/uploads/?mount=${DIGEST}&from=secret`, right)).status).toBe(
      202,
    );
    expect((await send('POST', `/v2/bob/blobs/uploads/?mount=${DIGEST}&from=a/b`, right)).status).toBe(201);
  });

  it('is denied the rest, and challenged when it is wrong', async () => {
    const denied = await send('GET', `/v2/secret/blobs/${DIGEST}`, right);
    expect([denied.status, errorOf(denied).code, scopeOf(denied)]).toEqual([
      401,
      'DENIED',
      'repository:secret:pull',
    ]);
    const refused = await send('GET', `/v2/a/b/blobs/${DIGEST}`, wrong);
    expect([refused.status, errorOf(refused).code, scopeOf(refused)]).toEqual([
      401,
      'UNAUTHORIZED',
      'repository:a/b:pull',
    ]);
  });

  it('tried too often gets 429 with Retry-After', async () => {
    guard({ grantForPassword: async () => ({ outcome: 'slow-down', retryAfterSeconds: 7 }) });
    const answer = await send('GET', '/v2/', wrong);
    expect([answer.status, answer.headers['retry-after'], errorOf(answer).code]).toEqual([
      429,
      '7',
      'TOOMANYREQUESTS',
    ]);
  });

  it('gets the challenge where no password can be checked', async () => {
    guard();
    const answer = await send('GET', `/v2/a/b/blobs/${DIGEST}`, right);
    expect([answer.status, scopeOf(answer)]).toEqual([401, 'repository:a/b:pull']);
  });
});
