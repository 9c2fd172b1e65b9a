// Keys and certificates, and the names by which registries know a key.
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { generateKeyPem, generateSigner, loadSigner, type Signer, SignerError } from '../src/index.ts';
import { type Certificate, certificateOf } from './certificates.ts';
import { ec, fingerprint, keyFor, P256, pemOf, rsa, thumbprint } from './keys.ts';
import { closeAll, decode, house, isSignedBy, START_MS } from './support.ts';

afterEach(closeAll);

async function tokenOf(signer: Signer, nowMs = START_MS): Promise<string> {
  const built = house({ signer, users: { '': {} } });
  built.clock.now = nowMs;
  return (await built.client.get('/auth?service=registry').expect(200)).body.token;
}

const headerOf = async (signer: Signer, nowMs?: number) => decode(await tokenOf(signer, nowMs)).header;

describe.each(['ES256', 'ES384', 'ES512', 'RS256'])('a key for %s', (algorithm) => {
  const key = keyFor(algorithm);

  test('signs what node:crypto verifies', async () => {
    const token = await tokenOf(loadSigner({ keyPem: pemOf(key) }));
    expect(decode(token).header['alg']).toBe(algorithm);
    expect(isSignedBy(token, createPublicKey(key).export({ format: 'jwk' }))).toBe(true);
  });

  test('without a certificate is named by its thumbprint', async () => {
    expect(await headerOf(loadSigner({ keyPem: pemOf(key) }))).toEqual({
      typ: 'JWT',
      alg: algorithm,
      kid: thumbprint(key),
    });
  });

  test("with a certificate sends it, and is named by libtrust's fingerprint as docker_auth names it", async () => {
    const { pem, der } = await certificateOf({ key });
    const header = await headerOf(loadSigner({ keyPem: pemOf(key), certificatePem: pem }));
    expect(header).toEqual({ typ: 'JWT', alg: algorithm, kid: fingerprint(key), x5c: [der] });
  });

  test('with a certificate and without legacy key ids is named by its thumbprint', async () => {
    const { pem, der } = await certificateOf({ key });
    const header = await headerOf(
      loadSigner({ keyPem: pemOf(key), certificatePem: pem, disableLegacyKeyId: true }),
    );
    expect(header).toEqual({ typ: 'JWT', alg: algorithm, kid: thumbprint(key), x5c: [der] });
  });
});

test('a signer made anew is ES256 with a key of its own', async () => {
  const [first, second] = [generateSigner(), generateSigner()];
  expect((await headerOf(first))['alg']).toBe('ES256');
  expect(first.kid).not.toBe(second.kid);
});

test('a key made anew is PKCS#8 PEM, and loads as the same each time', () => {
  const keyPem = generateKeyPem();
  expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(loadSigner({ keyPem }).kid).toBe(loadSigner({ keyPem }).kid);
});

