// What became of a connection to a server, in words for whoever tried. Pure.

import { errorCode } from '../errors.ts';

const untrusted = 'has a certificate that is not trusted here';

const codes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection: nothing listens there, or a firewall says so',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection while it was being sent to',
  ENOTFOUND: 'has a host name without an address',
  EAI_AGAIN: 'has a host name that could not be looked up: no name server answered',
  EHOSTUNREACH: 'cannot be reached: no way to its address',
  ENETUNREACH: 'cannot be reached: no way to its network',
  ETIMEDOUT: 'did not answer in time: a firewall may swallow the packets',
  EPROTO: 'speaks no TLS that is understood here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'speaks no TLS: HTTP, perhaps',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'speaks no TLS: HTTP, perhaps',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for other names',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

/** What became of a connection, to be put behind its address. */
export function connectionWords(error: unknown): string {
  const code = errorCode(error);
  if (error instanceof Error && /^(?:AbortError|TimeoutError)$/.test(error.name))
    return codes['ETIMEDOUT'] ?? '';
  // OpenSSL's own code is in the message alone where it was writing.
  if (code === 'EPROTO' && /wrong version number|packet length/.test(String(error)))
    return codes['ERR_SSL_WRONG_VERSION_NUMBER'] ?? '';
  if (code?.startsWith('HPE_')) return 'speaks something that is not HTTP: HTTPS, perhaps';
  return (
    (code !== undefined && codes[code]) || `failed: ${error instanceof Error ? error.message : String(error)}`
  );
}
