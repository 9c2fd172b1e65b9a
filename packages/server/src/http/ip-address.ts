// IP addresses as the rules, the logs and the list of proxies compare them. Pure.

const mappedPrefix = '::ffff:';

/**
 * An IPv4 address that a dual-stack socket shows as IPv6 (`::ffff:192.0.2.1`) in its own form, a link-local one without
 * its zone (`fe80::1%eth0`), others as they are.
 */
export function normalAddress(address: string): string {
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  if (!bare.startsWith(mappedPrefix)) return bare;
  const rest = bare.slice(mappedPrefix.length);
  return rest.includes('.') ? rest : bare;
}
