// distribution's configuration: what is taken, and what is told of what is not.

import { readFileSync } from 'node:fs';
import { parseRegistryFile, type RegistryFile } from '../src/config/registry-file.ts';
import { registryKeys } from '../src/config/registry-keys.ts';
import { registrySchema } from '../src/config/registry-schema.ts';
import { behaviourOf, registryOptions } from '../src/config/registry-settings.ts';
import { keysOf } from '../src/config/schema-keys.ts';
import { StartError } from '../src/errors.ts';

const plain = `version: 0.1
storage:
  filesystem:
    rootdirectory: /srv/images
http:
  addr: 127.0.0.1:5000
`;

const parse = (text: string, variables: Readonly<Record<string, string>> = {}): RegistryFile =>
  parseRegistryFile('c.yml', text, variables);

function mistakesIn(text: string, variables: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    parse(text, variables);
  } catch (error) {
    if (error instanceof StartError) return error.lines;
    throw error;
  }
  return [];
}

test('what the file does not say is as in distribution: no deletes, a weekly purge of uploads, TLS from 1.2', () => {
  const file = parse(plain);
  expect(behaviourOf(file)).toEqual({
    manifests: { listed: 'all', blobs: true, urls: { allow: [], deny: [] } },
    deleteEnabled: false,
    readOnly: false,
    purging: { ageMs: 7 * 24 * 3_600_000, intervalMs: 24 * 3_600_000, dryRun: false },
    headers: {},
    health: { storage: undefined, files: [], urls: [], ports: [] },
    debugAddress: undefined,
    prefix: '',
    host: '',
    catalogPageSize: undefined,
    tagsPageSize: undefined,
  });
  expect(file).toMatchObject({ minimumVersion: 'TLSv1.2', access: { kind: 'open' }, notes: [] });
  expect(registryOptions(file)).toMatchObject({
    dataDirectory: '/srv/images',
    address: { kind: 'tcp', host: '127.0.0.1', port: 5000 },
    logLevel: 'info',
    logFormat: 'text',
    logRequests: true,
    durability: 'durable',
  });
});

test('every value that is set arrives', () => {
  const file = parse(`version: 0.1
log: {level: WARN, formatter: logstash, accesslog: {disabled: yes}, fields: {service: registry}}
storage:
  inmemory:
  delete: {enabled: true}
  maintenance:
    uploadpurging: {enabled: true, age: 45m, interval: 1h30m, dryrun: true}
    readonly: {enabled: true}
http:
  net: unix
  addr: /run/berth.sock
  prefix: /my/registry/
  host: https://registry.example.com/
  draintimeout: 5000000000
  debug: {addr: "localhost:5001"}
  headers: {X-Content-Type-Options: [nosniff], Access-Control-Allow-Methods: [GET, HEAD]}
  tls: {certificate: c.pem, key: k.pem, minimumtls: tls1.3, ciphersuites: [TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]}
health:
  storagedriver: {enabled: true, threshold: 3}
  file: [{file: /down}]
  http: [{uri: "https://x.example/", headers: {A: [b, c]}, statuscode: 204, timeout: 3s}]
  tcp: [{addr: "x.example:6379", interval: 2s}]
validation: {manifests: {indexes: {platforms: None}}}
catalog: {maxentries: 5}
tags: {maxtags: -1}
berth: {workers: 3, durability: relaxed, trustedproxies: [10.0.0.0/8]}
`);
  expect(behaviourOf(file)).toEqual({
    manifests: { listed: [], blobs: true, urls: { allow: [], deny: [] } },
    deleteEnabled: true,
    readOnly: true,
    purging: { ageMs: 45 * 60_000, intervalMs: 90 * 60_000, dryRun: true },
    headers: { 'X-Content-Type-Options': 'nosniff', 'Access-Control-Allow-Methods': 'GET, HEAD' },
    health: {
      storage: { intervalMs: 10_000, threshold: 3 },
      files: [{ file: '/down', intervalMs: 10_000, threshold: 1 }],
      urls: [
        {
          uri: 'https://x.example/',
          headers: { A: 'b, c' },
          statusCode: 204,
          timeoutMs: 3000,
          intervalMs: 10_000,
          threshold: 1,
        },
      ],
      ports: [{ host: 'x.example', port: 6379, timeoutMs: 5000, intervalMs: 2000, threshold: 1 }],
    },
    debugAddress: { kind: 'tcp', host: 'localhost', port: 5001 },
    prefix: '/my/registry',
    host: 'https://registry.example.com',
    catalogPageSize: 5,
    tagsPageSize: undefined,
  });
  expect(registryOptions(file)).toEqual({
    logLevel: 'warn',
    logFormat: 'logstash',
    logFields: { service: 'registry' },
    logRequests: false,
    trustedProxies: ['10.0.0.0/8'],
    drainTimeoutMs: 5000,
    workers: 3,
    address: { kind: 'unix', path: '/run/berth.sock' },
    dataDirectory: undefined,
    durability: 'relaxed',
  });
  expect(file).toMatchObject({
    keyPair: { certificateFile: 'c.pem', keyFile: 'k.pem' },
    minimumVersion: 'TLSv1.3',
    cipherSuites: ['ECDHE-RSA-CHACHA20-POLY1305'],
  });
});

