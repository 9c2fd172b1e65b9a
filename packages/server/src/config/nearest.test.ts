import { nearest } from './nearest.ts';

const keys = ['issuer', 'expiration', 'certificate', 'key'];

test.each([
  ['isuer', 'issuer'],
  ['expiraton', 'expiration'],
  ['Certificate', 'certificate'],
  ['kye', 'key'],
])('%s is understood as %s', (typed, meant) => {
  expect(nearest(typed, keys)).toBe(meant);
});

test('a word that is near nothing gets no suggestion', () => {
  expect(nearest('google_auth', keys)).toBeUndefined();
});
