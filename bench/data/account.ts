/** The one account of the benchmark, in a docker_auth file that Berth and docker_auth both read. */
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

/** Long enough for a row with many peers. */
const TOKEN_SECONDS = 7200;

export function makeAccountFile(folder: string, bcryptCost: number): AccountFile {
  const password = randomBytes(12).toString('base64url');
  const content = contentFor(hashSync(password, bcryptCost));
  const file = join(folder, `accounts-cost-${bcryptCost}.yml`);
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return { file, name: 'bench', password, content };
}

/** For docker_auth, which makes no key of its own; of the kind that Berth makes (ES256). */
export async function makeSigningCertificate(
  folder: string,
): Promise<{ certificateFile: string; keyFile: string }> {
  const certificateFile = join(folder, 'token.crt');
  const keyFile = join(folder, 'token.key');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const rest = ['-subj', '/CN=bench', '-days', '2', '-out', certificateFile];
  await runToEnd('openssl', ['req', '-x509', ...key, ...rest], { limitMs: 10_000 });
  return { certificateFile, keyFile };
}

function contentFor(passwordHash: string) {
  return {
    server: { addr: '127.0.0.1:0' },
    token: { issuer: 'bench', expiration: TOKEN_SECONDS },
    users: { bench: { password: passwordHash } },
    acl: [{ match: { account: 'bench' }, actions: ['*'] }],
  };
}
