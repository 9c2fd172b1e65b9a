/**
 * Shapes of values that come from configuration, and how to complain of them.
 */

/** Notes a fault of the rule at hand. */
export type Complain = (field: string, value: unknown, reason: string) => void;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Complains of each field that is not among `known`. */
export function refuseUnknown(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: string,
  complain: Complain,
): void {
  for (const [field, value] of Object.entries(object))
    if (!known.includes(field))
      complain(`${path}${field}`, value, `unknown field; there are ${known.join(', ')}`);
}

/** The string that `value` is; undefined, with a complaint, for anything else. */
export function readString(value: unknown, field: string, complain: Complain): string | undefined {
  if (typeof value === 'string') return value;
  const hint = typeof value === 'object' || value === undefined ? '' : '; put it in quotes';
  complain(field, value, `has to be a string${hint}`);
  return undefined;
}

/** Like `readString`, but null and undefined are nothing to complain of. */
export function readOptionalString(value: unknown, field: string, complain: Complain): string | undefined {
  return value === undefined || value === null ? undefined : readString(value, field, complain);
}
