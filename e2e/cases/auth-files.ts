/**
 * docker_auth files that somebody else wrote, from a folder that is named: each is served by `berth auth`, with its
 * addresses and certificates adapted, or refused because of sections that come later, and then for these by name. Where a
 * configuration of distribution's lies beside one, the two are served in two processes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { oras } from '../clients/oras.ts';
import { berthProgram } from '../harness/berth-program.ts';
import { type Certificate, makeCertificate } from '../harness/certificate.ts';
import type { Daemon } from '../harness/daemon.ts';
import { expectThat } from '../harness/expect.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { expectOwnNamespace } from './scene.ts';

/** docker_auth's methods that Berth doesn't have yet. */
const LATER =
  /^(google|github|oidc|gitlab|ldap|mongo|xorm|ext)_auth$|^(plugin_authn|acl_mongo|acl_xorm|casbin_authz|ext_authz|plugin_authz)$/;

/** The passwords that docker_auth's examples name in a comment beside the hash. */
const EXAMPLE_ACCOUNTS = ['admin:badmin', 'test:123'];

export function authFiles(name: string): Suite {
  const folder = resolve(name);
  const files = ymlFilesIn(folder).filter((file) => sectionsOf(file).includes('token'));
  const registryFile = ymlFilesIn(folder).find((file) => sectionsOf(file).includes('storage'));
  const servedFile = files.find((file) => laterSectionsOf(file).length === 0);
  const two = registryFile && servedFile ? [twoCase(registryFile, servedFile)] : [];
  return {
    name: `auth-files-${basename(folder)}`,
    needs: ['openssl', 'curl', ...(two.length > 0 ? oras.needs : [])],
    cases: [...files.map(caseOf), ...two],
  };
}

function ymlFilesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((entry) => entry.endsWith('.yml'))
    .map((entry) => join(folder, entry));
}

function caseOf(file: string): Case {
  const later = laterSectionsOf(file);
  return later.length === 0
    ? { name: `${basename(file)} is served`, run: async (place) => await served(place, file) }
    : {
        name: `${basename(file)} is refused for ${later.length} sections`,
        run: async (place) => await refused(place, file, later),
      };
}

function laterSectionsOf(file: string): readonly string[] {
  return sectionsOf(file).filter((section) => LATER.test(section));
}

/** Its top-level keys. */
function sectionsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^([a-z_]+):/gm)].map(([, section = '']) => section);
}

function twoCase(registryFile: string, authFile: string): Case {
  return {
    name: `${basename(registryFile)} and ${basename(authFile)} are served in two processes`,
    run: async (place) => await servedAsTwo(place, registryFile, authFile),
  };
}

/** oras takes a realm at another port of the registry's own address, which crane refuses. */
async function servedAsTwo(place: Place, registryFile: string, authFile: string): Promise<string> {
  const certificate = await makeCertificate(place);
  const realm = `${await addressOf(startAuth(place, adapt(place, authFile, certificate)))}/auth`;
  const adapted = adapt(place, registryFile, certificate, { realm, rootdirectory: place.dir('data') });
  const { file, args } = berthProgram();
  const url = await addressOf(place.start('berth registry', file, [...args, 'registry', adapted]));
  const [name = '', password = ''] = EXAMPLE_ACCOUNTS.at(-1)?.split(':') ?? [];
  await expectOwnNamespace(place, oras, { host: new URL(url).host, certificate }, { name, password });
  return realm;
}

async function addressOf(daemon: Daemon): Promise<string> {
  return await daemon.lineThat((line) => /listening\b.*?(https?:\/\/[\w.]+:\d+)/.exec(line)?.[1], 20_000);
}

async function served(place: Place, file: string): Promise<string> {
  const adapted = adapt(place, file, await makeCertificate(place));
  const url = await addressOf(startAuth(place, adapted));
  const text = readFileSync(file, 'utf8');
  for (const account of EXAMPLE_ACCOUNTS.filter((one) => text.includes(`"${one.split(':')[0]}":`))) {
    expectThat((await askToken(place, url, account)) === '200', `${account} gets a token`);
    expectThat((await askToken(place, url, `${account}x`)) === '401', `${account}x gets none`);
  }
  return url;
}

function startAuth(place: Place, configuration: string): Daemon {
  const { file, args } = berthProgram();
  return place.start('berth auth', file, [...args, 'auth', configuration]);
}

async function askToken(place: Place, url: string, account: string): Promise<string> {
  const args = [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--cacert',
    join(place.dir('trust'), 'ca.crt'),
    '-u',
    account,
  ];
  return succeeded(
    await place.attempt('curl', [...args, `${url}/auth?service=e2e&scope=repository:test/app:pull`]),
  ).stdout;
}

/** The same file at a free port of loopback, with a certificate that is there. */
function adapt(
  place: Place,
  file: string,
  { certificateFile, keyFile }: Certificate,
  more: Readonly<Record<string, string>> = {},
): string {
  const values = { certificate: certificateFile, key: keyFile, rootcertbundle: certificateFile, ...more };
  let text = readFileSync(file, 'utf8').replace(/^( +addr: ).*$/m, '$1"127.0.0.1:0"');
  for (const [key, value] of Object.entries(values))
    text = text.replaceAll(new RegExp(`^( +${key}: ).*$`, 'gm'), `$1"${value}"`);
  const adapted = join(place.dir('configuration'), basename(file));
  writeFileSync(adapted, text, { mode: 0o600 });
  return adapted;
}

async function refused(place: Place, file: string, later: readonly string[]): Promise<string> {
  const daemon = startAuth(place, file);
  const code = await daemon.end(20_000);
  const said = daemon.lines.join('\n').replaceAll(file, 'FILE');
  expectThat(code === 1, `it exits with 1 (${code}):\n${said}`);
  expectThat(!daemon.lines.some((line) => /^\s+at /.test(line)), `no stack trace:\n${said}`);
  const unnamed = later.filter((section) => !said.includes(` ${section} `));
  expectThat(unnamed.length === 0, `it names ${unnamed.join(', ')}:\n${said}`);
  return later.join(', ');
}
