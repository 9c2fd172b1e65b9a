/** Keys and certificates that sign themselves, made when a case needs them. */
import { join } from 'node:path';
import type { Place } from './place.ts';

export interface KeyPair {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate for 127.0.0.1. */
export interface Certificate extends KeyPair {
  /** A folder with the certificate as ca.crt, which is how podman, buildah and skopeo want it. */
  readonly trustFolder: string;
}

const KINDS = {
  ES256: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  RS256: ['-newkey', 'rsa:2048'],
} as const satisfies Record<string, readonly string[]>;

/** More than the two weeks before its end in which a start and the doctor warn of a certificate. */
const DAYS = '30';

/** What a key signs tokens with. */
export type KeyKind = keyof typeof KINDS;

export async function makeCertificate(place: Place): Promise<Certificate> {
  const trustFolder = place.dir('trust');
  const certificateFile = join(trustFolder, 'ca.crt');
  const keyFile = join(place.dir('configuration'), 'tls.key');
  await make(place, 'ES256', { certificateFile, keyFile });
  return { certificateFile, keyFile, trustFolder };
}

/** A key that signs tokens. */
export async function makeTokenKeys(place: Place, kind: KeyKind): Promise<KeyPair> {
  const folder = place.dir('configuration');
  const pair = { certificateFile: join(folder, `${kind}.pem`), keyFile: join(folder, `${kind}.key`) };
  await make(place, kind, pair);
  return pair;
}

async function make(place: Place, kind: KeyKind, { certificateFile, keyFile }: KeyPair): Promise<void> {
  const key = [...KINDS[kind], '-nodes', '-keyout', keyFile];
  const name = ['-subj', '/CN=berth e2e', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await place.run('openssl', ['req', '-x509', '-days', DAYS, ...key, ...name, '-out', certificateFile]);
}
