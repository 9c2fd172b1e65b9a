import { X509Certificate } from 'node:crypto';
import {
  type CertificateOrder,
  makeCertificate,
  makeCertificateKeys,
  notForCertificates,
  type TestCertificate,
  unknownCritical,
} from '../../test/access-certificates.ts';
import { claims, ISSUER, NOW, SERVICE, signToken } from '../../test/access-support.ts';
import { trustOf, verifyToken } from './token.ts';
import { InvalidToken } from './token-fault.ts';
import { trustedKeysFromCertificates } from './trusted-keys.ts';

let root: TestCertificate;
let intermediate: TestCertificate;
let leaf: TestCertificate;

beforeAll(async () => {
  root = await makeCertificate({ name: 'root', ca: true });
  intermediate = await makeCertificate({ name: 'intermediate', ca: 0, issuer: root });
  leaf = await makeCertificate({ name: 'leaf', issuer: intermediate });
});

/** What becomes of a good token of the first certificate's key that brings these along. */
function outcome(
  x5c: readonly TestCertificate[] | readonly unknown[],
  trusted: readonly TestCertificate[] = [root],
  signer: TestCertificate = leaf,
  nowSeconds = NOW,
): string {
  const chain = x5c.map((one) => (isMade(one) ? one.der : one));
  const token = signToken({ alg: 'ES256', x5c: chain }, claims(), signer.privateKey);
  const keys = trustedKeysFromCertificates(trusted.map(({ pem }) => pem).join(''));
  try {
    verifyToken(token, trustOf({ issuer: ISSUER, service: SERVICE, keys }), nowSeconds * 1000);
    return 'valid';
  } catch (error) {
    if (error instanceof InvalidToken) return error.message;
    throw error;
  }
}

function isMade(value: unknown): value is TestCertificate {
  return typeof value === 'object' && value !== null && 'der' in value;
}

