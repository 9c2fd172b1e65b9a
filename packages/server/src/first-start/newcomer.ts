// What a newcomer sees at the first start: where it is, how to log in, what to type next. Pure.

import type { ListenAddress } from '../config/listen-address.ts';
import { hostOfAddress } from '../http/host.ts';
import type { LogFormat } from '../log/format.ts';
import type { Accounts } from './first-start.ts';

/**
 * The one place where a password is printed: at the start that made it, if nobody else knows it.
 * @param host what to write in front of an image's name
 * @returns whole lines for stdout
 */
export function newcomerText(host: string, { file, made }: Accounts, format: LogFormat): string {
  if (made === undefined) return '';
  const { account, password, isRandom } = made;
  if (format === 'json') {
    const message = 'first start: an account was made';
    return `${JSON.stringify({ level: 'info', message, account, ...(isRandom && { password }), file })}\n`;
  }
  return `
  This is a new registry. Its first account:

    account   ${account}
    password  ${isRandom ? `${password}   (shown this once)` : 'the one in BERTH_ADMIN_PASSWORD'}

  To push an image:

    docker login ${host} -u ${account}
    docker tag alpine ${host}/${account}/alpine
    docker push ${host}/${account}/alpine

  Accounts and rules are in ${file}

`;
}

/** What to write in front of an image's name on this machine, for a server that will listen at `address`. */
export function hostToType(address: ListenAddress): string {
  if (address.kind === 'unix') return address.path;
  const { host = 'localhost', port } = address;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : hostOfAddress(host);
  return `${name}:${port === 0 ? 'PORT' : port}`;
}
