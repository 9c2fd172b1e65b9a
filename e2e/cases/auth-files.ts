/**
 * docker_auth files that somebody else wrote, from a folder that is named: each is served by `berth auth`, with its
 * addresses and certificates adapted, or refused because of sections that come later, and then for these by name.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { berthProgram } from '../harness/berth-program.ts';
import { type Certificate, makeCertificate } from '../harness/certificate.ts';
import type { Daemon } from '../harness/daemon.ts';
import { expectThat } from '../harness/expect.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Case, Suite } from '../harness/suite.ts';

/** docker_auth's methods that Berth doesn't have yet. */
const LATER =
  /^(google|github|oidc|gitlab|ldap|mongo|xorm|ext)_auth$|^(plugin_authn|acl_mongo|acl_xorm|casbin_authz|ext_authz|plugin_authz)$/;

/** The passwords that docker_auth's examples name in a comment beside the hash. */
const EXAMPLE_ACCOUNTS = ['admin:badmin', 'test:123'];

export function authFiles(name: string): Suite {
  const folder = resolve(name);
  const files = readdirSync(folder)
    .map((entry) => join(folder, entry))
    .filter((file) => file.endsWith('.yml') && sectionsOf(file).includes('token'));
  return { name: `auth-files-${basename(folder)}`, needs: ['openssl', 'curl'], cases: files.map(caseOf) };
}

function caseOf(file: string): Case {
  const later = sectionsOf(file).filter((section) => LATER.test(section));
  return later.length === 0
    ? { name: `${basename(file)} is served`, run: async (place) => await served(place, file) }
    : {
        name: `${basename(file)} is refused for ${later.length} sections`,
        run: async (place) => await refused(place, file, later),
      };
}

/** Its top-level keys. */
function sectionsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^([a-z_]+):/gm)].map(([, section = '']) => section);
}

async function served(place: Place, file: string): Promise<string> {
  const adapted = adapt(place, file, await makeCertificate(place));
  const daemon = startAuth(place, adapted);
  const url = await daemon.lineThat(
    (line) => /listening\b.*?(https?:\/\/[\w.]+:\d+)/.exec(line)?.[1],
    20_000,
  );
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
function adapt(place: Place, file: string, certificate: Certificate): string {
  const text = readFileSync(file, 'utf8')
    .replace(/^( +addr: ).*$/m, '$1"127.0.0.1:0"')
    .replaceAll(/^( +certificate: ).*$/gm, `$1"${certificate.certificateFile}"`)
    .replaceAll(/^( +key: ).*$/gm, `$1"${certificate.keyFile}"`);
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
