// `berth cert`: its files, what is in them, and what it leaves alone.

import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
} from '@peculiar/x509';
import { CommanderError } from 'commander';
import { certCommand } from '../src/commands/cert-command.ts';
import { StartError } from '../src/errors.ts';
import { berth, cleanUp, folder, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { ask } from './client.ts';

afterEach(cleanUp);

const dayMs = 86_400_000;
const names = ['registry.lan', 'localhost', '127.0.0.1', 'fd00::1'];
const alternatives = 'DNS:registry.lan, DNS:localhost, IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command without a process of its own. */
async function run(directory: string, ...args: string[]): Promise<Ran> {
  const said = { code: 0, stdout: '', stderr: '' };
  const command = certCommand(
    (code) => {
      said.code = code;
    },
    (text) => {
      said.stdout += text;
    },
  )
    .exitOverride()
    .configureOutput({
      outputError: (text) => {
        said.stderr += text;
      },
    });
  try {
    await command.parseAsync(['--out', directory, ...args], { from: 'user' });
    return said;
  } catch (error) {
    if (!(error instanceof StartError) && !(error instanceof CommanderError)) throw error;
    const lines = error instanceof StartError ? error.lines.map((line) => `berth: ${line}\n`).join('') : '';
    return { ...said, code: 1, stderr: said.stderr + lines };
  }
}

async function made(directory: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(directory, ...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

async function refused(directory: string, args: readonly string[], line: RegExp): Promise<void> {
  const before = await contents(directory);
  const { code, stdout, stderr } = await run(directory, ...args);
  expect(stderr).toMatch(line);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(await contents(directory)).toEqual(before);
}

/** Undefined where there is no such folder. */
async function contents(directory: string): Promise<Record<string, string> | undefined> {
  const files = await readdir(directory).catch(() => undefined);
  if (files === undefined) return undefined;
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(directory, file), 'utf8')])),
  );
}

const read = (directory: string, file: string) => readFile(join(directory, file), 'utf8');

async function certificate(directory: string, file = 'cert.pem'): Promise<X509Certificate> {
  return new X509Certificate(await read(directory, file));
}

async function modeOf(directory: string, file: string): Promise<number> {
  return (await stat(join(directory, file))).mode & 0o777;
}

describe('a folder where nothing is', () => {
  test('gets a CA and a certificate that it signed, for the names and the time that were asked for', async () => {
    const directory = join(await folder(), 'new', 'tls');
    const stdout = await made(directory, ...names);
    expect((await readdir(directory)).toSorted()).toEqual(['ca-key.pem', 'ca.pem', 'cert.pem', 'key.pem']);
    const [authority, own] = [await certificate(directory, 'ca.pem'), await certificate(directory)];
    expect(own.subjectAltName).toBe(alternatives);
    expect(own.verify(authority.publicKey)).toBe(true);
    expect(own.checkPrivateKey(createPrivateKey(await read(directory, 'key.pem')))).toBe(true);
    expect(authority.checkPrivateKey(createPrivateKey(await read(directory, 'ca-key.pem')))).toBe(true);
    expect(await read(directory, 'cert.pem')).toBe(own.toString() + authority.toString());
    expect(daysOf(own)).toBe(398);
    expect(daysOf(authority)).toBe(3650);
    for (const { publicKey } of [own, authority])
      expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(stdout).toContain(
      `valid until ${own.validToDate.toISOString().slice(0, 10)}, for ${names.join(', ')}`,
    );
    expect(stdout).toContain('/etc/docker/certs.d/registry.lan:5000/ca.crt');
  });

  test('keeps its keys to its owner', async () => {
    const directory = await folder();
    await made(directory, 'a.lan');
    expect(await modeOf(directory, 'ca-key.pem')).toBe(0o600);
    expect(await modeOf(directory, 'key.pem')).toBe(0o600);
    expect(await modeOf(directory, 'cert.pem')).toBe(0o644);
    expect(await modeOf(directory, 'ca.pem')).toBe(0o644);
  });

  test('gets the extensions that strict clients insist on', async () => {
    const directory = await folder();
    await made(directory, 'a.lan');
    const [authority, own] = [
      new Certificate(await read(directory, 'ca.pem')),
      new Certificate(await read(directory, 'cert.pem')),
    ];
    expect(authority.getExtension(BasicConstraintsExtension)).toMatchObject({
      ca: true,
      pathLength: 0,
      critical: true,
    });
    expect(authority.getExtension(KeyUsagesExtension)).toMatchObject({
      usages: KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
      critical: true,
    });
    expect(own.getExtension(BasicConstraintsExtension)).toMatchObject({ ca: false });
    expect(own.getExtension(KeyUsagesExtension)).toMatchObject({
      usages: KeyUsageFlags.digitalSignature,
      critical: true,
    });
    expect(own.getExtension(ExtendedKeyUsageExtension)?.usages).toEqual(['1.3.6.1.5.5.7.3.1']); // serverAuth
    const keyId = authority.getExtension(SubjectKeyIdentifierExtension)?.keyId;
    expect(keyId).toMatch(/^[0-9a-f]{40}$/);
    expect(own.getExtension(AuthorityKeyIdentifierExtension)?.keyId).toBe(keyId);
    expect(own.getExtension(SubjectKeyIdentifierExtension)?.keyId).not.toBe(keyId);
    expect(authority.subject).toBe(authority.issuer);
    expect(own.issuer).toBe(authority.subject);
  });

  test('gives Berth what clients that trust the CA take', async () => {
    const directory = await folder();
    await made(directory, ...names);
    const berthArgs = ['--tls-cert', join(directory, 'cert.pem'), '--tls-key', join(directory, 'key.pem')];
    const url = await (await serve(berthArgs)).url();
    const ca = await read(directory, 'ca.pem');
    expect((await ask(`${url}/v2/`, { ca })).status).toBe(401);
    expect((await ask(`${url}/v2/`, { ca, servername: 'registry.lan' })).status).toBe(401);
    await expect(ask(`${url}/v2/`, { ca, servername: 'other.lan' })).rejects.toThrow('other.lan');
    await expect(ask(`${url}/v2/`)).rejects.toThrow('self-signed certificate');
  });
});

