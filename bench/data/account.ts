/** The accounts of the benchmark, in a docker_auth file that Berth and docker_auth both read. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { runToEnd } from '../harness/run-to-end.ts';

export interface AccountFile {
  readonly file: string;
  readonly name: string;
  readonly password: string;
  readonly content: ReturnType<typeof contentFor>;
}

export const OTHERS = 4000;

/** Who there is: one account, with a hash of some cost; and, in scenes of their own, anybody or many others. */
export const ACCOUNT_SCENES = {
  'cost-5': { bcryptCost: 5 },
  'cost-10': { bcryptCost: 10 },
  anonymous: { bcryptCost: 5, isAnybodyLetIn: true },
  many: { bcryptCost: 10, others: OTHERS },
} as const satisfies Record<
  string,
  { readonly bcryptCost: number; readonly isAnybodyLetIn?: boolean; readonly others?: number }
>;

export type AccountScene = keyof typeof ACCOUNT_SCENES;

/** Long enough for a row with many peers. */
const TOKEN_SECONDS = 7200;

export function makeAccountFile(folder: string, scene: AccountScene): AccountFile {
  const { bcryptCost, ...rest }: { bcryptCost: number; isAnybodyLetIn?: boolean; others?: number } =
    ACCOUNT_SCENES[scene];
  const password = randomBytes(12).toString('base64url');
  const content = contentFor(hashSync(password, bcryptCost), rest.others ?? 0, rest.isAnybodyLetIn ?? false);
  const file = join(folder, `accounts-${scene}.yml`);
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return { file, name: 'bench', password, content };
}

/** One of the many, who have the same password and hash: a check costs each of them as much. */
export function otherName(index: number): string {
  return `other-${index}`;
}

/** For docker_auth, which makes no key of its own; of the kind that Berth makes (ES256). */
export async function makeSigningCertificate(folder: string): Promise<CertificateFiles> {
  return await makeCertificate(folder, 'token', []);
}

/** For a server that serves HTTPS on 127.0.0.1. */
export async function makeServerCertificate(folder: string): Promise<CertificateFiles> {
  return await makeCertificate(folder, 'server', ['-addext', 'subjectAltName=IP:127.0.0.1']);
}

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

async function makeCertificate(
  folder: string,
  name: string,
  extensions: readonly string[],
): Promise<CertificateFiles> {
  const certificateFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const rest = ['-subj', '/CN=bench', '-days', '2', '-out', certificateFile, ...extensions];
  await runToEnd('openssl', ['req', '-x509', ...key, ...rest], { limitMs: 10_000 });
  return { certificateFile, keyFile };
}

function contentFor(passwordHash: string, others: number, isAnybodyLetIn: boolean) {
  const names = ['bench', ...Array.from({ length: others }, (_, index) => otherName(index))];
  const users: Record<string, { password?: string }> = Object.fromEntries(
    names.map((name) => [name, { password: passwordHash }]),
  );
  if (isAnybodyLetIn) users[''] = {};
  return {
    server: { addr: '127.0.0.1:0' },
    token: { issuer: 'bench', expiration: TOKEN_SECONDS },
    users,
    acl: [
      ...(isAnybodyLetIn ? [{ match: { account: '' }, actions: ['pull'] }] : []),
      { match: { account: 'bench' }, actions: ['*'] },
      ...(others > 0 ? [{ match: { account: 'other-*' }, actions: ['pull'] }] : []),
    ],
  };
}
