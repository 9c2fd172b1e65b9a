// What a newcomer sees at the first start: where it is, how to log in, what to type next. Pure.

import type { LogFormat } from '../log/format.ts';
import type { Accounts } from './first-start.ts';

/**
 * The one place where a password is printed: at the start that made it, if nobody else knows it.
 * @param url that Berth listens on
 * @returns whole lines for stdout
 */
export function newcomerText(url: string, { file, made }: Accounts, format: LogFormat): string {
  if (made === undefined) return '';
  const { account, password, isRandom } = made;
  if (format === 'json') {
    const message = 'first start: an account was made';
    return `${JSON.stringify({ level: 'info', message, account, ...(isRandom && { password }), file })}\n`;
  }
  const host = hostToType(url);
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

/** What to write in front of an image's name; a socket bound to every address is reached as localhost. */
function hostToType(url: string): string {
  return url.replace(/^\w+:\/\//, '').replace(/^(?:\[::\]|0\.0\.0\.0)(?=:|$)/, 'localhost');
}
