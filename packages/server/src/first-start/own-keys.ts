// The key that signs tokens and the secret of refresh tokens: the configured ones, or Berth's own, made at first start.

import { hkdfSync, randomBytes } from 'node:crypto';
import { generateKeyPem, loadSigner, SignerError, type SignerFiles } from '@berth/auth';
import type { AuthFile, KeyPairFiles } from '../config/auth-file.ts';
import { StartError } from '../errors.ts';
import { readPem } from '../http/tls.ts';
import type { OwnFiles } from './own-files.ts';

const tokenKeyName = 'token.key';
const refreshSecretName = 'refresh-token.secret';
const refreshSecretBytes = 32;

/** The signer's key and certificate that the configuration names; they fit. @throws StartError naming the files */
export async function configuredSigner(pair: KeyPairFiles, legacyKeyId: boolean): Promise<SignerFiles> {
  const { certificateFile, keyFile } = pair;
  const keyPem = await readPem(keyFile, 'token key');
  const certificatePem = await readPem(certificateFile, 'token certificate');
  return checked(
    // A registry that knows the thumbprints of a JWKS takes no token that brings certificates along.
    { keyPem, certificatePem, disableLegacyKeyId: !legacyKeyId, sendCertificates: legacyKeyId },
    `${keyFile}, ${certificateFile}`,
  );
}

/** The configured signer, or Berth's own: an ES256 key without a certificate. @throws StartError naming the files */
export async function tokenSigner({ token }: AuthFile, files: OwnFiles): Promise<SignerFiles> {
  if (token.keyPair !== undefined) return configuredSigner(token.keyPair, token.legacyKeyId);
  const { content } = await files.readOrMake(tokenKeyName, generateKeyPem);
  return checked({ keyPem: content }, files.describe(tokenKeyName));
}

/** @throws StartError */
export async function refreshSecret(files: OwnFiles): Promise<Uint8Array> {
  const { content } = await files.readOrMake(
    refreshSecretName,
    () => `${randomBytes(refreshSecretBytes).toString('hex')}\n`,
  );
  const secret = Buffer.from(content.trim(), 'hex');
  if (secret.length >= refreshSecretBytes) return secret;
  const name = files.describe(refreshSecretName);
  throw new StartError(
    `${name}: holds no ${refreshSecretBytes} bytes in hexadecimal; remove it to have a new one made`,
  );
}

/** For a token server that keeps no files: the same key gives the same secret on every host and at every start. */
export function derivedRefreshSecret(files: SignerFiles): Uint8Array {
  const key = loadSigner(files).privateKey.export({ type: 'pkcs8', format: 'der' });
  return new Uint8Array(hkdfSync('sha256', key, '', 'berth refresh tokens', refreshSecretBytes));
}

function checked(files: SignerFiles, where: string): SignerFiles {
  try {
    loadSigner(files);
    return files;
  } catch (error) {
    if (error instanceof SignerError) throw new StartError(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}