test.each<[string, string]>([
  ['SEC1', P256.export({ type: 'sec1', format: 'pem' }).toString()],
  ['PKCS#1', keyFor('RS256').export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['Windows line ends', pemOf(P256).replaceAll('\n', '\r\n')],
  [
    "the parameters' block of openssl ecparam before it",
    `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${P256.export({ type: 'sec1', format: 'pem' })}`,
  ],
])('a key file may have %s', async (_, keyPem) => {
  const { privateKey } = loadSigner({ keyPem });
  expect([thumbprint(P256), thumbprint(keyFor('RS256'))]).toContain(thumbprint(privateKey));
});

test('key and certificate may be in one file', async () => {
  const { pem, der } = await certificateOf({ key: P256 });
  const both = `${pem}${pemOf(P256)}`;
  expect(await headerOf(loadSigner({ keyPem: both, certificatePem: both }))).toMatchObject({ x5c: [der] });
});

describe('a certificate', () => {
  test('is sent while it is valid; outside of that time the kid alone names the key, as in docker_auth', async () => {
    const times = { notBeforeMs: START_MS, notAfterMs: START_MS + 10_000 };
    const { pem, der } = await certificateOf({ key: P256, ...times });
    const signer = loadSigner({ keyPem: pemOf(P256), certificatePem: pem });
    const kidOnly = { typ: 'JWT', alg: 'ES256', kid: fingerprint(P256) };
    expect(await headerOf(signer, START_MS - 1000)).toEqual(kidOnly);
    expect(await headerOf(signer, START_MS)).toEqual({ ...kidOnly, x5c: [der] });
    expect(await headerOf(signer, START_MS + 10_000)).toEqual({ ...kidOnly, x5c: [der] });
    expect(await headerOf(signer, START_MS + 11_000)).toEqual(kidOnly);
  });

  test('can be kept back, for a registry that trusts the key by a JWK Set', async () => {
    const { pem } = await certificateOf({ key: P256 });
    const files = {
      keyPem: pemOf(P256),
      certificatePem: pem,
      disableLegacyKeyId: true,
      sendCertificates: false,
    };
    expect(await headerOf(loadSigner(files))).toEqual({ typ: 'JWT', alg: 'ES256', kid: thumbprint(P256) });
  });

  describe('with those that signed it', () => {
    let root: Certificate;
    let middle: Certificate;
    let own: Certificate;
    beforeAll(async () => {
      root = await certificateOf({ key: ec('P-256'), name: 'root' });
      middle = await certificateOf({ key: rsa(2048), name: 'middle', issuer: root });
      own = await certificateOf({ key: P256, name: 'own', issuer: middle });
    });
    const x5cOf = async (certificates: readonly Certificate[]) => {
      const certificatePem = certificates.map(({ pem }) => pem).join('');
      return (await headerOf(loadSigner({ keyPem: pemOf(P256), certificatePem })))['x5c'];
    };

    test('is sent with them, except for the root, which a registry has or does not trust', async () => {
      expect(await x5cOf([own, middle, root])).toEqual([own.der, middle.der]);
    });

    test('is sent alone where what follows did not sign it', async () => {
      const stranger = await certificateOf({ key: ec('P-256'), name: 'stranger' });
      expect(await x5cOf([own, stranger, middle])).toEqual([own.der]);
    });

    test('is sent alone where what follows only has the name of who signed it', async () => {
      const impostor = await certificateOf({ key: rsa(2048), name: 'middle', issuer: root });
      expect(await x5cOf([own, impostor])).toEqual([own.der]);
    });

    test('is kept back once one of them has expired', async () => {
      const expired = await certificateOf({
        key: ec('P-256'),
        name: 'm',
        issuer: root,
        notAfterMs: START_MS - 1000,
      });
      const child = await certificateOf({ key: P256, issuer: expired });
      expect(await x5cOf([child, expired])).toBeUndefined();
    });

    test('has to come first', () => {
      const certificatePem = middle.pem + own.pem;
      expect(() => loadSigner({ keyPem: pemOf(P256), certificatePem })).toThrow(
        expect.objectContaining({
          code: 'certificate-of-another-key',
          message: expect.stringContaining('CN=middle'),
        }),
      );
    });
  });
});

describe('a signer is refused', () => {
  const encrypted = P256.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-128-cbc',
    passphrase: 'x',
  }).toString();
  const legacyEncrypted = keyFor('RS256')
    .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
    .toString();
  test.each<[string, string, string]>([
    ['key-unreadable', '', 'no "BEGIN … PRIVATE KEY" block in it (PEM)'],
    ['key-unreadable', createPublicKey(P256).export({ type: 'spki', format: 'pem' }).toString(), 'no "BEGIN'],
    ['key-unreadable', pemOf(P256).replace(/\n.{10}/, '\nAAAAAAAAAA'), 'is damaged'],
    ['key-encrypted', encrypted, 'it is encrypted; decrypt it with "openssl pkey -in FILE"'],
    ['key-encrypted', legacyEncrypted, 'it is encrypted'],
    [
      'key-unsupported',
      pemOf(ec('secp256k1')),
      "EC secp256k1 can't sign tokens that registries accept; use one of: EC P-256,",
    ],
    ['key-unsupported', pemOf(rsa(1024)), 'RSA of 1024 bits'],
    ['key-unsupported', pemOf(generateKeyPairSync('ed25519').privateKey), "ed25519 can't sign"],
    [
      'key-unsupported',
      pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
      "rsa-pss can't sign",
    ],
  ])('with %s for a key: %#', (code, keyPem, message) => {
    const load = () => loadSigner({ keyPem });
    expect(load).toThrow(SignerError);
    expect(load).toThrow(expect.objectContaining({ code, message: expect.stringMatching(/^signing key: /) }));
    expect(load).toThrow(message);
  });

  test('with a certificate that is none, is damaged, or is of another key', async () => {
    const keyPem = pemOf(P256);
    const { pem } = await certificateOf({ key: ec('P-256'), name: 'other' });
    const refusals: [string, string, string][] = [
      ['certificate-unreadable', '', 'no "BEGIN CERTIFICATE" block in it'],
      [
        'certificate-unreadable',
        pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
        'one of its certificates is damaged',
      ],
      ['certificate-of-another-key', pem, 'the first certificate (CN=other) is of another key'],
    ];
    for (const [code, certificatePem, message] of refusals) {
      const load = () => loadSigner({ keyPem, certificatePem });
      expect(load).toThrow(expect.objectContaining({ code }));
      expect(load).toThrow(`certificate of the signing key: ${message}`);
    }
  });

  test('without a word of the key in the message', () => {
    const damaged = pemOf(P256).replace(/\n.{10}/, '\nAAAAAAAAAA');
    const secret = damaged.split('\n')[1] ?? '';
    expect(() => loadSigner({ keyPem: damaged })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});
