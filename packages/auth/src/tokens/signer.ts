// The key that signs tokens, with the names and the certificates by which registries trust it.
// Reads no files: whoever has the PEM text hands it in.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  algorithmOf,
  describeKey,
  MINIMUM_RSA_BITS,
  type SigningAlgorithm,
  SUPPORTED_KEYS,
} from './algorithms.ts';
import { type CertificateChain, readCertificateChain } from './certificate-chain.ts';
import { type JsonWebKey, libtrustKeyId, thumbprint } from './key-id.ts';
import { SignerError } from './signer-error.ts';

export interface Signer {
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  /** The `kid` of the tokens. */
  readonly kid: string;
  /** Every name by which a verifier may look the key up, `kid` among them. */
  readonly kids: readonly string[];
  /** The public key, without `kid`. */
  readonly publicJwk: JsonWebKey;
  readonly chain: CertificateChain | undefined;
}

export interface SignerFiles {
  /** PEM: PKCS#8, PKCS#1 or SEC1, not encrypted. Other blocks in it are passed over. */
  readonly keyPem: string;
  /** PEM: the key's own certificate, then those that signed it. */
  readonly certificatePem?: string | undefined;
  /** docker_auth's `token.disable_legacy_key_id`. */
  readonly disableLegacyKeyId?: boolean | undefined;
  /**
   * Send the certificates with each token (default). A registry that trusts the key by a JWKS alone, as
   * distribution 3 can, refuses tokens that carry certificates.
   */
  readonly sendCertificates?: boolean | undefined;
}

/**
 * Makes a signer of a key and its certificate; throws SignerError.
 *
 * With a certificate a token carries `x5c`, which distribution 2 and 3 both check against their
 * rootcertbundle, and the `kid` of docker_auth: libtrust's, or with `disableLegacyKeyId` the thumbprint.
 * Without one only the `kid` can name the key, and the thumbprint is what distribution 3 knows.
 */
export function loadSigner(files: SignerFiles): Signer {
  const privateKey = readPrivateKey(files.keyPem);
  const algorithm = algorithmOf(privateKey);
  if (algorithm === undefined || isShortRsa(privateKey)) {
    throw new SignerError(
      'key-unsupported',
      `${describeKey(privateKey)} can't sign tokens that registries accept; use one of: ${SUPPORTED_KEYS}`,
    );
  }
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const certificates =
    files.certificatePem === undefined ? undefined : readCertificateChain(files.certificatePem, privateKey);
  const legacy = certificates !== undefined && files.disableLegacyKeyId !== true;
  const [kid, otherKid] = legacy
    ? [libtrustKeyId(publicJwk), thumbprint(publicJwk)]
    : [thumbprint(publicJwk), libtrustKeyId(publicJwk)];
  const chain = files.sendCertificates === false ? undefined : certificates;
  return { algorithm, privateKey, kid, kids: [kid, otherKid], publicJwk, chain };
}

/** A new ES256 key as PKCS#8 PEM, to be kept (mode 0600) and given to `loadSigner`. */
export function generateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A signer with a new ES256 key that nobody keeps. */
export function generateSigner(): Signer {
  return loadSigner({ keyPem: generateKeyPem() });
}

const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----[\s\S]*?-----END \1PRIVATE KEY-----/;

function readPrivateKey(pem: string): KeyObject {
  const block = PRIVATE_KEY.exec(pem);
  if (block === null) throw new SignerError('key-unreadable', 'no "BEGIN … PRIVATE KEY" block in it (PEM)');
  if (block[1]?.startsWith('ENCRYPTED') || block[0].includes('Proc-Type: 4,ENCRYPTED')) {
    throw new SignerError('key-encrypted', 'it is encrypted; decrypt it with "openssl pkey -in FILE"');
  }
  try {
    return createPrivateKey(block[0]);
  } catch {
    throw new SignerError('key-unreadable', 'its private key block is damaged or of an unknown kind');
  }
}

function isShortRsa(key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < MINIMUM_RSA_BITS;
}
