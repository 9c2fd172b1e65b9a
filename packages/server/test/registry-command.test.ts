// `berth registry CONFIG` and `berth serve CONFIG`: files of distribution's, served for real.

import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { type Berth, berth, cleanUp, folder, type StartOptions } from './berth.ts';
import { type KeyPairPaths, writeKeyPair } from './certificates.ts';
import { type Answer, ask, bearer, digestOf, pushImage } from './client.ts';
import { headOf, Wire } from './wire.ts';

afterEach(cleanUp);

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** A configuration with one worker on a free port; `more` are further top-level keys. */
async function configFile(more = '', storage = '', http = ''): Promise<string> {
  const directory = await folder();
  const file = join(directory, 'config.yml');
  await writeFile(
    file,
    `version: 0.1
storage:
  filesystem:
    rootdirectory: ${join(directory, 'data')}
${storage}http:
  addr: 127.0.0.1:0
${http}berth: {workers: 1}
${more}`,
  );
  return file;
}

async function registry(file: string, options?: StartOptions): Promise<{ one: Berth; url: string }> {
  const one = berth(['registry', file], options);
  return { one, url: await one.url() };
}

interface Pushed {
  readonly manifest: Answer;
  readonly digest: string;
}

/** An image of a config, with the given headers in every request; with `urls`, also of a layer that is there. */
async function push(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  urls: readonly string[] = [],
): Promise<Pushed> {
  const config = '{}';
  const digest = digestOf(config);
  await ask(`${url}/v2/a/b/blobs/uploads/?digest=${digest}`, { method: 'POST', headers, body: config });
  const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length };
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: config.length, urls };
  const layers = urls.length > 0 ? [layer] : [];
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers });
  const manifest = await ask(`${url}/v2/a/b/manifests/1`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': mediaType },
    body,
  });
  return { manifest, digest: digestOf(body) };
}

/** A token of docker_auth's shape, signed with the key of `pair`, with its certificate in x5c. */
async function tokenFor(pair: KeyPairPaths, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const certificate = new X509Certificate(await readFile(pair.certificate));
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate.raw.toString('base64')] };
  const payload = { sub: 'alice', iat: now, nbf: now - 10, exp: now + 300, jti: '1', ...claims };
  const text = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = createPrivateKey(await readFile(pair.key));
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

test('layers may only name the URLs that validation.manifests.urls allows; without it, none', async () => {
  const open = 'validation: {manifests: {urls: {allow: ["^https://good[.]example/"]}}}\n';
  const statusOf = async (validation: string, link: string) => {
    const { url } = await registry(await configFile(validation));
    const { manifest } = await push(url, {}, [link]);
    return [manifest.status, manifest.text];
  };
  expect(await statusOf(open, 'https://good.example/a')).toEqual([201, '']);
  const told = expect.stringContaining('validation.manifests.urls');
  expect(await statusOf(open, 'https://bad.example/a')).toEqual([400, told]);
  expect(await statusOf('', 'https://good.example/a')).toEqual([400, told]);
});

const tokenSection = (bundle: string) =>
  `auth: {token: {realm: "https://auth.example:5001/auth", service: "Docker registry", issuer: Acme, rootcertbundle: ${bundle}}}\n`;

test('a token that is signed with a key of rootcertbundle pushes and pulls; the challenge names the realm of the file', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const { url } = await registry(await configFile(tokenSection(pair.certificate)));
  const refused = await ask(`${url}/v2/a/b/manifests/1`);
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBe(
    'Bearer realm="https://auth.example:5001/auth",service="Docker registry",scope="repository:a/b:pull"',
  );
  const access = [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }];
  const claims = { iss: 'Acme', aud: 'Docker registry', access };
  const headers = bearer(await tokenFor(pair, claims));
  expect((await push(url, headers)).manifest.status).toBe(201);
  expect((await ask(`${url}/v2/a/b/manifests/1`, { headers })).status).toBe(200);
  const stranger = bearer(await tokenFor(await writeKeyPair(await folder(), 'other'), claims));
  expect((await ask(`${url}/v2/a/b/manifests/1`, { headers: stranger })).status).toBe(401);
});

