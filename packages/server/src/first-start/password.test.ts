import { randomBytes } from 'node:crypto';
import { parse } from 'yaml';
import { randomPassword } from './password.ts';

test('a password needs no quotes in sh, PowerShell and YAML, whatever chance gives', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const password = randomPassword((size) => new Uint8Array(size).fill(byte));
    // Nothing that a shell expands, no flag, no number, date or word that YAML reads as something else.
    expect(password).toMatch(/^[a-z2-9]{5}(?:-[a-z2-9]{5}){3}$/);
    for (const version of ['1.1', '1.2'] as const) expect(parse(password, { version })).toBe(password);
  }
  expect(randomPassword(randomBytes)).not.toBe(randomPassword(randomBytes));
});
