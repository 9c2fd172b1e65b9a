// What the tests of the token server share: a server on a clock that they move, hashes made at run time,
// and a reading of tokens that owes nothing to the code under test.
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileRules } from '@berth/acl';
import { hashSync } from 'bcryptjs';
import express from 'express';
import request from 'supertest';
import { type Auth, type AuthEvent, type AuthOptions, createAuth, generateSigner } from '../src/index.ts';

export const COST = 4; // bcrypt's lowest: tests are many

/** A bcrypt hash as htpasswd writes it. */
export function hashOf(password: string, prefix = '$2y$', cost = COST): string {
  return hashSync(password, cost).replace(/^\$2[aby]\$/, () => prefix);
}

export const EVERYTHING = [{ match: {}, actions: ['*'] }];

/** 2026-01-02T03:04:05Z, to begin with. */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export interface House {
  readonly auth: Auth;
  readonly events: AuthEvent[];
  readonly app: express.Express;
  readonly client: ReturnType<typeof request>;
  /** The clock; a test may move it. */
  readonly clock: { now: number };
}

const open: Auth[] = [];
const folders: string[] = [];

/** Ends what the tests of a file began. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((auth) => auth.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

type Options = Partial<Omit<AuthOptions, 'rules'>> & { readonly rules?: readonly unknown[] };

/** A token server with `alice` (password `wonderland`), who may do everything, unless told otherwise. */
export function house(options: Options = {}): House {
  const events: AuthEvent[] = [];
  const clock = { now: START_MS };
  const auth = createAuth({
    issuer: 'test issuer',
    expirationSeconds: 900,
    signer: generateSigner(),
    users: { alice: { passwordHash: ALICE } },
    clock: () => clock.now,
    onEvent: (event) => events.push(event),
    ...options,
    rules: compileRules(options.rules ?? EVERYTHING),
  });
  open.push(auth);
  const router = auth.router();
  const app = express().use(async (asked, answer, next) => (await router)(asked, answer, next));
  return { auth, events, app, client: request(app), clock };
}

const ALICE = hashOf('wonderland');

/** A file that is gone after the tests. */
export function temporaryFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-auth-'));
  folders.push(folder);
  const file = join(folder, 'htpasswd');
  writeFileSync(file, text);
  return file;
}

export interface DecodedToken {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

/** The parts of a JWT, unverified. */
export function decode(token: string): DecodedToken {
  const [header = '', claims = ''] = token.split('.');
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: parse(header), claims: parse(claims) };
}

const HASHES: Record<string, string> = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', RS256: 'sha256' };

/** Whether a JWT's signature is of that public key, by node:crypto. */
export function isSignedBy(token: string, jwk: object): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const hash = HASHES[String(decode(token).header['alg'])];
  const data = Buffer.from(`${header}.${claims}`);
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}
