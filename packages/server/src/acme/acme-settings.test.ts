import { acmeHostProblem, acmeSettings, defaultHttpAddress, letsEncryptUrl } from './acme-settings.ts';

test.each(['registry.example.com', 'REGISTRY.Example.com', 'a-b.xn--p1ai', '1.example.org'])(
  '%s can be certified',
  (host) => {
    expect(acmeHostProblem(host)).toBeUndefined();
  },
);

test.each([
  '192.168.1.10',
  '::1',
  '*.example.com',
  'localhost',
  'example.com.',
  'registry.example.com:5000',
  '-a.example.com',
  `${'a'.repeat(64)}.example.com`,
  '',
])('"%s" can not', (host) => {
  expect(acmeHostProblem(host)).toMatch(/^must be the name of a host/);
});

const texts = {
  hosts: ['Registry.Example.com', 'images.example.com'],
  email: '',
  directoryUrl: letsEncryptUrl,
  cacheFolder: '/cache',
  httpAddress: defaultHttpAddress,
  isSetBy: 'a test',
};

test('hosts are in lower case, and an empty email is none', () => {
  expect(acmeSettings(texts)).toMatchObject({
    hosts: ['registry.example.com', 'images.example.com'],
    email: undefined,
    httpAddress: { port: 80 },
  });
});

test('there are no settings without hosts or a cache', () => {
  expect(acmeSettings({ ...texts, hosts: [] })).toBeUndefined();
  expect(acmeSettings({ ...texts, cacheFolder: undefined })).toBeUndefined();
});
