// Tokens that are given out before node:http sees their requests: the same as by the listener, in the same order.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { compileRules } from '@berth/acl';
import type { Auth } from '@berth/auth';
import { type AuthEvent, createAuth, generateSigner } from '@berth/auth';
import { hashSync } from 'bcryptjs';
import { drainable } from '../src/http/drain.ts';
import { answerQuickly } from '../src/http/quick-requests.ts';
import { createLog } from '../src/log/log.ts';
import { headOf, Wire, withoutDate } from './wire.ts';

const HASH = hashSync('wonderland', 4);
const log = createLog({ level: 'error', format: 'text', write: () => undefined });
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Place {
  readonly wire: Wire;
  /** What was answered quickly, in its order. */
  readonly answered: string[];
  readonly events: AuthEvent[];
  readonly sockets: Socket[];
  readonly drain: (timeoutMs: number) => Promise<void>;
  connect(): Promise<Wire>;
}

type QuickTokenListener = Auth['quickTokenListener'];

/** A token server with `alice`, and a connection to it. */
async function open(wrap = (listener: QuickTokenListener) => listener, isOpen = () => true): Promise<Place> {
  const events: AuthEvent[] = [];
  const auth = createAuth({
    issuer: 'test issuer',
    expirationSeconds: 900,
    signer: generateSigner(),
    users: { alice: { passwordHash: HASH }, '': {} },
    rules: compileRules([{ match: {}, actions: ['*'] }]),
    onEvent: (event) => events.push(event),
  });
  const answered: string[] = [];
  const listener = wrap((head, reply) => auth.quickTokenListener(head, reply));
  const tokens = {
    tokenPaths: auth.tokenPaths,
    quickTokenListener: (...[head, reply]: Parameters<QuickTokenListener>) => {
      const isTaken = listener(head, reply);
      if (isTaken) answered.push(head.url ?? '');
      return isTaken;
    },
  };
  const server = createServer(auth.tokenListener);
  const { isAnswering } = answerQuickly(server, { registry: undefined, tokens, headers: {}, isOpen });
  const drain = drainable(server, log, isAnswering);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listening(server);
  ends.push(() => auth.close());
  const connect = () => Wire.to(port);
  return { wire: await connect(), answered, events, sockets, drain, connect };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const basic = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;
const ALICE = basic('alice:wonderland');
const PULL = 'GET /auth?service=test&scope=repository:a/b:pull';

/** Without what differs from one token to the next. */
const shapeOf = ({ head, body }: { head: string; body: string }) => ({
  head: withoutDate(head),
  members: Object.keys(JSON.parse(body)),
  claims: claimsOf(body),
});

function claimsOf(body: string): unknown {
  const { token } = JSON.parse(body) as { token: string };
  const [, claims = ''] = token.split('.');
  return { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), jti: '', iat: 0, nbf: 0, exp: 0 };
}

test.each([
  ['for a password that was right before', [ALICE]],
  ['for nobody', []],
  ['for a client that sends the registry’s own token along', ['Authorization: Bearer something']],
])('a token %s is the same whoever gives it', async (_, headers) => {
  const { wire, answered, events } = await open();
  const parsed = await wire.ask(headOf(PULL, ...headers));
  const quick = await wire.ask(headOf(PULL, ...headers));
  expect(answered).toEqual([PULL.slice(4)]);
  expect(shapeOf(quick)).toEqual(shapeOf(parsed));
  const [first, second] = events.map((event) => ({ ...event, durationMs: 0 }));
  expect(second).toEqual(first);
});

test.each([
  ['a password that is wrong', PULL, [basic('alice:nothing')], 401],
  ['credentials that cannot be read', PULL, [basic('no colon')], 401],
  ['a scope that is none', 'GET /auth?scope=nonsense', [ALICE], 400],
  ['a HEAD', PULL.replace('GET', 'HEAD'), [ALICE], 200],
])('%s is the listener’s to answer', async (_, line, headers, status) => {
  const { wire, answered } = await open();
  for (let time = 0; time < 2; time += 1) {
    expect((await wire.ask(headOf(line, ...headers))).status).toBe(status);
  }
  expect(answered).toEqual([]);
});

