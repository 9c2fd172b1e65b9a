import { parseChallenge } from './challenge.ts';

test.each([
  ['Bearer realm="https://a/auth",service="x"', { kind: 'bearer', realm: 'https://a/auth', service: 'x' }],
  ['bearer service=x, realm="a\\"b", scope="a:b:pull,push"', { kind: 'bearer', realm: 'a"b', service: 'x' }],
  ['Basic realm="r", Bearer realm="https://a/"', { kind: 'bearer', realm: 'https://a/', service: undefined }],
  ['Basic realm="r"', { kind: 'basic' }],
  ['Bearer service="x", Basic realm="r"', { kind: 'basic' }],
  ['Negotiate', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j is read as clients read it', (header, challenge) => {
  expect(parseChallenge(header)).toEqual(challenge);
});
