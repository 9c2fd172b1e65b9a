// Where the server of this container answers: by the arguments that its first process was started with.

import { readRegistryFile } from '../commands/registry.ts';
import { readAuthFile } from '../config/auth-file.ts';
import { parseListenAddress } from '../config/listen-address.ts';
import { behaviourOf } from '../config/registry-settings.ts';
import { hostOfAddress } from '../http/host.ts';

/**
 * @param args of `berth`, as {@link imageArguments} made them
 * @returns undefined where `berth healthcheck` knows by itself
 * @throws StartError where the configuration can't be read
 */
export async function healthUrl(args: readonly string[]): Promise<string | undefined> {
  const [command, file] = args;
  if (command === 'auth' && file !== undefined) return tokenServerUrl(file);
  if (command === 'registry' && file !== undefined) return registryUrl(file);
  if (command !== 'serve') return undefined;
  const address = parseListenAddress(flagValue(args, '--addr') ?? '');
  if (address?.kind !== 'tcp') return undefined;
  return localUrl(flagValue(args, '--tls-cert') !== undefined, address.host, address.port, '/v2/');
}

async function registryUrl(file: string): Promise<string | undefined> {
  const from = await readRegistryFile(file);
  const { address } = from;
  const isTls = (from.keyPair ?? from.acme) !== undefined;
  if (address.kind !== 'tcp') return undefined;
  return localUrl(isTls, address.host, address.port, `${behaviourOf(from).prefix}/v2/`);
}

async function tokenServerUrl(file: string): Promise<string | undefined> {
  const { address, keyPair, acme, pathPrefix } = (await readAuthFile(file)).server;
  const isTls = (keyPair ?? acme) !== undefined;
  if (address.kind !== 'tcp') return undefined;
  return localUrl(isTls, address.host, address.port, `${pathPrefix}/auth`);
}

function localUrl(isTls: boolean, host: string | undefined, port: number, path: string): string {
  const isEvery = host === undefined || host === '0.0.0.0' || host === '::';
  const name = isEvery ? 'localhost' : hostOfAddress(host);
  return `${isTls ? 'https' : 'http'}://${name}:${port}${path}`;
}

/** Of `--flag VALUE` and `--flag=VALUE`. */
function flagValue(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  if (at >= 0) return args[at + 1];
  return args.find((each) => each.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
