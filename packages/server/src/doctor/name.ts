// Has the registry's name an address?

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorCode } from '../errors.ts';
import { type Checked, finding } from './finding.ts';
import type { Target } from './target.ts';

/** @returns the addresses */
export async function checkName({ hostname }: Target): Promise<Checked<readonly string[]>> {
  if (isIP(hostname) !== 0) {
    return { findings: [finding('name', 'ok', `${hostname} is an address`)], value: [hostname] };
  }
  try {
    const addresses = (await lookup(hostname, { all: true })).map(({ address }) => address);
    return {
      findings: [finding('name', 'ok', `${hostname} is at ${addresses.join(', ')}`)],
      value: addresses,
    };
  } catch (error) {
    const message =
      errorCode(error) === 'EAI_AGAIN'
        ? `${hostname} could not be looked up: no name server answered`
        : `${hostname} has no address`;
    const remedy = 'Put it into the DNS, or into /etc/hosts of every client';
    return { findings: [finding('name', 'fail', message, remedy)] };
  }
}
