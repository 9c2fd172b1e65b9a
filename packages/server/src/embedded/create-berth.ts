// A registry inside another program: from options to something that listens, and back to nothing.

import { randomBytes } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { type AuthFile, parseAuthFile } from '../config/auth-file.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { StartError } from '../errors.ts';
import { adminAccount } from '../first-start/first-start.ts';
import { ownFilesInMemory } from '../first-start/own-files.ts';
import { refreshSecret, tokenSigner } from '../first-start/own-keys.ts';
import { passwordProblem, randomPassword } from '../first-start/password.ts';
import { watchCertificate } from '../http/certificate-watch.ts';
import { listenerTls } from '../http/tls.ts';
import { loopbackRanges } from '../http/trusted-proxies.ts';
import { serverLimits } from '../limits.ts';
import { createLog, type Log } from '../log/log.ts';
import { ownBehaviour } from '../serving/behaviour.ts';
import { startServing } from '../serving/serving.ts';
import type { Settings } from '../serving/settings.ts';
import { everything } from '../serving/share.ts';
import type { Berth, BerthAccess, BerthOptions } from './berth.ts';

/** The lowest that bcrypt has: who has these passwords to guess at is inside this very program. */
const bcryptCost = 4;

/**
 * Starts a registry in this process.
 * @throws StartError saying what can't be used, and where
 */
export async function createBerth(options: BerthOptions = {}): Promise<Berth> {
  const { dataDirectory, access = newAdmin() } = options;
  if (dataDirectory !== undefined) await prepareDataDirectory(dataDirectory, 'dataDirectory');
  const log = logTo(options.onLog);
  const settings = await settingsOf(options, access);
  const { listening, close: end } = await startServing(settings, everything, log);
  const watched = settings.tls && watchCertificate(settings.tls, (pair) => listening.renew(pair), log);
  const close = async () => {
    watched?.stop();
    await listening.drain(0);
    await end();
    log.flush();
  };
  return {
    url: listening.url,
    host: new URL(listening.url).host,
    account: access === 'open' ? undefined : firstAccount(access),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function newAdmin(): BerthAccess {
  return { accounts: { [adminAccount]: randomPassword(randomBytes) } };
}

function firstAccount({ accounts }: BerthAccess): Berth['account'] {
  for (const [name, password] of Object.entries(accounts)) if (password !== null) return { name, password };
  return undefined;
}

function logTo(write: BerthOptions['onLog']): Log {
  if (write !== undefined) return createLog({ level: 'info', format: 'text', write });
  return createLog({ level: 'error', format: 'text', write: (lines) => void process.stderr.write(lines) });
}

async function settingsOf(
  { dataDirectory, host = '127.0.0.1', port = 0, tls }: BerthOptions,
  access: 'open' | BerthAccess,
): Promise<Settings> {
  const address: ListenAddress = { kind: 'tcp', host, port };
  const common = {
    address,
    addressIsSetBy: 'host and port',
    tls: await listenerTls(tls, { minimumVersion: undefined, curves: undefined, cipherSuites: undefined }),
    behaviour: ownBehaviour,
  };
  const options = {
    logLevel: 'info',
    logFormat: 'text',
    trustedProxies: loopbackRanges,
    drainTimeoutMs: serverLimits.drainTimeoutMs,
    workers: 1,
    address,
    dataDirectory,
    durability: 'durable',
  } as const;
  if (access === 'open') return { ...common, kind: 'lone-registry', options, access: { kind: 'open' } };
  const [authFile, files] = [await authFileOf(access), ownFilesInMemory()];
  return {
    ...common,
    kind: 'registry',
    options: { ...options, authConfigFile: undefined, tls: undefined, service: 'berth' },
    authFile,
    signerFiles: await tokenSigner(authFile, files),
    refreshSecret: await refreshSecret(files),
  };
}

/** @throws StartError naming the account whose password no client can send */
async function hashed(account: string, password: string): Promise<string> {
  const problem = passwordProblem(password);
  if (problem !== undefined)
    throw new StartError(`access.accounts: the password of ${JSON.stringify(account)} ${problem}`);
  return bcrypt.hash(password, bcryptCost);
}

/** The accounts as docker_auth's file has them, so that they are checked as it is. */
async function authFileOf({ accounts, acl }: BerthAccess): Promise<AuthFile> {
  const users = await Promise.all(
    Object.entries(accounts).map(async ([account, password]) => [
      account,
      password === null ? {} : { password: await hashed(account, password) },
    ]),
  );
  const document = {
    server: { addr: ':0' },
    token: { issuer: 'berth', expiration: 900 },
    users: Object.fromEntries(users),
    acl: acl ?? [{ match: { account: '/.+/' }, actions: ['*'] }],
  };
  return parseAuthFile('access', JSON.stringify(document));
}
