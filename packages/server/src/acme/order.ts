// One order of a certificate, from the account to the chain (RFC 8555), by acme-client.

import { createPrivateKey } from 'node:crypto';
import type { KeyPair } from '../http/tls.ts';
import { serverLimits } from '../limits.ts';
import { newKey } from './acme-cache.ts';
import type { AcmeSettings } from './acme-settings.ts';

export type ChallengeType = 'tls-alpn-01' | 'http-01';

/** Where the answers to an authority's challenges are put, for as long as it may ask. */
export interface ChallengeAnswers {
  /** TLS-ALPN-01 (RFC 8737): what a handshake for `host` gets that asks for `acme-tls/1`; undefined: nothing any more. */
  tlsAlpn(host: string, pair: KeyPair | undefined): void;
  /** HTTP-01 (RFC 8555, section 8.3): the text at the token's path; undefined: nothing any more. */
  http(token: string, text: string | undefined): void;
}

/** @param prefers the challenge to take where the authority leaves the choice */
export async function orderCertificate(
  { hosts, email, directoryUrl }: AcmeSettings,
  accountKey: string,
  prefers: ChallengeType,
  answers: ChallengeAnswers,
): Promise<KeyPair> {
  const { default: acme } = await import('acme-client');
  // Its own limits are none for an answer, and a minute of tries for each request: whoever orders tries again.
  const { acmeSettings } = acme.axios.defaults as { acmeSettings?: object };
  Object.assign(acme.axios.defaults, {
    timeout: serverLimits.acmeRequestMs,
    acmeSettings: { ...acmeSettings, retryMaxAttempts: 1 },
  });
  const client = new acme.Client({ directoryUrl, accountKey: pkcs8(accountKey), backoffMin: 1000 });
  const key = newKey();
  const [, csr] = await acme.crypto.createCsr({ commonName: hosts[0], altNames: [...hosts] }, pkcs8(key));
  const cert = await client.auto({
    csr,
    ...(email !== undefined && { email }),
    termsOfServiceAgreed: true,
    // The authority looks for itself; from here names may lead elsewhere.
    skipChallengeVerification: true,
    challengePriority: prefers === 'http-01' ? ['http-01', 'tls-alpn-01'] : ['tls-alpn-01', 'http-01'],
    challengeCreateFn: async (authorization, challenge, keyAuthorization) => {
      const { token } = challenge;
      const type: string = challenge.type; // the package's types don't know them all
      if (type === 'http-01') return answers.http(token, keyAuthorization);
      if (type !== 'tls-alpn-01')
        throw new Error(`the authority offers neither tls-alpn-01 nor http-01, but ${type}`);
      const alpnKey = newKey();
      const [, alpn] = await acme.crypto.createAlpnCertificate(
        authorization,
        keyAuthorization,
        pkcs8(alpnKey),
      );
      answers.tlsAlpn(authorization.identifier.value, { cert: alpn.toString(), key: alpnKey });
    },
    challengeRemoveFn: async (authorization, { type, token }) => {
      if (type === 'http-01') answers.http(token, undefined);
      else answers.tlsAlpn(authorization.identifier.value, undefined);
    },
  });
  return { cert, key };
}

/** The form that acme-client takes; the cache has the one that Go's autocert takes. */
function pkcs8(pem: string): string {
  return createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString();
}
