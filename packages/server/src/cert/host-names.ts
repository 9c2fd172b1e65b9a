// The names that a certificate is for: DNS names, the leftmost label of which may be a wildcard (RFC 6125 section 6.4.3), and
// IP addresses. Pure.

import { isIP, isIPv6 } from 'node:net';

export interface HostName {
  readonly kind: 'dns' | 'ip';
  /** As clients write it: in lower case, IPv6 without brackets. */
  readonly text: string;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const maxNameLength = 253;

/** A host, or words for what is wrong with it, to stand behind the text. */
export function parseHostName(text: string): HostName | { readonly problem: string } {
  const name = text.toLowerCase();
  if (isIP(name) !== 0) return parseAddress(name);
  const problem = textProblem(name) ?? labelProblem(name);
  return problem === undefined ? { kind: 'dns', text: name } : { problem };
}

function parseAddress(address: string): HostName | { readonly problem: string } {
  if (address.includes('%')) {
    return {
      problem: `holds a zone (${address.slice(address.indexOf('%'))}), which is one machine's own: leave it out`,
    };
  }
  if (address === '0.0.0.0' || (isIPv6(address) && /^[0:]+$/.test(address))) {
    return { problem: 'is where a server listens, and no address that clients go to: name that one' };
  }
  return { kind: 'ip', text: address };
}

/** What people write in place of a host. */
function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty: name a host';
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/.exec(text);
  if (url !== null) return `is a URL: name its host only${hint(url[1])}`;
  if (text.includes('/'))
    return `is a path or a range: name a host, or an address${hint(text.split('/')[0])}`;
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(text);
  if (bracketed !== null && isIPv6(bracketed[1] ?? ''))
    return `is to be without brackets${bracketed[2] ? ' and port' : ''}${hint(bracketed[1])}`;
  const port = /^([^:]*):\d*$/.exec(text);
  if (port !== null)
    return `holds a port, which no certificate does${hint(port[1])} (--port is for the port)`;
  return undefined;
}

function labelProblem(name: string): string | undefined {
  if (name.length > maxNameLength)
    return `is longer than the ${maxNameLength} characters that a name may have`;
  if (/[^\x20-\x7e]/.test(name)) return 'holds letters beyond ASCII: write it as clients send it (xn--…)';
  if (name.endsWith('.')) return `is to be without the dot at its end${hint(name.slice(0, -1))}`;
  if (name.includes('_')) return 'holds an underscore, which docker takes in no host';
  const [first = '', ...others] = name.split('.');
  const labels = first === '*' ? others : [first, ...others];
  if (first === '*' && others.length < 2)
    return 'is too wide: below the * there have to be two labels, as in *.example.com';
  if (labels.some((one) => one.includes('*')))
    return 'holds a * that is not its whole first label, as in *.example.com';
  if (/^\d+$/.test(labels.at(-1) ?? ''))
    return 'is neither an IP address nor a name: a name ends with letters';
  const wrong = labels.find((one) => !label.test(one));
  if (wrong === undefined) return undefined;
  return `is no name of a host: ${wrong === '' ? 'a label is empty' : `"${wrong}" is none of its labels (1 to 63 letters, digits, and - in between)`}`;
}

function hint(host: string | undefined): string {
  return host !== undefined && host !== '' && 'kind' in parseHostName(host) ? `, ${host}` : '';
}