test('`berth auth` and `berth registry` are docker_auth and distribution in two processes', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const authFile = join(await folder(), 'auth.yml');
  await writeFile(
    authFile,
    `server: {addr: "127.0.0.1:0"}
token: {issuer: Acme, expiration: 900, certificate: ${pair.certificate}, key: ${pair.key}}
users: {admin: {password: "${bcrypt.hashSync('secret', 4)}"}}
acl: [{match: {account: admin}, actions: ["*"]}]
`,
  );
  const auth = await berth(['auth', authFile, '--workers', '1']).url();
  const { url } = await registry(await configFile(tokenSection(pair.certificate)));
  const scope = encodeURIComponent('repository:a/b:pull,push');
  const login = await ask(`${auth}/auth?service=Docker%20registry&scope=${scope}`, { user: 'admin:secret' });
  const headers = bearer(JSON.parse(login.text).token);
  expect((await push(url, headers)).manifest.status).toBe(201);
  expect((await ask(`${url}/v2/a/b/manifests/1`, { headers })).status).toBe(200);
});

test('autoredirect: the realm is on the host and port of the request', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const token = `service: s, issuer: Acme, rootcertbundle: ${pair.certificate}, autoredirect: true`;
  const { url } = await registry(await configFile(`auth: {token: {${token}}}\n`));
  const { headers } = await ask(`${url}/v2/`, { headers: { host: 'registry.example:8443' } });
  expect(headers['www-authenticate']).toContain('realm="http://registry.example:8443/auth/token"');
});

test('signingalgorithms: a token that is signed otherwise is refused, its chain good or not', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const section = tokenSection(pair.certificate).replace('issuer:', 'signingalgorithms: [RS256], issuer:');
  const { url } = await registry(await configFile(section));
  const headers = bearer(await tokenFor(pair, { iss: 'Acme', aud: 'Docker registry', access: [] }));
  const answer = await ask(`${url}/v2/`, { headers });
  expect(answer.status).toBe(401);
  expect(answer.text).toContain('accepted are RS256');
});

