// docker_auth configurations: what is read, and how mistakes are told.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import bcrypt from 'bcryptjs';
import { parseAuthFile } from '../src/config/auth-file.ts';
import { honouredKeys, refusedKeys } from '../src/config/auth-schema.ts';
import { StartError } from '../src/errors.ts';

const hash = bcrypt.hashSync('secret', 4);

const good = `
server: {addr: ":5001"}
token: {issuer: Acme, expiration: 900}
users:
  admin: {password: "${hash}", labels: {group: [a, b]}}
  "": {}
acl:
  - match: {account: admin}
    actions: ["*"]
  - {match: {}, actions: [], comment: rest}
`;

function mistakesIn(text: string): readonly string[] {
  try {
    parseAuthFile('a.yml', text);
    return [];
  } catch (error) {
    if (error instanceof StartError) return error.lines;
    throw error;
  }
}

test('a configuration becomes typed values', () => {
  expect(parseAuthFile('a.yml', good)).toMatchObject({
    file: 'a.yml',
    server: {
      address: { kind: 'tcp', host: undefined, port: 5001 },
      pathPrefix: '',
      keyPair: undefined,
      hsts: false,
    },
    token: { issuer: 'Acme', expirationSeconds: 900, keyPair: undefined, legacyKeyId: true },
    users: { admin: { passwordHash: hash, labels: { group: ['a', 'b'] } }, '': {} },
  });
});