test.each([
  ['', { listed: 'all', urls: { allow: [], deny: [] } }],
  ['disabled: true', { listed: [], urls: undefined }],
  ['disabled: true, enabled: true', { listed: 'all', urls: { allow: [], deny: [] } }],
  ['manifests: {urls: {allow: ["^https://"]}}', { listed: 'all', urls: { allow: ['^https://'], deny: [] } }],
  ['manifests: {indexes: {platforms: none}}', { listed: [], urls: { allow: [], deny: [] } }],
  ['manifests: {indexes: {platforms: list}}', { listed: 'all', urls: { allow: [], deny: [] } }],
  [
    'manifests: {indexes: {platforms: list, platformlist: [{os: linux, architecture: arm64}]}}',
    { listed: [{ os: 'linux', architecture: 'arm64' }], urls: { allow: [], deny: [] } },
  ],
])('validation: {%s}: what is asked of manifests', (validation, expected) => {
  const file = parse(`${plain}validation: {${validation}}\n`);
  expect(behaviourOf(file).manifests).toEqual({ blobs: true, ...expected });
});

test('loglevel counts where log.level is not set, storage may be one word, and purging may be off', () => {
  const file = parse('version: 0.1\nloglevel: debug\nstorage: inmemory\n');
  expect(file).toMatchObject({ logLevel: 'debug', rootDirectory: undefined });
  expect(parse('version: 0.1\nloglevel: debug\nlog: {level: error}\nstorage: inmemory\n').logLevel).toBe(
    'error',
  );
  const off = plain.replace('storage:', 'storage:\n  maintenance: {uploadpurging: {enabled: false}}');
  expect(behaviourOf(parse(off)).purging).toBeUndefined();
});

test('auth.token: the algorithms that Berth never accepts are left out, and told', () => {
  const token =
    'realm: https://a.example/auth, service: s, issuer: i, rootcertbundle: b.pem, signingalgorithms: [HS256, ES256]';
  const file = parse(`${plain}auth: {token: {${token}}}\n`);
  expect(file.access).toEqual({
    kind: 'token',
    realm: 'https://a.example/auth',
    path: '/auth/token',
    service: 's',
    issuer: 'i',
    certificatesFile: 'b.pem',
    jwksFile: undefined,
    algorithms: ['ES256'],
    upstream: undefined,
  });
  expect(file.notes).toEqual(['c.yml: auth.token.signingalgorithms: HS256 are never accepted by Berth']);
});

const craneRefuses = "today's crane refuses a private or loopback address that isn't the registry's own";
const bothRefuse = "today's crane and oras refuse a private or loopback address";