test('auth.htpasswd: its accounts push and pull with their passwords, and nobody else does', async () => {
  const file = join(await folder(), 'htpasswd');
  await writeFile(file, `# accounts\nalice:${bcrypt.hashSync('secret', 4)}\n`);
  const { url } = await registry(await configFile(`auth: {htpasswd: {realm: Images, path: ${file}}}\n`));
  const asked = await ask(`${url}/v2/`);
  expect(asked.status).toBe(401);
  expect(asked.headers['www-authenticate']).toBe('Basic realm="Images"');
  const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` });
  expect((await push(url, basic('alice:secret'))).manifest.status).toBe(201);
  expect((await ask(`${url}/v2/a/b/manifests/1`, { headers: basic('alice:secret') })).status).toBe(200);
  const listed = await ask(`${url}/v2/_catalog`, { headers: basic('alice:secret') });
  expect(JSON.parse(listed.text)).toEqual({ repositories: ['a/b'] });
  for (const headers of [basic('alice:Secret'), basic('bob:secret'), basic(':'), bearer('x'), {}]) {
    const refused = await ask(`${url}/v2/a/b/manifests/1`, { headers });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Basic realm="Images"');
  }
});

test('without auth everybody pushes and pulls, and the log warns of it; deletes are off as in distribution', async () => {
  const { one, url } = await registry(await configFile());
  expect(one.stdout).toMatch(/warn .*no auth section: everybody/);
  const { manifest, digest } = await push(url);
  expect(manifest.status).toBe(201);
  const refused = await ask(`${url}/v2/a/b/manifests/${digest}`, { method: 'DELETE' });
  expect(refused.status).toBe(405);
  expect(JSON.parse(refused.text).errors[0]).toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/storage\.delete\.enabled \(REGISTRY_STORAGE_DELETE_ENABLED\)/),
  });
});

test('REGISTRY_STORAGE_DELETE_ENABLED=true switches deletes on, and read-only switches all writes off', async () => {
  const file = await configFile();
  const { one, url } = await registry(file, { env: { REGISTRY_STORAGE_DELETE_ENABLED: 'true' } });
  const { digest } = await push(url);
  expect((await ask(`${url}/v2/a/b/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
  await push(url);
  await one.stop();
  const env = { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' };
  const readOnly = await registry(file, { env });
  expect((await ask(`${readOnly.url}/v2/a/b/manifests/1`)).status).toBe(200);
  const { manifest } = await push(readOnly.url);
  expect(manifest.status).toBe(405);
  expect(manifest.text).toContain('REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED');
});

test('a prefix stands in front of /v2 in requests, Location and Link, and a host in front of that', async () => {
  const http = '  prefix: /my/registry/\n  host: https://registry.example.com\n';
  const { url } = await registry(await configFile('', '', http));
  expect((await ask(`${url}/v2/`)).status).toBe(404);
  const { manifest } = await push(`${url}/my/registry`);
  expect(manifest.headers.location).toMatch(
    /^https:\/\/registry\.example\.com\/my\/registry\/v2\/a\/b\/manifests\/sha256:/,
  );
  expect((await ask(`${url}/my/registry/v2/a/b/manifests/1`)).status).toBe(200);
  await ask(`${url}/my/registry/v2/a/c/blobs/uploads/`, { method: 'POST' });
  const listed = await ask(`${url}/my/registry/v2/a/b/tags/list?n=1`);
  expect(listed.status).toBe(200);
});

test('relativeurls leaves the host out, and a Link has the prefix', async () => {
  const http = '  prefix: /r/\n  host: https://registry.example.com\n  relativeurls: true\n';
  const { url } = await registry(await configFile('catalog: {maxentries: 1}\n', '', http));
  for (const name of ['a', 'b']) {
    const config = '{}';
    const posted = await ask(`${url}/r/v2/${name}/blobs/uploads/?digest=${digestOf(config)}`, {
      method: 'POST',
      body: config,
    });
    expect(posted.headers.location).toBe(`/r/v2/${name}/blobs/${digestOf(config)}`);
  }
  const listed = await ask(`${url}/r/v2/_catalog?n=50`);
  expect(JSON.parse(listed.text).repositories).toEqual(['a']);
  expect(listed.headers['link']).toBe('</r/v2/_catalog?n=50&last=a>; rel="next"');
});

test('auth.token.jwks: a token of a key in it is good, by its kid', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwks = join(await folder(), 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }));
  const section = `auth: {token: {realm: "https://a.example/auth", service: s, issuer: Acme, jwks: ${jwks}}}\n`;
  const { url } = await registry(await configFile(section));
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: 'Acme', sub: 'alice', aud: 's', nbf: now - 10, exp: now + 300, access: [] };
  const text = [{ alg: 'EdDSA', kid: 'one' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const token = (key: typeof privateKey) =>
    `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  expect((await ask(`${url}/v2/`, { headers: bearer(token(privateKey)) })).status).toBe(200);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  expect((await ask(`${url}/v2/`, { headers: bearer(token(stranger)) })).status).toBe(401);
});

test('several workers serve one configuration', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const file = await configFile(tokenSection(pair.certificate));
  const { one, url } = await registry(file, {
    env: { REGISTRY_BERTH_WORKERS: '2', REGISTRY_LOG_LEVEL: 'debug' },
  });
  await one.said(/(?:a worker serves[\s\S]*){2}/);
  const access = [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }];
  const headers = bearer(await tokenFor(pair, { iss: 'Acme', aud: 'Docker registry', access }));
  expect((await push(url, headers)).manifest.status).toBe(201);
  for (let request = 0; request < 4; request += 1) {
    expect((await ask(`${url}/v2/a/b/manifests/1`, { headers })).status).toBe(200);
  }
  expect((await one.stop()).code).toBe(0);
});

test('http.tls: HTTPS with the pair of the file, from minimumtls on, in its ciphersuites', async () => {
  const pair = await writeKeyPair(await folder());
  const keys = `certificate: ${pair.certificate}, key: ${pair.key}`;
  const suite = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';
  const http = `  tls: {${keys}, minimumtls: tls1.2, ciphersuites: [${suite}]}\n`;
  const { url } = await registry(await configFile('', '', http));
  const ca = await readFile(pair.certificate, 'utf8');
  expect((await ask(`${url}/v2/`, { ca, maxVersion: 'TLSv1.2' })).status).toBe(200);
  await expect(
    ask(`${url}/v2/`, { ca, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
  ).rejects.toThrow();
  const newer = await registry(await configFile('', '', `  tls: {${keys}, minimumtls: tls1.3}\n`));
  await expect(ask(`${newer.url}/v2/`, { ca, maxVersion: 'TLSv1.2' })).rejects.toThrow();
  expect((await ask(`${newer.url}/v2/`, { ca })).status).toBe(200);
});

describe('certificates of clients', () => {
  /** Who gets an answer: with a certificate that clientcas holds, with a stranger's, without. */
  async function answered(more: string): Promise<readonly boolean[]> {
    const [server, client, stranger] = await Promise.all(
      ['server', 'client', 'stranger'].map(async (name) => writeKeyPair(await folder(), name, name)),
    );
    const tls = `certificate: ${server?.certificate}, key: ${server?.key}, clientcas: [${server?.certificate}, ${client?.certificate}]${more}`;
    const { url } = await registry(await configFile('', '', `  tls: {${tls}}\n`));
    const ca = await readFile(server?.certificate ?? '', 'utf8');
    const outcomes = [client, stranger, undefined].map(async (pair) => {
      const own = pair && { cert: await readFile(pair.certificate), key: await readFile(pair.key) };
      return ask(`${url}/v2/`, { ca, ...own }).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
    return Promise.all(outcomes);
  }

  test.each([
    ['', [true, false, false]],
    [', clientauth: require-and-verify-client-cert', [true, false, false]],
    [', clientauth: verify-client-cert-if-given', [true, false, true]],
    [', clientauth: require-any-client-cert', [true, true, false]],
    [', clientauth: request-client-cert', [true, true, true]],
  ])('%j lets in: known, stranger, none: %j', async (more, expected) => {
    expect(await answered(more)).toEqual(expected);
  });
});

test('http.headers are in every answer, and a browser may ask with OPTIONS, without a login, where they allow its origin', async () => {
  const pair = await writeKeyPair(await folder(), 'auth');
  const http = `  headers:
    X-Content-Type-Options: [nosniff]
    Access-Control-Allow-Origin: ["https://ui.example"]
    Access-Control-Allow-Methods: [HEAD, GET, OPTIONS]
`;
  const { url } = await registry(await configFile(tokenSection(pair.certificate), '', http));
  const allowed = {
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': 'https://ui.example',
    'access-control-allow-methods': 'HEAD, GET, OPTIONS',
  };
  const asked = await ask(`${url}/v2/a/b/manifests/1`, { method: 'OPTIONS' });
  expect(asked.status).toBe(204);
  expect(asked.headers).toMatchObject(allowed);
  const refused = await ask(`${url}/v2/`);
  expect(refused.status).toBe(401);
  expect(refused.headers).toMatchObject(allowed);
  const plain = await registry(await configFile(tokenSection(pair.certificate)));
  expect((await ask(`${plain.url}/v2/`, { method: 'OPTIONS' })).status).not.toBe(204);
});

test("a header comes once, and the API's version is the configuration's, whoever gives the answer", async () => {
  const http = `  headers:
    docker-distribution-api-version: [own/1]
    X-Content-Type-Options: [nosniff]
    X-Own: [a, b]
    Content-Type: [text/plain]
`;
  const { url } = await registry(await configFile('', '', http));
  expect((await push(url)).manifest.status).toBe(201);
  const wire = await Wire.to(Number(new URL(url).port));
  const replies = [];
  // The second is answered without node:http.
  for (let time = 0; time < 2; time += 1) replies.push(await wire.ask(headOf('GET /v2/a/b/manifests/1')));
  wire.socket.destroy();
  for (const { head } of replies) {
    const lines = head.split('\r\n').slice(1);
    const names = lines.map((line) => line.replace(/:.*/, '').toLowerCase());
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
    expect(lines).toEqual(
      expect.arrayContaining([
        'docker-distribution-api-version: own/1',
        'X-Content-Type-Options: nosniff',
        'X-Own: a, b',
        `Content-Type: ${mediaType}`,
      ]),
    );
  }
  const archive = await ask(`${url}/download/a/b:1`);
  expect(archive.status).toBe(200);
  expect(archive.headers['x-content-type-options']).toBe('nosniff');
});

test('log: fields are in every line, in logstash’s form, and a disabled access log has no lines of requests', async () => {
  const file = await configFile(
    'log: {formatter: logstash, fields: {service: registry}, accesslog: {disabled: true}}\n',
  );
  const one = berth(['registry', file]);
  const url = (await one.said(/"url":"([^"]+)"/))[1] ?? '';
  expect((await ask(`${url}/v2/`)).status).toBe(200);
  const { stdout } = await one.stop();
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    expect(line).toMatchObject({ '@version': '1', service: 'registry', level: expect.any(String) });
    expect(Date.parse(line['@timestamp'])).not.toBeNaN();
    expect(line.message).not.toBe('request');
  }
});

test('uploadpurging: a dry run tells what would go and takes nothing; switched off, nothing runs', async () => {
  const purging = (keys: string) => `  maintenance: {uploadpurging: {${keys}}}\n`;
  const file = await configFile('log: {level: debug}\n', purging('age: 1ms, dryrun: true'));
  const first = await registry(file);
  const started = await ask(`${first.url}/v2/a/b/blobs/uploads/`, { method: 'POST' });
  await first.one.stop();
  const { one, url } = await registry(file);
  await one.said(/dry run of the purge of unfinished uploads uploads=1\n/);
  const id = started.headers.location?.split('/').at(-1);
  expect(one.stdout).toContain(`an unfinished upload would go repository=a/b upload=${id}\n`);
  expect((await ask(`${url}${started.headers.location}`)).status).toBe(204);
  const off = await registry(await configFile('log: {level: debug}\n', purging('enabled: false')));
  expect((await ask(`${off.url}/v2/`)).status).toBe(200);
  expect((await off.one.stop()).stdout).not.toContain('purge of');
});

test('keys that change nothing are told once at the start, with file and line', async () => {
  const { one } = await registry(await configFile('redis: {addr: "localhost:6379"}\n'));
  expect(one.stdout).toMatch(/warn .*config\.yml:\d+: redis is ignored: Berth needs no Redis\n/);
});

test('REGISTRY_CONFIGURATION_PATH names the file where the command line names none', async () => {
  const env = { REGISTRY_CONFIGURATION_PATH: await configFile() };
  expect((await ask(`${await berth(['registry'], { env }).url()}/v2/`)).status).toBe(200);
});

test.each([
  [
    'a file that is not there',
    async () => join(await folder(), 'no.yml'),
    /no\.yml: cannot be read: no such file/,
  ],
  [
    'a bundle that is not there',
    () => configFile(tokenSection('/no/such.pem')),
    /auth\.token\.rootcertbundle \/no\/such\.pem: cannot be read: no such file/,
  ],
  [
    'a bundle that is none',
    async () => {
      const bundle = join(await folder(), 'bundle.pem');
      await writeFile(bundle, 'x');
      return configFile(tokenSection(bundle));
    },
    /auth\.token\.rootcertbundle .*bundle\.pem: no certificate in it/,
  ],
  [
    'a file of authorities that holds none',
    async () => {
      const { certificate, key } = await writeKeyPair(await folder());
      return configFile('', '', `  tls: {certificate: ${certificate}, key: ${key}, clientcas: [${key}]}\n`);
    },
    /http\.tls\.clientcas .*server\.key: holds no certificate/,
  ],
  [
    'an htpasswd file with a hash of another kind',
    async () => {
      const file = join(await folder(), 'htpasswd');
      await writeFile(file, 'alice:$apr1$x$y\n');
      return configFile(`auth: {htpasswd: {realm: Images, path: ${file}}}\n`);
    },
    /htpasswd:1: an MD5 hash .*only bcrypt is accepted/,
  ],
  [
    'a root directory that is a file',
    async () => {
      const file = await configFile();
      await writeFile(join(file, '..', 'data'), '');
      return file;
    },
    /data: .*choose another with storage\.filesystem\.rootdirectory in .*config\.yml/,
  ],
])('%s stops the start with one line', async (_, make, line) => {
  const { code, stderr } = await berth(['registry', await make()]).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
});

describe('berth serve CONFIG', () => {
  test('has accounts of its own where the file has no auth', async () => {
    const file = await configFile('', '  delete: {enabled: true}\n');
    const one = berth(['serve', file], { env: { BERTH_ADMIN_PASSWORD: 'secret' } });
    const url = await one.url();
    expect((await ask(`${url}/v2/`)).status).toBe(401);
    const pushed = await pushImage(url, 'admin/app', '1', 'admin:secret');
    expect(pushed.status).toBe(201);
    const digest = String(pushed.headers['docker-content-digest']);
    const gone = await ask(`${url}/v2/admin/app/manifests/${digest}`, {
      method: 'DELETE',
      user: 'admin:secret',
    });
    expect(gone.status).toBe(202);
  });

  test('keeps deletes off where the file does not switch them on', async () => {
    const one = berth(['serve', await configFile()], { env: { BERTH_ADMIN_PASSWORD: 'secret' } });
    const url = await one.url();
    const pushed = await pushImage(url, 'admin/app', '1', 'admin:secret');
    const digest = String(pushed.headers['docker-content-digest']);
    const kept = await ask(`${url}/v2/admin/app/manifests/${digest}`, {
      method: 'DELETE',
      user: 'admin:secret',
    });
    expect(kept.status).toBe(405);
  });

  test('with an auth section is the registry alone', async () => {
    const pair = await writeKeyPair(await folder(), 'auth');
    const file = await configFile(tokenSection(pair.certificate));
    const url = await berth(['serve', file]).url();
    expect((await ask(`${url}/v2/`)).headers['www-authenticate']).toContain('auth.example');
    const { code, stderr } = await berth(['serve', file, '--service', 'x']).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/--service has no meaning with .*config\.yml, whose auth section/);
  });

  test('takes no flag for what the file says', async () => {
    const file = await configFile();
    const { code, stderr } = await berth(['serve', file, '--addr', ':0', '--data', 'x']).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `berth: --addr and --data has no meaning with ${file}; set it there, or leave one of them out\n`,
    );
  });
});
