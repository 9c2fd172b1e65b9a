// What a start says of a certificate that is valid, and that clients will stumble over all the same.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostWarnings, type ToldHost, toldHosts } from '../src/http/certificate-hosts.ts';
import { certificateWarnings } from '../src/http/tls.ts';
import { berth, cleanUp, folder, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { authority, signedBy } from './made-certificates.ts';

afterEach(cleanUp);

const dayMs = 86_400_000;

async function certificateFor(names: readonly string[], untilDays = 90): Promise<string> {
  return (await signedBy(await authority(), { names, untilDays })).cert;
}

test('one without subjectAltName', async () => {
  expect(certificateWarnings(await certificateFor([]), Date.now())).toEqual([
    expect.stringMatching(
      /^the TLS certificate names no host in subjectAltName, .* make one with the registry's name/,
    ),
  ]);
  expect(certificateWarnings(await certificateFor(['a.lan']), Date.now())).toEqual([]);
});

test('one that is about to expire', async () => {
  const pem = await certificateFor(['a.lan'], 90);
  expect(certificateWarnings(pem, Date.now() + 87 * dayMs)).toEqual([
    expect.stringMatching(/^the TLS certificate expires on \d{4}-\d\d-\d\d, in 2 days: put a new one there$/),
  ]);
});

describe('one that is not for a host that clients are told', () => {
  const told = (host: string): readonly ToldHost[] => [{ host, isSetBy: 'http.host' }];
  const nowhere = async () => [];

  test.each([
    ['registry.lan', true],
    ['REGISTRY.lan', true],
    ['a.apps.example.com', true],
    ['b.a.apps.example.com', false],
    ['other.lan', false],
    ['192.168.1.10', true],
    ['192.168.1.11', false],
  ])('%s: taken %s', async (host, isTaken) => {
    const pem = await certificateFor(['registry.lan', '*.apps.example.com', '192.168.1.10']);
    const warnings = await hostWarnings(pem, told(host), nowhere);
    const line = `the TLS certificate is for DNS:registry.lan, DNS:*.apps.example.com, IP Address:192.168.1.10, and not for ${host}, which is in http.host: clients that go there refuse it; make one for that too, as \`berth cert\` does`;
    expect(warnings).toEqual(isTaken ? [] : [line]);
  });

  test('but an address that one of its names leads to is no matter', async () => {
    const pem = await certificateFor(['registry.lan']);
    const resolve = async (name: string) => (name === 'registry.lan' ? ['192.168.1.10'] : []);
    expect(await hostWarnings(pem, told('192.168.1.10'), resolve)).toEqual([]);
    expect(await hostWarnings(pem, told('192.168.1.11'), resolve)).toHaveLength(1);
  });

  test('one without any name is told of by itself', async () => {
    expect(await hostWarnings(await certificateFor([]), told('a.lan'), nowhere)).toEqual([]);
  });
});

test.each<[string, string | undefined]>([
  ['0.0.0.0', undefined],
  ['::', undefined],
  ['127.0.0.1', undefined],
  ['::1', undefined],
  ['localhost', undefined],
  ['192.168.1.10', '192.168.1.10'],
  ['registry.lan', 'registry.lan'],
])('a server at %s is looked for at %s', (host, expected) => {
  const address = { kind: 'tcp', host, port: 5000 } as const;
  const hosts = toldHosts({ address, addressIsSetBy: '--addr' }, '').map((one) => one.host);
  expect(hosts).toEqual(expected === undefined ? [] : [expected]);
});

test('a start tells of them, and serves', async () => {
  const directory = await folder();
  const { certificate, key } = await writeKeyPair(directory, 'server', 'localhost', {
    notBefore: new Date(Date.now() - 90 * dayMs),
    hasHosts: false,
  });
  const one = await serve(['--tls-cert', certificate, '--tls-key', key, '--workers', '2']);
  await one.url();
  expect(one.stdout).toMatch(/ warn .*names no host in subjectAltName/);
  expect(one.stdout).toMatch(/ warn .*expires on/);

  const pair = await writeKeyPair(directory, 'other');
  const file = join(directory, 'config.yml');
  await writeFile(
    file,
    `version: 0.1
storage: inmemory
http: {addr: "127.0.0.1:0", host: "https://registry.example.com:5000", tls: {certificate: ${pair.certificate}, key: ${pair.key}}}
`,
  );
  const registry = berth(['registry', file]);
  await registry.url();
  await registry.said(
    / warn .*is for DNS:localhost, IP Address:127\.0\.0\.1, and not for registry\.example\.com, which is in http\.host/,
  );
});
