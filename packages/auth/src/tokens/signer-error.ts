// What can be wrong with a key or a certificate that someone configured.

export type SignerErrorCode =
  | 'key-unreadable'
  | 'key-encrypted'
  | 'key-unsupported'
  | 'certificate-unreadable'
  | 'certificate-of-another-key';

/** A key or certificate that can't sign tokens. The message never quotes the key. */
export class SignerError extends Error {
  readonly code: SignerErrorCode;

  constructor(code: SignerErrorCode, message: string) {
    super(`${code.startsWith('key') ? 'signing key' : 'certificate of the signing key'}: ${message}`);
    this.name = 'SignerError';
    this.code = code;
  }
}