describe('a certificate chain (x5c)', () => {
  it('is trusted that leads to a trusted certificate, with or without that one', () => {
    expect(outcome([leaf, intermediate])).toBe('valid');
    expect(outcome([leaf, intermediate, root])).toBe('valid');
    expect(outcome([leaf], [intermediate])).toBe('valid');
    expect(outcome([leaf, intermediate, root], [intermediate])).toBe('valid');
  });

  it('is trusted whose leaf is itself trusted, a CA or not', async () => {
    const selfSigned = await makeCertificate({ name: 'auth' });
    expect(outcome([selfSigned], [root, selfSigned], selfSigned)).toBe('valid');
    expect(outcome([leaf], [leaf])).toBe('valid');
  });

  it('is refused that leads elsewhere', async () => {
    const other = await makeCertificate({ name: 'root', ca: true });
    const message =
      "the token's certificate chain (x5c) is not trusted: it does not lead to a trusted certificate";
    expect(outcome([leaf, intermediate], [other])).toBe(message);
    expect(outcome([leaf], [root])).toBe(message);
    expect(outcome([await makeCertificate({ name: 'leaf' })])).toBe(message);
  });

  it('is refused out of order, or with a stranger in it', async () => {
    expect(outcome([intermediate, leaf], [root], leaf)).toContain('signature');
    expect(outcome([leaf, leaf, intermediate])).toContain('"CN=leaf" is not signed by the next, "CN=leaf"');
    const stranger = await makeCertificate({ name: 'stranger', ca: true });
    expect(outcome([leaf, stranger, intermediate])).toContain(
      '"CN=leaf" is not signed by the next, "CN=stranger"',
    );
  });

  it('is refused whose link is forged', async () => {
    const forgedWith = await makeCertificateKeys();
    const forged = await makeCertificate({ name: 'forged', issuer: intermediate, forgedWith });
    expect(outcome([forged, intermediate], [root], forged)).toContain('is not signed by the next');
    const straight = await makeCertificate({ name: 'forged', issuer: root, forgedWith });
    expect(outcome([straight], [root], straight)).toContain('does not lead to a trusted certificate');
  });

  it('is refused whose link has the right key and another name', async () => {
    const renamed = await makeCertificate({ name: 'renamed', ca: true, keys: root.keys });
    const under = await makeCertificate({ name: 'under', issuer: renamed });
    expect(outcome([under], [root], under)).toContain('does not lead to a trusted certificate');
    expect(outcome([under, intermediate], [root], under)).toContain('is not signed by the next');
  });

  it('is refused whose base64 has another way to be written', () => {
    for (const der of [`${leaf.der}\n`, leaf.der.replace(/.{64}/, '$&\n'), `${leaf.der}=`])
      expect(outcome([der, intermediate])).toContain('x5c[0] is not base64 of a certificate in DER');
  });

  it('does not make good a signature of another key', async () => {
    const other = await makeCertificate({ name: 'other' });
    expect(outcome([leaf, intermediate], [root], other)).toContain(
      "the token's signature (ES256) is not that of",
    );
  });

  it.each<[string, Partial<CertificateOrder>, string]>([
    ['expired', { notAfter: NOW - 1 }, 'expired at 2027-01-15T07:59:59.000Z'],
    ['is not valid yet', { notBefore: NOW + 1 }, 'is valid only from 2027-01-15T08:00:01.000Z'],
    ['is signed with SHA-1', { hash: 'SHA-1' }, 'is signed with ecdsa-with-SHA1, which is not accepted'],
  ])('is refused whose leaf %s', async (_what, order, message) => {
    const bad = await makeCertificate({ name: 'bad', issuer: root, ...order });
    expect(outcome([bad], [root], bad)).toBe(
      `the token's certificate chain (x5c) is not trusted: "CN=bad" ${message}`,
    );
  });

  it.each<[string, Partial<CertificateOrder>, string]>([
    ['is no CA', { ca: false }, 'is not a CA'],
    ['says nothing of being a CA', {}, 'is not a CA'],
    ['expired', { ca: true, notAfter: NOW - 1 }, 'expired'],
    ['is not valid yet', { ca: true, notBefore: NOW + 1 }, 'is valid only from'],
    ['is signed with SHA-1', { ca: true, hash: 'SHA-1' }, 'is signed with'],
  ])('is refused whose intermediate %s', async (_what, order, message) => {
    const bad = await makeCertificate({ name: 'bad', issuer: root, ...order });
    const under = await makeCertificate({ name: 'under', issuer: bad });
    expect(outcome([under, bad], [root], under)).toContain(`"CN=bad" ${message}`);
  });

  it.each<[string, Partial<CertificateOrder>, string]>([
    ['is no CA', { ca: false }, 'is not a CA'],
    ['expired', { ca: true, notAfter: NOW - 1 }, 'expired'],
  ])('is refused whose trusted certificate %s', async (_what, order, message) => {
    const bad = await makeCertificate({ name: 'bad', ...order });
    const under = await makeCertificate({ name: 'under', issuer: bad });
    expect(outcome([under], [bad], under)).toContain(`"CN=bad" ${message}`);
    if (order.notAfter) expect(outcome([bad], [bad], bad)).toContain(`"CN=bad" ${message}`);
  });

  it('is refused whose intermediate may not sign certificates by its key usage', async () => {
    const bad = await makeCertificate({
      name: 'bad',
      issuer: root,
      ca: true,
      extensions: [notForCertificates()],
    });
    const under = await makeCertificate({ name: 'under', issuer: bad });
    expect(outcome([under, bad], [root], under)).not.toBe('valid');
  });

  it('is refused that is longer than a certificate in it allows', async () => {
    const below = await makeCertificate({ name: 'below', issuer: intermediate, ca: true });
    const under = await makeCertificate({ name: 'under', issuer: below });
    expect(outcome([under, below, intermediate], [root], under)).toContain(
      '"CN=intermediate" allows 0 certificates between it and the leaf',
    );
    const roomy = await makeCertificate({ name: 'roomy', issuer: root, ca: 1 });
    const within = await makeCertificate({ name: 'within', issuer: roomy, ca: true });
    const last = await makeCertificate({ name: 'last', issuer: within });
    expect(outcome([last, within, roomy], [root], last)).toBe('valid');
  });

  it('is refused with a critical extension that is not understood, wherever it stands', async () => {
    const extensions = [unknownCritical()];
    const message = '"CN=bad" has a critical extension that is not understood';
    const badLeaf = await makeCertificate({ name: 'bad', issuer: root, extensions });
    expect(outcome([badLeaf], [root], badLeaf)).toContain(message);
    expect(outcome([badLeaf], [badLeaf], badLeaf)).toContain(message);
    const badRoot = await makeCertificate({ name: 'bad', ca: true, extensions });
    const under = await makeCertificate({ name: 'under', issuer: badRoot });
    expect(outcome([under], [badRoot], under)).toContain(message);
  });

  it('ends no later than its certificates: the token counts no longer', async () => {
    const short = await makeCertificate({ name: 'short', issuer: root, notAfter: NOW + 10 });
    const token = signToken({ alg: 'ES256', x5c: [short.der] }, claims(), short.privateKey);
    const keys = trustedKeysFromCertificates(root.pem);
    const verified = verifyToken(token, trustOf({ issuer: ISSUER, service: SERVICE, keys }), NOW * 1000);
    expect(verified.validUntilMs).toBe((NOW + 10) * 1000);
  });

  it.each([
    ['empty', []],
    ['of what is not base64', ['*']],
    ['of base64url', ['-_-_']],
    ['of base64 that is no certificate', ['AAAA']],
    ['of numbers', [1]],
    ['of nothing', [null]],
    ['of lists', [[]]],
  ])('%s is refused', (_what, x5c) => {
    expect(outcome(x5c)).toMatch(/^this is not a token|is not base64 of a certificate in DER$/);
  });

  it('with a certificate cut off or too long a list is refused', () => {
    const der = Buffer.from(leaf.der, 'base64');
    for (let length = 0; length < der.length; length += 7)
      expect(outcome([der.subarray(0, length).toString('base64')])).not.toBe('valid');
    expect(outcome(Array.from({ length: 9 }, () => leaf))).toContain('1 to 8 certificates');
  });

  it('counts for nothing where no certificate is trusted: then the kid decides', () => {
    const { publicKey } = new X509Certificate(leaf.pem);
    const trust = trustOf({ issuer: ISSUER, service: SERVICE, keys: [{ kid: 'k', key: publicKey }] });
    const token = (kid: string) =>
      signToken({ alg: 'ES256', kid, x5c: [leaf.der] }, claims(), leaf.privateKey);
    expect(verifyToken(token('k'), trust, NOW * 1000).account).toBe('alice');
    expect(() => verifyToken(token('other'), trust, NOW * 1000)).toThrow('not trusted here');
  });

  it('decides over the kid of a certificate, but not over that of a key trusted by itself', async () => {
    const expired = await makeCertificate({ name: 'expired', notAfter: NOW - 1 });
    const fromBundle = trustedKeysFromCertificates(expired.pem);
    const kid = fromBundle[0]?.kid;
    const token = signToken({ alg: 'ES256', kid, x5c: [expired.der] }, claims(), expired.privateKey);
    const judge = (keys: typeof fromBundle) =>
      verifyToken(token, trustOf({ issuer: ISSUER, service: SERVICE, keys }), NOW * 1000).account;
    expect(() => judge(fromBundle)).toThrow('expired at');
    const alone = fromBundle.map(({ key }) => ({ kid, key }));
    expect(judge([...fromBundle, ...alone])).toBe('alice');
  });
});
