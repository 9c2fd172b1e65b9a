/** Keys, tokens and requests for the tests of access, all made at run time. */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** One key pair per algorithm, and a signature as RFC 7518 wants it: independent of what is tested. */
const KEY_PAIRS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS384: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS512: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

export type TestAlgorithm = keyof typeof KEY_PAIRS;

export const TEST_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
] as const satisfies readonly TestAlgorithm[];

export interface TestKey {
  readonly alg: TestAlgorithm;
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function makeKey(alg: TestAlgorithm, kid = `key-${alg}`): TestKey {
  return { alg, kid, ...KEY_PAIRS[alg]() };
}

/** A compact JWS; header and payload as they are given. */
export function signToken(
  header: object,
  payload: unknown,
  privateKey: KeyObject,
  hash = hashOf(header),
): string {
  const signed = `${base64Url(JSON.stringify(header))}.${base64Url(JSON.stringify(payload))}`;
  const signature = sign(hash, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function hashOf(header: object): string | null {
  const alg = 'alg' in header && typeof header.alg === 'string' ? header.alg : '';
  return alg === 'EdDSA' ? null : `sha${alg.slice(2) || '256'}`;
}

export function base64Url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

export const ISSUER = 'the issuer';
export const SERVICE = 'registry.example';

/** A moment, in seconds, that all tests share. */
export const NOW = 1_800_000_000;

export interface TestAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The claims of a good token of `alice` that may pull and push a/b, with what is to be different. */
export function claims(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    iss: ISSUER,
    sub: 'alice',
    aud: SERVICE,
    exp: NOW + 300,
    nbf: NOW - 60,
    iat: NOW,
    jti: 'a',
    access: [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }],
    ...changes,
  };
}

/** A token of `key` with those claims. */
export function tokenOf(key: TestKey, changes: Readonly<Record<string, unknown>> = {}): string {
  return signToken({ typ: 'JWT', alg: key.alg, kid: key.kid }, claims(changes), key.privateKey);
}

/** A request with these headers, in their order, from 192.0.2.1 as far as it says. */
export function requestWith(...headers: readonly (readonly [string, string])[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders = headers.flat();
  return request;
}

export function bearing(token: string): IncomingMessage {
  return requestWith(['Host', 'registry.example'], ['Authorization', `Bearer ${token}`]);
}

export function withPassword(account: string, password: string): IncomingMessage {
  return requestWith(['Authorization', `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`]);
}