test('every honoured key is read', () => {
  const server = `addr: /run/auth.sock
  net: unix
  path_prefix: /docker
  certificate: s.pem
  key: s.key
  hsts: yes
  tls_min_version: TLS12
  tls_curve_preferences: [P521, "29"]
  tls_cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "0xc02c"]
  real_ip_header: X-Forwarded-For
  real_ip_pos: -2`;
  const text = good
    .replace('{addr: ":5001"}', `\n  ${server}`)
    .replace('expiration: 900', 'expiration: 1, certificate: t.pem, key: t.key, disable_legacy_key_id: true');
  expect(parseAuthFile('a.yml', text)).toMatchObject({
    server: {
      address: { kind: 'unix', path: '/run/auth.sock' },
      pathPrefix: '/docker',
      keyPair: { certificateFile: 's.pem', keyFile: 's.key' },
      hsts: true,
      minimumVersion: 'TLSv1.2',
      curves: ['P-521', 'X25519'],
      cipherSuites: ['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
      realIpHeader: 'X-Forwarded-For',
      realIpPosition: -2,
    },
    token: { keyPair: { certificateFile: 't.pem', keyFile: 't.key' }, legacyKeyId: false },
  });
});

test("the token's key pair is the server's where it has none of its own", () => {
  const text = good.replace('{addr: ":5001"}', '{addr: ":5001", certificate: s.pem, key: s.key}');
  expect(parseAuthFile('a.yml', text).token.keyPair).toEqual({ certificateFile: 's.pem', keyFile: 's.key' });
});

test('names that look like numbers or booleans are names', () => {
  const text = good
    .replace('  admin:', '  yes: {}\n  007: {}\n  admin:')
    .replace('account: admin', 'account: 007');
  expect(Object.keys(parseAuthFile('a.yml', text).users)).toEqual(expect.arrayContaining(['yes', '007']));
});

test.each(Object.keys(refusedKeys))('%s, when it is set, is refused by name and place', (key) => {
  const [section, inner] = key.split('.');
  const text =
    inner === undefined
      ? `${good}${section}: {x: 1}\n`
      : good.replace('":5001"', `":5001", ${inner}: {x: 1}`);
  const lines = mistakesIn(text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^a\.yml:\d+:\d+: /);
  expect(lines[0]).toContain(`${key} (`);
  expect(lines[0]).toContain('is not supported');
});

test('a section that is there and empty is not set', () => {
  expect(mistakesIn(`${good}google_auth:\next_auth: ~\n`)).toEqual([]);
});

test('accounts somewhere else are refused as such, not as missing ones', () => {
  const lines = mistakesIn(
    'server: {addr: ":1"}\ntoken: {issuer: x, expiration: 1}\nldap_auth: {addr: x}\nacl: []\n',
  );
  expect(lines).toEqual([
    expect.stringMatching(/^a\.yml:3:1: ldap_auth \(accounts in LDAP\) is not supported/),
  ]);
});

test.each<[string, string, string, RegExp]>([
  [
    'a number that is none',
    'expiration: 900',
    'expiration: soon',
    /^a\.yml:3:35: token\.expiration must be a whole number of seconds above 0, not "soon"$/,
  ],
  [
    'a number out of range',
    'expiration: 900',
    'expiration: 0',
    /token\.expiration must be a whole number of seconds above 0, not "0"$/,
  ],
  ['a missing key', 'issuer: Acme, ', '', /^a\.yml:3:1: token\.issuer is missing; /],
  ['an empty text', 'issuer: Acme', 'issuer: ""', /token\.issuer must not be empty/],
  [
    'a misspelt key',
    'issuer: Acme',
    'isuer: Acme, issuer: x',
    /^a\.yml:3:9: token\.isuer is not a known key; did you mean issuer\?$/,
  ],
  [
    'a key from nowhere',
    'issuer: Acme',
    'zzzzzz: 1, issuer: x',
    /token\.zzzzzz is not a known key; here are allowed: issuer, expiration, /,
  ],
  ['a misspelt section', 'acl:', 'acls:', /^a\.yml:7:1: acls is not a known key; did you mean acl\?$/],
  [
    'a misspelt condition',
    'match: {account: admin}',
    'match: {acount: admin}',
    /^a\.yml:8:13: acl\[0\]\.match\.acount is not a known key; did you mean account\?$/,
  ],
  [
    'an address without a port',
    ':5001',
    'localhost',
    /^a\.yml:2:16: server\.addr must be HOST:PORT.* not "localhost"$/,
  ],
  [
    'half a key pair',
    '":5001"',
    '":5001", certificate: x',
    /server\.certificate needs server\.key beside it/,
  ],
  ['the other half', 'issuer: Acme', 'issuer: Acme, key: x', /token\.key needs token\.certificate beside it/],
  [
    'a prefix without a slash',
    '":5001"',
    '":5001", path_prefix: x',
    /server\.path_prefix must start with \//,
  ],
  ['another network', '":5001"', '":5001", net: udp', /server\.net must be tcp or unix, not "udp"/],
  [
    'a TLS version from nowhere',
    '":5001"',
    '":5001", tls_min_version: TLS9',
    /tls_min_version must be one of TLS10, .* not "TLS9"/,
  ],
  [
    'cipher suites of TLS 1.3',
    '":5001"',
    '":5001", tls_min_version: TLS13, tls_cipher_suites: [TLS_AES_128_GCM_SHA256]',
    /has no meaning with/,
  ],
  [
    'a list in place of a map',
    'match: {account: admin}',
    'match: [admin]',
    /acl\[0\]\.match must be a map of conditions.* not a list$/,
  ],
  [
    'rules without actions',
    'actions: ["*"]',
    'comment: x',
    /^a\.yml:8:5: acl\[0\]\.actions is missing; must be a list of actions/,
  ],
  [
    'a regular expression that is none',
    'account: admin',
    'account: "/(/"',
    /^a\.yml:8:22: acl\[0\]\.match\.account "\/\(\/" /,
  ],
  [
    'an address range that is none',
    'account: admin',
    'ip: 1.2.3',
    /^a\.yml:8:17: acl\[0\]\.match\.ip "1\.2\.3" /,
  ],
  ['a key twice', 'issuer: Acme', 'issuer: Acme, issuer: x', /^a\.yml:3:23: the key issuer is there twice/],
  ['a tab', '  admin: {', '\tadmin: {', /^a\.yml:5:1: a tab is used as indentation/],
])('%s is a mistake, told with its place and what is allowed', (_, from, to, line) => {
  expect(good).toContain(from);
  expect(mistakesIn(good.replace(from, to))).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
});

test('a password that was written in place of its hash is not repeated', () => {
  const lines = mistakesIn(good.replace(hash, 'hunter2'));
  expect(lines).toEqual([
    expect.stringMatching(/^a\.yml:5:21: users\.admin\.password must be a bcrypt hash; `htpasswd/),
  ]);
  expect(lines.join()).not.toContain('hunter2');
});

test('all mistakes are told at once, in the order of the file', () => {
  const text = good
    .replace(':5001', 'x')
    .replace('900', '-1')
    .replace('[a, b]', 'a')
    .replace('actions: []', 'action: []');
  expect(mistakesIn(text).map((line) => line.split(' ')[0])).toEqual([
    expect.stringMatching(/^a\.yml:3:/),
    expect.stringMatching(/^a\.yml:5:/),
    expect.stringMatching(/^a\.yml:10:/),
    expect.stringMatching(/^a\.yml:10:/),
  ]);
});

test.each(['', '[]', 'x', '- a', '{'])('%j is no configuration, and says what one is', (text) => {
  expect(mistakesIn(text).join()).toMatch(/a\.yml:\d+:\d+: /);
});

test('the table of keys in the documentation is the one that is checked', () => {
  const documentation = readFileSync(
    fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url)),
    'utf8',
  );
  const keysUnder = (heading: string) =>
    [...(documentation.split(`### ${heading}\n`)[1]?.split(/^#/m)[0] ?? '').matchAll(/^\| `([^`]+)`/gm)].map(
      (row) => row[1],
    );
  expect(keysUnder('Honoured keys').toSorted()).toEqual([...honouredKeys()].toSorted());
  expect(keysUnder('Refused keys').toSorted()).toEqual(Object.keys(refusedKeys).toSorted());
});
