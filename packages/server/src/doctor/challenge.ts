// The challenge of a registry's 401 (RFC 9110 section 11.6.1; distribution's "Token Authentication"). Pure.

export type Challenge =
  | { readonly kind: 'open' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** A scheme and the first of its parameters, behind those of another. */
const nextChallenge = /,\s*[\w-]+\s+[\w-]+\s*=/;

/** The kind that clients take where several are offered: Bearer first. Undefined if there is none that they know. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined;
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(header)?.[1];
  if (bearer !== undefined) {
    const parameters = parametersOf(bearer.split(nextChallenge)[0] ?? '');
    const realm = parameters.get('realm');
    if (realm !== undefined) return { kind: 'bearer', realm, service: parameters.get('service') };
  }
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { kind: 'basic' } : undefined;
}

function parametersOf(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name, quotedValue, token] of text.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
  )) {
    const key = name?.toLowerCase() ?? '';
    if (!parameters.has(key)) parameters.set(key, quotedValue?.replace(/\\(.)/g, '$1') ?? token ?? '');
  }
  return parameters;
}
