// Between the token server and the registry: accounts or rules that can't be asked now are a 503, not a bug.

import { AuthError } from '@berth/auth';
import { refuse } from '@berth/registry';

/** @throws RegistryError UNAVAILABLE in place of an AuthError; any other error as it is */
export function unavailable(error: unknown): never {
  if (error instanceof AuthError) throw refuse('UNAVAILABLE', { message: error.message, cause: error });
  throw error;
}
