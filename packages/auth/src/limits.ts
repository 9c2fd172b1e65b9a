// Every limit of the token server, with its reason. None has a configuration key yet.

/** `nbf` lies this far before `iat`: registries' clocks run behind. */
export const TOKEN_BACKDATED_SECONDS = 60;

/** A form with a refresh token and dozens of scopes has a few KiB. */
export const FORM_SIZE_BYTES = 64 * 1024;

/** How long a client may take over its form. */
export const FORM_TIMEOUT_MS = 30_000;

/** How much of a body that was refused is read on, so that the client comes to see the answer. */
export const REFUSED_BODY_SIZE_BYTES = 1024 * 1024;

/** Every scope is held against every rule; clients ask for a handful, docker's cross-mounts for a dozen. */
export const SCOPES_PER_REQUEST = 100;

/** Longer than any name or passphrase in use, short enough to hash and to compare without a thought. */
export const ACCOUNT_SIZE_BYTES = 1024;
export const PASSWORD_SIZE_BYTES = 1024;

/** How long a right password needs no bcrypt. A changed or deleted one is never right, remembered or not. */
export const RIGHT_PASSWORD_TTL_MS = 5 * 60_000;
export const RIGHT_PASSWORDS_REMEMBERED = 10_000;

/** bcrypt threads at most, and never more than processors. */
export const BCRYPT_THREADS = 4;
/** They give way to the event loop (Linux: nice 10, a tenth of its share), so that no processor is kept for it. */
export const BCRYPT_NICENESS = 10;
/** Checks that wait for a thread; further ones are told to come back. */
export const BCRYPT_QUEUE_LENGTH = 256;
/** A check that takes longer (a cost beyond reason) is given up with its thread. */
export const BCRYPT_TIMEOUT_MS = 60_000;
/** What a thread that only knows bcrypt may hold. */
export const BCRYPT_THREAD_HEAP_MB = 32;

/** Wrong passwords of one account from one address that cost nothing but bcrypt: people mistype, clients repeat. */
export const FREE_WRONG_PASSWORDS = 10;
/** After those, the first wait; each further wrong password doubles it up to the last. */
export const FIRST_WAIT_MS = 1_000;
export const LAST_WAIT_MS = 5 * 60_000;
/** Wrong passwords are forgotten when none came for this long. */
export const WRONG_PASSWORDS_TTL_MS = 15 * 60_000;
/** Pairs of account and address that are counted. To push one out, an attacker pays bcrypt for as many. */
export const WRONG_PASSWORD_PAIRS = 10_000;

/** What a client that was told to come back for want of a free thread waits. */
export const BUSY_RETRY_SECONDS = 1;

/** docker keeps a refresh token as it would keep the password; after this it asks for the password again. */
export const REFRESH_TOKEN_TTL_SECONDS = 90 * 24 * 3600;
/** An HMAC-SHA256 key that is shorter is weaker than the hash. */
export const REFRESH_SECRET_SIZE_BYTES = 32;

/** An htpasswd file is looked at again (stat) no more often than this. */
export const HTPASSWD_LOOK_MS = 1_000;

/** How long verifiers may keep the JWK Set. */
export const JWKS_MAX_AGE_SECONDS = 300;

/** The longest name that an event repeats from a request. */
export const EVENT_TEXT_LENGTH = 256;

/** A refresh token holds an account and a service; a longer text is none. */
export const REFRESH_TOKEN_SIZE_BYTES = 8 * 1024;