test.each([
  ['GET /auth?service=a b', 400],
  ['GET /auth?service=\x7f', 400],
  ['GET /auth?service=\0', 400],
  ['GET  /auth?service=test', 200],
  ['GET /auth?service=a\nX: y', 200],
])('a line that only the parser understands is left to it: %j', async (line, status) => {
  const { wire, answered } = await open();
  await wire.ask(headOf(PULL));
  expect((await wire.ask(headOf(line))).status).toBe(status);
  expect(answered).toEqual([]);
});

test('nothing is answered quickly while it may not be', async () => {
  let isOpen = false;
  const { wire, answered } = await open(undefined, () => isOpen);
  for (let time = 0; time < 2; time += 1) await wire.ask(headOf(PULL));
  expect(answered).toEqual([]);
  isOpen = true;
  await wire.ask(headOf(PULL));
  expect(answered).toHaveLength(1);
});

test('one connection may ask for several accounts, and each gets its own', async () => {
  const { wire, answered } = await open();
  await wire.ask(headOf(PULL, ALICE));
  expect((await wire.ask(headOf(PULL, basic('alice:wonder')))).status).toBe(401);
  expect(claimsOf((await wire.ask(headOf(PULL, ALICE))).body)).toMatchObject({ sub: 'alice' });
  expect(claimsOf((await wire.ask(headOf(PULL))).body)).toMatchObject({ sub: '' });
  expect(claimsOf((await wire.ask(headOf(PULL))).body)).toMatchObject({ sub: '' });
  expect(answered).toHaveLength(2);
});

test('an empty Authorization header is not taken for one whose password was left out', async () => {
  const { wire, answered } = await open();
  await wire.ask(headOf(PULL, ALICE));
  await wire.ask(headOf(PULL, 'Authorization: '));
  expect(answered).toEqual([]);
});

test('two Authorization headers are parsed each time', async () => {
  const { wire, answered } = await open();
  for (let time = 0; time < 3; time += 1) await wire.ask(headOf(PULL, ALICE, basic('alice:other')));
  expect(answered).toEqual([]);
});

/** Keeps quick answers back until they are let go. */
function holding() {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const wrap =
    (listener: QuickTokenListener): QuickTokenListener =>
    (head, reply) =>
      listener(head, (answer) => void held.then(() => reply(answer)));
  return { wrap, letGo: () => letGo() };
}

test('a client that does not wait gets its answers in their order', async () => {
  const { wrap, letGo } = holding();
  const { wire, answered, sockets } = await open(wrap);
  await wire.ask(headOf(PULL));
  wire.socket.write(headOf(PULL));
  while (answered.length < 1) await nextTurn();
  wire.socket.write(headOf('GET /auth?scope=nonsense'));
  while (sockets[0]?.isPaused() === false) await nextTurn();
  wire.socket.write(headOf(PULL, ALICE));
  letGo();
  expect((await wire.reply()).status).toBe(200);
  expect((await wire.reply()).status).toBe(400);
  expect(claimsOf((await wire.reply()).body)).toMatchObject({ sub: 'alice' });
});

test('a drain waits for a token that is being signed', async () => {
  const { wrap, letGo } = holding();
  const { wire, answered, drain } = await open(wrap);
  await wire.ask(headOf(PULL));
  wire.socket.write(headOf(PULL));
  while (answered.length < 1) await nextTurn();
  const drained = drain(600_000);
  letGo();
  expect((await wire.reply()).status).toBe(200);
  await drained;
});

test('a client that left before its token was signed harms nobody', async () => {
  const { wrap, letGo } = holding();
  const { wire, answered, sockets, connect } = await open(wrap);
  await wire.ask(headOf(PULL));
  wire.socket.write(headOf(PULL));
  while (answered.length < 1) await nextTurn();
  wire.socket.destroy();
  while (sockets[0]?.destroyed === false) await nextTurn();
  letGo();
  expect((await (await connect()).ask(headOf(PULL))).status).toBe(200);
});
