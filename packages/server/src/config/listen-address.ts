// Where a server listens, as a person writes it: `:5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000`. Pure.

export type ListenAddress =
  /** host undefined: every address of the machine, IPv6 and IPv4. Port 0: the system picks a free one. */
  | { readonly kind: 'tcp'; readonly host: string | undefined; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export const listenAddressForm = 'HOST:PORT, as in :5000, 127.0.0.1:5000 or [::1]:5000';

const tcpPattern = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|(?<name>[\w.-]*)):(?<port>\d{1,5})$/;

/** Undefined if `text` is not of {@link listenAddressForm}. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const groups = tcpPattern.exec(text)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port > 65_535) return undefined;
  return { kind: 'tcp', host: groups['ipv6'] || groups['name'] || undefined, port };
}

/** The opposite of {@link parseListenAddress}. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return address.path;
  const host = address.host ?? '';
  return `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
