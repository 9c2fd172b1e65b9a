// Go's names for versions, curves and cipher suites of TLS, as docker_auth's server.tls_… options take them, in the
// words of OpenSSL. Pure. Source: the constants of Go's crypto/tls; a number (0x0303, 771) is as good as a name.

import type { SecureVersion } from 'node:tls';

interface Word<Target> {
  readonly number: number;
  readonly openssl: Target;
}

export const tlsVersions = {
  TLS10: { number: 0x0301, openssl: 'TLSv1' },
  TLS11: { number: 0x0302, openssl: 'TLSv1.1' },
  TLS12: { number: 0x0303, openssl: 'TLSv1.2' },
  TLS13: { number: 0x0304, openssl: 'TLSv1.3' },
} satisfies Record<string, Word<SecureVersion>>;

export const tlsCurves = {
  P256: { number: 23, openssl: 'P-256' },
  P384: { number: 24, openssl: 'P-384' },
  P521: { number: 25, openssl: 'P-521' },
  X25519: { number: 29, openssl: 'X25519' },
} satisfies Record<string, Word<string>>;

/** RC4 and 3DES are missing: OpenSSL no longer has them. */
export const tlsCipherSuites = {
  TLS_RSA_WITH_AES_128_CBC_SHA: { number: 0x002f, openssl: 'AES128-SHA' },
  TLS_RSA_WITH_AES_256_CBC_SHA: { number: 0x0035, openssl: 'AES256-SHA' },
  TLS_RSA_WITH_AES_128_CBC_SHA256: { number: 0x003c, openssl: 'AES128-SHA256' },
  TLS_RSA_WITH_AES_128_GCM_SHA256: { number: 0x009c, openssl: 'AES128-GCM-SHA256' },
  TLS_RSA_WITH_AES_256_GCM_SHA384: { number: 0x009d, openssl: 'AES256-GCM-SHA384' },
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: { number: 0xc009, openssl: 'ECDHE-ECDSA-AES128-SHA' },
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: { number: 0xc00a, openssl: 'ECDHE-ECDSA-AES256-SHA' },
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: { number: 0xc013, openssl: 'ECDHE-RSA-AES128-SHA' },
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: { number: 0xc014, openssl: 'ECDHE-RSA-AES256-SHA' },
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: { number: 0xc023, openssl: 'ECDHE-ECDSA-AES128-SHA256' },
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: { number: 0xc027, openssl: 'ECDHE-RSA-AES128-SHA256' },
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: { number: 0xc02b, openssl: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: { number: 0xc02c, openssl: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: { number: 0xc02f, openssl: 'ECDHE-RSA-AES128-GCM-SHA256' },
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: { number: 0xc030, openssl: 'ECDHE-RSA-AES256-GCM-SHA384' },
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: { number: 0xcca8, openssl: 'ECDHE-RSA-CHACHA20-POLY1305' },
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: { number: 0xcca9, openssl: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: { number: 0xcca8, openssl: 'ECDHE-RSA-CHACHA20-POLY1305' },
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: { number: 0xcca9, openssl: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  TLS_AES_128_GCM_SHA256: { number: 0x1301, openssl: 'TLS_AES_128_GCM_SHA256' },
  TLS_AES_256_GCM_SHA384: { number: 0x1302, openssl: 'TLS_AES_256_GCM_SHA384' },
  TLS_CHACHA20_POLY1305_SHA256: { number: 0x1303, openssl: 'TLS_CHACHA20_POLY1305_SHA256' },
} satisfies Record<string, Word<string>>;

/** OpenSSL's word for a name or a number of one of the tables above, or undefined if it isn't in it. */
export function opensslWord<Target>(
  table: Readonly<Record<string, Word<Target>>>,
  text: string,
): Target | undefined {
  if (Object.hasOwn(table, text)) return table[text]?.openssl;
  const number = /^(?:0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined;
  return Object.values(table).find((word) => word.number === number)?.openssl;
}
