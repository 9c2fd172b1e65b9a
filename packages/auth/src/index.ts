/** The face of @berth/auth: a token server as an Express router, and the keys that sign its tokens. */

export type { Auth, MayPullAsk, PasswordAnswer, PasswordAsk } from './auth.ts';
export { createAuth } from './auth.ts';
export type { WorkerProgram } from './authn/bcrypt-pool.ts';
export { HtpasswdError } from './authn/htpasswd-lines.ts';
export type { StaticUser } from './authn/static-users.ts';
export { StaticUserError } from './authn/static-users.ts';
export type { Admission, Attempt, LoginAttempts } from './authn/wrong-passwords.ts';
export { WrongPasswords } from './authn/wrong-passwords.ts';
export type { JsonAnswer } from './endpoint/answer.ts';
export { readFormBytes } from './endpoint/form.ts';
export type { RequestHead } from './endpoint/request-head.ts';
export type { AuthErrorCode } from './errors.ts';
export { AuthError, errorRow } from './errors.ts';
export type { AuthEvent, CredentialKind, HtpasswdEvent, ScopeDecision, TokenEvent } from './events.ts';
export type { AuthOptions } from './options.ts';
export type { PublicJwk } from './tokens/jwks.ts';
export type { RefreshTokenOptions } from './tokens/refresh-token.ts';
export type { Signer, SignerFiles } from './tokens/signer.ts';
export { generateKeyPem, generateSigner, loadSigner } from './tokens/signer.ts';
export type { SignerErrorCode } from './tokens/signer-error.ts';
export { SignerError } from './tokens/signer-error.ts';