describe('run again', () => {
  test('makes the certificate anew, for the same names, of the same CA and key', async () => {
    const directory = await folder();
    await made(directory, ...names);
    const before = await contents(directory);
    await made(directory);
    const after = await contents(directory);
    expect({ ...after, 'cert.pem': '' }).toEqual({ ...before, 'cert.pem': '' });
    const [first, second] = [before, after].map((one) => new X509Certificate(one?.['cert.pem'] ?? ''));
    expect(second?.serialNumber).not.toBe(first?.serialNumber);
    expect(second?.subjectAltName).toBe(alternatives);
  });

  test('takes other names, and says which are gone', async () => {
    const directory = await folder();
    await made(directory, 'a.lan', 'b.lan');
    const stdout = await made(directory, 'b.lan', 'c.lan', 'C.lan');
    expect(stdout).toContain('for b.lan, c.lan\n  no longer for a.lan\n');
    expect(stdout).toContain('as it was: who trusts it has nothing to do but for new names');
    expect((await certificate(directory)).subjectAltName).toBe('DNS:b.lan, DNS:c.lan');
  });

  test.each([
    ['ca-key.pem', 'ca.pem'],
    ['key.pem', 'cert.pem'],
  ])('makes use of a %s whose certificate was not made before a crash', async (key, missing) => {
    const directory = await folder();
    await made(directory, 'a.lan');
    const before = await read(directory, key);
    await rm(join(directory, missing));
    if (missing === 'ca.pem') await rm(join(directory, 'cert.pem'));
    await made(directory, 'a.lan');
    expect(await read(directory, key)).toBe(before);
    const own = await certificate(directory, missing);
    expect(own.checkPrivateKey(createPrivateKey(before))).toBe(true);
  });

  test('takes a CA of RSA, and gives the certificate no longer than the CA has', async () => {
    const directory = await folder();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(join(directory, 'ca-key.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    await made(directory, 'a.lan', '--ca-days', '30');
    const [authority, own] = [await certificate(directory, 'ca.pem'), await certificate(directory)];
    expect(daysOf(authority)).toBe(30);
    expect(own.validToDate).toEqual(authority.validToDate);
    expect(own.verify(authority.publicKey)).toBe(true);
  });
});

describe("somebody else's files", () => {
  test('stay as they are, unless they are to be replaced', async () => {
    const directory = await folder();
    const pair = await writeKeyPair(directory, 'theirs');
    const [cert, key] = [await readFile(pair.certificate), await readFile(pair.key)];
    await Promise.all([rm(pair.certificate), rm(pair.key)]);
    await writeFile(join(directory, 'cert.pem'), cert);
    await writeFile(join(directory, 'key.pem'), key);
    await refused(
      directory,
      ['a.lan'],
      /^berth: \S+cert\.pem: was not made by berth cert with the CA of this folder, and stays; .*--out.*--replace\n$/,
    );
    await made(directory, 'a.lan', '--replace');
    expect(await read(directory, 'key.pem')).not.toBe(key.toString());
    const own = await certificate(directory);
    expect(own.checkPrivateKey(createPrivateKey(await read(directory, 'key.pem')))).toBe(true);
  });

  test('--replace makes a new key in place of an own one, too, and leaves the CA', async () => {
    const directory = await folder();
    await made(directory, 'a.lan');
    const before = await contents(directory);
    await made(directory, '--replace');
    const after = await contents(directory);
    expect(after?.['ca.pem']).toBe(before?.['ca.pem']);
    expect(after?.['key.pem']).not.toBe(before?.['key.pem']);
    expect((await certificate(directory)).subjectAltName).toBe('DNS:a.lan');
  });

  test.each<[string, (directory: string) => Promise<unknown>, RegExp]>([
    [
      'a CA without its key',
      (directory) => rm(join(directory, 'ca-key.pem')),
      /^berth: \S+ca-key\.pem: is missing, and without it \S+ca\.pem signs nothing: put it back, or choose another folder with --out/,
    ],
    [
      'a CA with the key of another',
      async (directory) => writeFile(join(directory, 'ca-key.pem'), await read(directory, 'key.pem')),
      /^berth: \S+ca-key\.pem does not belong to \S+ca\.pem\n$/,
    ],
    [
      'a CA that is none',
      async (directory) => writeFile(join(directory, 'ca.pem'), await read(directory, 'cert.pem')),
      /^berth: \S+ca\.pem: is no CA that signs itself; choose another folder/,
    ],
    [
      'a CA that is no certificate',
      (directory) => writeFile(join(directory, 'ca.pem'), 'x'),
      /^berth: \S+ca\.pem: holds no certificate in PEM form\n$/,
    ],
    [
      'a key that is none',
      (directory) => writeFile(join(directory, 'key.pem'), 'x'),
      /^berth: \S+key\.pem: holds no private key in PEM form that opens without a password\n$/,
    ],
    [
      'a key that not every client takes',
      (directory) =>
        writeFile(
          join(directory, 'key.pem'),
          generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
        ),
      /^berth: \S+key\.pem: is a key that not every client takes; it must be ECDSA/,
    ],
  ])('%s is named, and nothing is written', async (_, change, line) => {
    const directory = await folder();
    await made(directory, 'a.lan');
    await change(directory);
    await refused(directory, ['a.lan'], line);
  });

  test('a CA that has ended is named, with what to do', async () => {
    const directory = await folder();
    const { certificate: file, key } = await writeKeyPair(directory, 'ca', 'ca', {
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-02-03'),
    });
    await writeFile(join(directory, 'ca.pem'), await readFile(file));
    await writeFile(join(directory, 'ca-key.pem'), await readFile(key));
    await refused(
      directory,
      ['a.lan'],
      /^berth: \S+ca\.pem: is valid until 2021-02-03, and signs nothing any more: move it away/,
    );
  });
});

describe('is refused, and nothing is made,', () => {
  test.each<[string, readonly string[], RegExp]>([
    [
      'without a name',
      [],
      /^berth: no name: give those by which clients reach the registry, as in berth cert /,
    ],
    [
      'with names that are none, each told',
      ['https://a.lan', 'a.lan:5000', 'b.lan'],
      /^berth: "https:\/\/a\.lan" is a URL: .*, a\.lan\nberth: "a\.lan:5000" holds a port, .*\n$/,
    ],
    [
      'for longer than macOS takes',
      ['a.lan', '--days', '826'],
      /^error: .*'826' is invalid\. It must be a whole number of days from 1 to 825/,
    ],
    ['with a port that is none', ['a.lan', '--port', '0'], /^error: .*'0' is invalid\. It must be a port/],
  ])('%s', async (_, args, line) => {
    await refused(join(await folder(), 'tls'), args, line);
  });

  test('with more names than a certificate takes', async () => {
    const many = Array.from({ length: 101 }, (_, index) => `a${index}.lan`);
    await refused(
      join(await folder(), 'tls'),
      many,
      /^berth: 101 names are too many for a certificate; it takes 100\n$/,
    );
  });

  test('with --ca-days for a CA that is there', async () => {
    const directory = await folder();
    await made(directory, 'a.lan');
    await refused(
      directory,
      ['--ca-days', '10'],
      /^berth: --ca-days has no meaning with \S+ca\.pem, which is there/,
    );
  });

  test('in a folder that is a file', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    await refused(
      file,
      ['a.lan'],
      /^berth: CA key \S+\/file\/ca-key\.pem: cannot be read: a part of the path is not a directory\n$/,
    );
  });

  test('in a folder that cannot be written to', async () => {
    if (process.getuid?.() !== 0) return;
    const directory = await folder();
    await mkdir(join(directory, 'tls'));
    await chmod(directory, 0o755);
    const { code, stderr } = await berth(['cert', 'a.lan', '--out', join(directory, 'tls')], { uid: 65_534 })
      .ended;
    expect(stderr).toMatch(
      /^berth: \S+ca-key\.pem: cannot be made: permission denied; choose another folder with --out\n$/,
    );
    expect(code).toBe(1);
    expect(await readdir(join(directory, 'tls'))).toEqual([]);
  });
});

function daysOf({ validFromDate, validToDate }: X509Certificate): number {
  return (validToDate.getTime() + 1000 - validFromDate.getTime()) / dayMs;
}
