import { compareSync, hashSync } from 'bcryptjs';
import { bcryptCost, nobodysHash } from './bcrypt-hash.ts';

const hash = hashSync('secret', 4);

test.each(['$2a$', '$2b$', '$2y$'])('a hash that begins with %s has a cost', (prefix) => {
  expect(bcryptCost(hash.replace(/^\$2.\$/, () => prefix))).toBe(4);
});

test.each([
  '',
  'secret',
  hash.slice(0, -1),
  `${hash}x`,
  ` ${hash}`,
  `${hash}\n`,
  hash.replace('$04$', '$03$'),
  hash.replace('$04$', '$32$'),
  hash.replace('$04$', '$4$'),
  hash.replace(/^\$2.\$/, '$2x$$'),
  hash.replace(/^\$2.\$/, '$2$$'),
])('%j is no bcrypt hash', (text) => {
  expect(bcryptCost(text)).toBeUndefined();
});

test("nobody's hash has the cost that was asked for, and no password", () => {
  expect(bcryptCost(nobodysHash(4))).toBe(4);
  expect(bcryptCost(nobodysHash(12))).toBe(12);
  expect(compareSync('', nobodysHash(4))).toBe(false);
});
