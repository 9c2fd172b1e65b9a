// What a proxy says of the request it passes on: the Forwarded header (RFC 7239) and X-Forwarded-For, -Proto, -Host and
// -Port. Pure grammar; whom to believe is trusted-proxies.ts's.

import { isIP } from 'node:net';
import { normalAddress } from './ip-address.ts';

/** One proxy's entry. What it doesn't say, or says in no known way, is undefined. */
export interface ForwardedElement {
  /** The address that the proxy saw the request come from; undefined also for `unknown` and obfuscated names. */
  readonly for: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

const pair =
  /\s*(?:(?<name>[!#$%&'*+.^_`|~\w-]+)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<token>[^\s;,"]*)))?\s*(?<end>[;,]|$)/y;

/** The elements from the client's to the last proxy's; undefined if `text` doesn't follow the grammar. */
export function parseForwarded(text: string): readonly ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  let fields: Record<string, string> = {};
  pair.lastIndex = 0;
  while (pair.lastIndex <= text.length) {
    const groups = pair.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const { name, quoted, token, end } = groups;
    if (name !== undefined) fields[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
    if (end === ';') continue;
    elements.push(toElement(fields));
    fields = {};
    if (end === '') return elements;
  }
  return undefined;
}

function toElement(fields: Readonly<Record<string, string>>): ForwardedElement {
  const node = fields['for'];
  return { for: node && parseNode(node), proto: fields['proto']?.toLowerCase(), host: fields['host'] };
}

/** The addresses of an X-Forwarded-For, from the client's to the last proxy's peer; undefined where one is none. */
export function parseForwardedFor(text: string): readonly (string | undefined)[] {
  return text.split(',').map((entry) => parseNode(entry.trim()));
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`: the address without the port. */
function parseNode(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\w+)?$/.exec(text)?.[1] ?? /^([\d.]+)(?::\w+)?$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : normalAddress(bare);
}