test.each([
  ['https://10.1.2.3:5001/auth', '', `is at 10.1.2.3:5001: ${craneRefuses}`],
  ['http://[fd00::5]/auth', '', `is at [fd00::5]: ${craneRefuses}`],
  ['https://127.0.0.1:5001/auth', '', `is at 127.0.0.1:5001: ${bothRefuse}`],
  ['http://[::ffff:127.0.0.1]/auth', '', `is at [::ffff:7f00:1]: ${bothRefuse}`],
  ['http://localhost:5001/auth', '', "is at localhost:5001: today's oras refuses that unless"],
  ['http://localhost:5001/auth', 'http://localhost:5000', undefined],
  ['http://localhost:5001/auth', 'http://registry.example', "is at localhost:5001: today's oras refuses"],
  ['https://10.1.2.3:5000/auth', 'https://10.1.2.3:5000', undefined],
  ['https://10.1.2.3:5001/auth', 'https://10.1.2.3:5000', `is at 10.1.2.3:5001: ${craneRefuses}`],
  ['https://10.1.2.3:5001/auth', 'https://10.1.2.4:5001', `is at 10.1.2.3:5001: ${craneRefuses}`],
  ['http://auth.example/auth', 'https://registry.example', 'is HTTP, and the registry HTTPS'],
  ['https://auth.example/auth', '', undefined],
  ['https://8.8.8.8/auth', '', undefined],
])('a realm at %s, the registry at %j: told that it %s', (realm, host, told) => {
  const token = `realm: "${realm}", service: s, issuer: i, jwks: j`;
  const text = `${plain}${host && `  host: ${host}\n`}auth: {token: {${token}}}\n`;
  const { notes } = parse(text);
  expect(notes).toEqual(
    told === undefined ? [] : [expect.stringContaining(`c.yml: auth.token.realm ${told}`)],
  );
  const remedy = expect.stringContaining(
    'auth.token.autoredirect: true, with its address in auth.token.upstream',
  );
  expect(notes).toEqual(told === undefined ? [] : [remedy]);
  expect(parse(text.replace('jwks:', 'autoredirect: true, jwks:')).notes).toEqual([]);
});

test('a realm that is HTTP is told where the registry has a certificate', () => {
  const token = 'realm: "http://auth.example/auth", service: s, issuer: i, jwks: j';
  const tls = '  tls: {certificate: c.pem, key: k.pem}\n';
  const { notes } = parse(`${plain}${tls}auth: {token: {${token}}}\n`);
  expect(notes).toEqual([expect.stringContaining("today's crane and oras send no password there")]);
  expect(parse(`${plain}auth: {token: {${token}}}\n`).notes).toEqual([]);
});

test('all mistakes are told at once, in the order of the file, each with its place and the nearest key', () => {
  const text = `version: 0.2
log: {level: loud}
storage: {filesystem: {rootdirectry: /x}, inmemory: , delete: {enabled: maybe}}
http: {adr: ":5000", tls: {minimumtls: ssl3}, draintimeout: soon}
storge: x
`;
  expect(mistakesIn(text)).toEqual([
    expect.stringMatching(/^c\.yml:1:10: version must be 0\.1, not "0\.2"$/),
    expect.stringMatching(/^c\.yml:2:14: log\.level must be one of error, warn, info, debug, not "loud"$/),
    expect.stringMatching(
      /^c\.yml:3:24: storage\.filesystem\.rootdirectry is not a known key; did you mean rootdirectory\?$/,
    ),
    expect.stringMatching(/^c\.yml:3:73: storage\.delete\.enabled must be true or false, not "maybe"$/),
    expect.stringMatching(/^c\.yml:4:8: http\.adr is not a known key; did you mean addr\?$/),
    expect.stringMatching(/^c\.yml:4:40: http\.tls\.minimumtls must be one of tls1\.0, .*, not "ssl3"$/),
    expect.stringMatching(/^c\.yml:4:61: http\.draintimeout must be a duration .*, not "soon"$/),
    expect.stringMatching(/^c\.yml:5:1: storge is not a known key; did you mean storage\?$/),
  ]);
});

