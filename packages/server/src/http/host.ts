// The grammar of a Host header (RFC 9110 section 7.2, RFC 3986 section 3.2). Pure.
//
// What passes may stand in a quoted header value and in a URL: no spaces, quotes, slashes, @ or control characters.

export interface Host {
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly name: string;
  readonly port: number | undefined;
}

const hostPattern =
  /^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/;

/** Undefined if `text` isn't `name`, `name:port`, `[address]` or `[address]:port`. */
export function parseHost(text: string): Host | undefined {
  const groups = hostPattern.exec(text)?.groups;
  const name = groups?.['name'];
  if (name === undefined) return undefined;
  const digits = groups?.['port'];
  const port = digits === undefined ? undefined : Number(digits);
  return port === undefined || (port >= 1 && port <= 65_535) ? { name, port } : undefined;
}

/** `name`, or `name:port` if there is a port. */
export function formatHost({ name, port }: Host): string {
  return port === undefined ? name : `${name}:${port}`;
}

/** An IP address as a URL writes it: IPv6 in brackets. */
export function hostOfAddress(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
