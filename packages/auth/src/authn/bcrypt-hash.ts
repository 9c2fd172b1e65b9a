// The text form of a bcrypt hash: `$2y$05$` + 22 characters of salt + 31 of hash. Pure.

/** $2a$ (bcrypt's own), $2b$ (OpenBSD) and $2y$ (htpasswd) name the same function. */
const BCRYPT_HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

const MINIMUM_COST = 4;
const MAXIMUM_COST = 31;

/** The cost (log2 of the rounds) of a bcrypt hash, or undefined where the text is none. */
export function bcryptCost(hash: string): number | undefined {
  const cost = Number(BCRYPT_HASH.exec(hash)?.[1]);
  return cost >= MINIMUM_COST && cost <= MAXIMUM_COST ? cost : undefined;
}

/** A hash of the given cost that no password has; comparing with it takes as long as with any other. */
export function nobodysHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}