test.each([
  ['two storages', 'http:', 'http:\n', 'storage.inmemory cannot be there beside storage.filesystem'],
  [
    'an address without a port',
    '127.0.0.1:5000',
    'localhost',
    'http.addr must be HOST:PORT, .*not "localhost"',
  ],
  [
    'a certificate alone',
    'http:',
    'http:\n  tls: {certificate: c.pem}',
    'certificate needs http.tls.key beside it',
  ],
  ['a key alone', 'http:', 'http:\n  tls: {key: k.pem}', 'key needs http.tls.certificate beside it'],
  ['a prefix without a slash', 'http:', 'http:\n  prefix: /x', 'http.prefix must begin and end with /'],
  [
    'a header that would end its line',
    'http:',
    'http:\n  headers: {A: ["x\\ny"]}',
    'must be a text that a header',
  ],
  [
    'tokens without keys',
    'http:',
    'auth: {token: {realm: r, service: s, issuer: i}}\nhttp:',
    'needs rootcertbundle or jwks',
  ],
  [
    'tokens without a realm',
    'http:',
    'auth: {token: {service: s, issuer: i, jwks: j}}\nhttp:',
    'needs realm in it',
  ],
  [
    'two ways in',
    'http:',
    'auth: {htpasswd: {realm: r, path: p}, none: {}}\nhttp:',
    'auth.none cannot be there beside auth.htpasswd',
  ],
  [
    'a URL that is no regular expression',
    'http:',
    'validation: {manifests: {urls: {allow: ["https://(?!x)"]}}}\nhttp:',
    'allow\\[0\\] must be a regular expression as Go has them .*, not "https',
  ],
  [
    'a purge every second',
    'storage:',
    'storage:\n  maintenance: {uploadpurging: {interval: 1s}}',
    'interval must be 60s or more',
  ],
])('%s: a mistake', (_, from, to, problem) => {
  const inMemory = problem.startsWith('storage.inmemory');
  const text = inMemory
    ? plain.replace('  filesystem:', '  inmemory:\n  filesystem:')
    : plain.replace(from, to);
  expect(mistakesIn(text)).toEqual([expect.stringMatching(new RegExp(problem))]);
});

test('storage is required', () => {
  expect(mistakesIn('version: 0.1\n').join()).toMatch(/storage is missing/);
  expect(mistakesIn('version: 0.1\nstorage: {delete: {enabled: true}}\n').join()).toMatch(
    /storage needs filesystem or inmemory in it/,
  );
});

const keysWith = (verdict: string) =>
  Object.entries(registryKeys)
    .filter(([, words]) => words.verdict === verdict)
    .map(([key]) => key);

/** YAML that sets just this key. */
function setting(key: string): string {
  const value = {
    'http.h2c.enabled': 'true',
    'http.http2.disabled': 'true',
    'storage.redirect.disable': 'true',
  };
  const leaf = Object.hasOwn(value, key) || /enabled|disabled|reportcaller/.test(key) ? 'true' : '1';
  return key
    .split('.')
    .reverse()
    .reduce((inner, step) => `{${step}: ${inner}}`, leaf);
}

/** The value of `key` in a file that is right otherwise. */
function fileWith(key: string): string {
  const document = `version: 0.1\n`;
  if (!key.startsWith('storage.'))
    return `${document}storage: inmemory\n${key.split('.')[0]}: ${setting(key).slice(setting(key).indexOf(':') + 2, -1)}\n`;
  const inner = setting(key).slice('{storage: {'.length, -2);
  const driver = key.startsWith('storage.filesystem') ? '' : 'inmemory: {}, ';
  return `${document}storage: {${driver}${inner}}\n`;
}

test.each(keysWith('refused'))('%s, when it is set, stops the start with what to do instead', (key) => {
  const [line = '', ...more] = mistakesIn(fileWith(key));
  expect(more).toEqual([]);
  expect(line).toContain(`${key} is not supported by this version of Berth: ${registryKeys[key]?.words}`);
});

test.each(keysWith('ignored'))('%s, when it is set, changes nothing and is told', (key) => {
  const { notes, ...rest } = parse(fileWith(key));
  expect(notes).toEqual([expect.stringMatching(/^c\.yml:\d+: /)]);
  expect(notes[0]).toContain(`${key} is ignored: ${registryKeys[key]?.words}`);
  expect(rest.access).toEqual({ kind: 'open' });
});

test('the table of keys and the schema know the same keys', () => {
  const refused = keysWith('refused');
  const inSchema = keysOf(registrySchema).filter((key) => Object.keys(registryKeys).includes(key));
  const elsewhere = keysOf(registrySchema).filter((key) => !inSchema.includes(key));
  expect(elsewhere).toEqual([]);
  expect(
    Object.keys(registryKeys).filter((key) => !inSchema.includes(key) && !refused.includes(key)),
  ).toEqual([]);
});

test('the table of keys in the documentation is this one, word for word', () => {
  const documentation = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const table = documentation.split('### Keys of distribution\n')[1]?.split(/^#/m)[0] ?? '';
  const rows = [...table.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (.+?) +\|$/gm)];
  const written = Object.fromEntries(rows.map(([, key, verdict, words]) => [key, { verdict, words }]));
  expect(written).toEqual(registryKeys);
});

