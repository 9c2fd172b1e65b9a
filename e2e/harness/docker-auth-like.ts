/**
 * A token server that writes tokens as docker_auth does (auth_server/server/server.go, CreateToken), in this process: one
 * account, which may do everything below its own name.
 */
import { createHash, createPrivateKey, createPublicKey, randomInt, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Account } from './accounts.ts';
import type { KeyKind, KeyPair } from './certificate.ts';
import type { Place } from './place.ts';

/** How a token names its key: docker_auth's libtrust id, or that and the certificates. */
export type TokenShape = 'kid' | 'x5c';

export interface DockerAuthLikeOptions {
  readonly issuer: string;
  readonly kind: KeyKind;
  readonly shape: TokenShape;
  readonly keys: KeyPair;
  readonly account: Account;
}

/** Ends with the place. @returns where it gives tokens */
export async function startDockerAuthLike(place: Place, options: DockerAuthLikeOptions): Promise<string> {
  const signToken = tokenSigner(options);
  const { name, password } = options.account;
  const right = `Basic ${btoa(`${name}:${password}`)}`;
  const server = createServer(({ url = '', headers }, response) => {
    const isRight = headers.authorization === right;
    if (!isRight && headers.authorization !== undefined) {
      const challenge = { 'www-authenticate': `Basic realm="${options.issuer}"` };
      response.writeHead(401, challenge).end('Auth failed.\n');
      return;
    }
    const { searchParams } = new URL(url, 'http://localhost');
    const service = searchParams.get('service') ?? '';
    const scopes = searchParams.getAll('scope').flatMap((text) => text.split(' '));
    const token = signToken(isRight ? name : '', service, scopes);
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ access_token: token, token }));
  });
  place.whenClosed(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return `http://127.0.0.1:${address.port}/auth`;
}

type SignToken = (account: string, service: string, scopes: readonly string[]) => string;

function tokenSigner({ issuer, kind, shape, keys }: DockerAuthLikeOptions): SignToken {
  const certificate = new X509Certificate(readFileSync(keys.certificateFile));
  const privateKey = createPrivateKey(readFileSync(keys.keyFile));
  const x5c = shape === 'x5c' ? { x5c: [certificate.raw.toString('base64')] } : {};
  const kid = libtrustId(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const header = { typ: 'JWT', alg: kind, kid, ...x5c };
  return (account, service, scopes) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: account,
      aud: service,
      exp: now + 900,
      nbf: now - 10,
      iat: now,
      jti: String(randomInt(2 ** 47)),
      access: scopes.filter((scope) => scope !== '').map((scope) => accessOf(scope, account)),
    };
    const text = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
}

/** What of a scope is granted; nothing is an empty list, as docker_auth has it. */
function accessOf(scope: string, account: string): object {
  const [type = '', name = '', actions = ''] = scope.split(':');
  const isOwn = account !== '' && name.startsWith(`${account}/`);
  return { type, name, actions: isOwn ? actions.split(',').toSorted() : [] };
}

/** libtrust's key id: 240 bits of SHA-256 of the public key in DER, in base32, four characters in a group. */
function libtrustId(spki: Buffer): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...createHash('sha256').update(spki).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
  return (letters.match(/.{4}/g) ?? []).join(':');
}