describe('variables REGISTRY_…', () => {
  test('go over what the file says, by the name of the key in capitals, and their values are YAML', () => {
    const file = parse(plain, {
      REGISTRY_LOG_LEVEL: 'debug',
      REGISTRY_STORAGE_DELETE_ENABLED: 'true',
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/elsewhere',
      REGISTRY_HTTP_HEADERS_ACCESS_CONTROL: 'x',
      'REGISTRY_HTTP_HEADERS_X-Frame-Options': '[DENY]',
      REGISTRY_LOG_FIELDS: '{service: a, environment: b}',
      HOME: '/root',
    });
    expect(file).toMatchObject({ logLevel: 'debug', rootDirectory: '/elsewhere' });
    expect(behaviourOf(file)).toMatchObject({ deleteEnabled: true, headers: { 'x-frame-options': 'DENY' } });
    expect(registryOptions(file).logFields).toEqual({ service: 'a', environment: 'b' });
    expect(file.notes).toEqual([expect.stringMatching(/^REGISTRY_HTTP_HEADERS_ACCESS_CONTROL is ignored: /)]);
  });

  test('a list is set whole, or by index up to the one after its last', () => {
    const suites = (variables: Readonly<Record<string, string>>) =>
      parse(plain.replace('http:', 'http:\n  tls: {ciphersuites: [TLS_AES_128_GCM_SHA256]}'), variables)
        .document.http.tls.ciphersuites;
    const key = 'REGISTRY_HTTP_TLS_CIPHERSUITES';
    expect(suites({ [`${key}_0`]: 'TLS_AES_256_GCM_SHA384' })).toEqual(['TLS_AES_256_GCM_SHA384']);
    expect(suites({ [`${key}_1`]: 'TLS_AES_256_GCM_SHA384' })).toEqual([
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
    ]);
    expect(suites({ [key]: '[TLS_AES_256_GCM_SHA384]', [`${key}_1`]: 'TLS_AES_128_GCM_SHA256' })).toEqual([
      'TLS_AES_256_GCM_SHA384',
      'TLS_AES_128_GCM_SHA256',
    ]);
    expect(suites({ [`${key}_3`]: 'x' })).toEqual(['TLS_AES_128_GCM_SHA256']);
  });

  test('a section that the file lacks is made, and an empty variable takes a value away', () => {
    const { access } = parse(plain, {
      REGISTRY_AUTH_TOKEN_REALM: 'https://a.example/auth',
      REGISTRY_AUTH_TOKEN_SERVICE: 's',
      REGISTRY_AUTH_TOKEN_ISSUER: 'Acme auth server',
      REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: 'b.pem',
    });
    expect(access).toMatchObject({ kind: 'token', issuer: 'Acme auth server' });
    const emptied = parse(plain.replace('http:', 'http:\n  host: https://x.example'), {
      REGISTRY_HTTP_HOST: '',
    });
    expect(behaviourOf(emptied).host).toBe('');
    expect(parse('version: 0.1\n', { REGISTRY_STORAGE: 'inmemory' }).rootDirectory).toBeUndefined();
    expect(parse('version: 0.1\n', { REGISTRY_STORAGE_INMEMORY: '' }).rootDirectory).toBeUndefined();
  });

  test('are called as in distribution where its names differ from its keys', () => {
    const { document, notes } = parse(plain, {
      REGISTRY_HEALTH_FILECHECKERS_0_FILE: '/down',
      REGISTRY_HEALTH_TCPCHECKERS: '[{addr: "x.example:1"}]',
      REGISTRY_COMPATIBILITY_SCHEMA1_TRUSTKEY: 'k',
    });
    expect(document.health).toMatchObject({ file: [{ file: '/down' }], tcp: [{ addr: 'x.example:1' }] });
    expect(notes).toEqual([
      expect.stringMatching(
        /^REGISTRY_COMPATIBILITY_SCHEMA1_TRUSTKEY: compatibility\.schema1\.signingkeyfile is ignored/,
      ),
    ]);
  });

  test('a mistake in one is told under its name', () => {
    expect(mistakesIn(plain, { REGISTRY_LOG_LEVEL: 'loud', REGISTRY_HTTP_TLS_CIPHERSUITES_0: 'x' })).toEqual([
      expect.stringMatching(
        /^REGISTRY_LOG_LEVEL: log\.level must be one of error, warn, info, debug, not "loud"$/,
      ),
      expect.stringMatching(/^REGISTRY_HTTP_TLS_CIPHERSUITES_0: http\.tls\.ciphersuites/),
    ]);
    expect(mistakesIn(plain, { REGISTRY_STORAGE_S3_BUCKET: 'b' })).toEqual([
      expect.stringMatching(
        /^REGISTRY_STORAGE_S3_BUCKET: storage\.s3 is not supported .* use storage\.filesystem$/,
      ),
    ]);
    expect(mistakesIn(plain, { REGISTRY_LOG_FIELDS: '{a' })).toEqual([
      expect.stringMatching(/^REGISTRY_LOG_FIELDS: is not YAML: /),
    ]);
  });

  test('one that names no key is told, with the nearest that does', () => {
    const { notes } = parse(plain, {
      REGISTRY_STORAGE_DELETE_ENABLE: 'true',
      REGISTRY_: 'x',
      REGISTRY_PORT: '5000',
    });
    expect(notes).toHaveLength(3);
    expect(notes).toContain(
      'REGISTRY_STORAGE_DELETE_ENABLE is ignored: it names no key of the configuration; did you mean REGISTRY_STORAGE_DELETE_ENABLED?',
    );
  });

  test.each([
    {
      REGISTRY_SERVICE_HOST: '10.0.0.11',
      REGISTRY_SERVICE_PORT: '5000',
      REGISTRY_SERVICE_PORT_HTTP_API: '5000',
      REGISTRY_PORT: 'tcp://10.0.0.11:5000',
      REGISTRY_PORT_5000_TCP: 'tcp://10.0.0.11:5000',
      REGISTRY_PORT_5000_TCP_PROTO: 'tcp',
      REGISTRY_PORT_5000_TCP_PORT: '5000',
      REGISTRY_PORT_5000_TCP_ADDR: '10.0.0.11',
    },
    { REGISTRY_AUTH_PORT: 'tcp://[fd00::11]:5001', REGISTRY_AUTH_SERVICE_HOST: 'fd00::11' },
    { REGISTRY_STORAGE_PORT_53_UDP_ADDR: '10.0.0.11', REGISTRY_STORAGE_PORT: 'udp://10.0.0.11:53' },
  ])('those of Kubernetes for a service that is called so mean nothing here: %j', (variables) => {
    expect(parse(plain, variables)).toEqual(parse(plain));
  });

  test('that of podman, skopeo and buildah for their logins means nothing here', () => {
    expect(parse(plain, { REGISTRY_AUTH_FILE: '/run/user/0/auth.json' })).toEqual(parse(plain));
  });

  test('…_FILE names a file that holds the value', async () => {
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { join } = await import('node:path');
    const { tmpdir } = await import('node:os');
    const directory = await mkdtemp(join(tmpdir(), 'berth-'));
    await writeFile(join(directory, 'issuer'), 'Acme: auth # server\n');
    const token = 'auth: {token: {realm: r, service: s, issuer: i, jwks: j}}\n';
    const variables = { REGISTRY_AUTH_TOKEN_ISSUER_FILE: join(directory, 'issuer') };
    expect(parse(plain + token, variables).access).toMatchObject({ issuer: 'Acme: auth # server' });
    await rm(directory, { recursive: true });
    expect(mistakesIn(plain + token, variables)).toEqual([
      `REGISTRY_AUTH_TOKEN_ISSUER_FILE: ${join(directory, 'issuer')} cannot be read: no such file or directory`,
    ]);
  });
});

test('where a tab indents, the tabs are all that is told', () => {
  const lines = mistakesIn(
    plain.replace('    rootdirectory', '\t\trootdirectory').replace('  addr', '\taddr'),
  );
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^c\.yml:(?:4|6):\d+: a tab is used as indentation/);
});

test('auth: none and REGISTRY_AUTH=none are short for a section', () => {
  expect(parse(`${plain}auth: none\n`).access).toEqual({ kind: 'open' });
  expect(parse(plain, { REGISTRY_AUTH: 'none' }).access).toEqual({ kind: 'open' });
});

test('a misspelt short form is told with what is allowed', () => {
  expect(mistakesIn(`${plain}auth: tokn\n`)).toEqual([expect.stringMatching(/auth\.tokn .*token/)]);
});
