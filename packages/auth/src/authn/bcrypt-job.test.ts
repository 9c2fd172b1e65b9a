import fc from 'fast-check';
import { bcryptCost, nobodysHash } from './bcrypt-hash.ts';
import { type BcryptJob, checkPassword } from './bcrypt-job.ts';

/** The rounds of bcrypt that a job with a wrong password takes: what its time is made of. */
function roundsOf(job: BcryptJob): number {
  let rounds = 0;
  const compare = (password: string, hash: string) => {
    expect(password).toBe(job.password);
    rounds += 2 ** (bcryptCost(hash) ?? Number.NaN);
    return false;
  };
  expect(checkPassword(job, compare)).toBe(false);
  return rounds;
}

test('a wrong password takes the same rounds whatever the cost of its hash, and where there is none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 31 }), fc.integer({ min: 4, max: 31 }), (first, second) => {
      const [cost, fillToCost] = [Math.min(first, second), Math.max(first, second)];
      expect(roundsOf({ password: 'x', hash: nobodysHash(cost), fillToCost })).toBe(2 ** fillToCost);
      expect(roundsOf({ password: 'x', hash: undefined, fillToCost })).toBe(2 ** fillToCost);
    }),
  );
});

test('a right password is compared once, and no hash but its own lets anyone in', () => {
  const asked: string[] = [];
  const own = nobodysHash(4);
  const compare = (_: string, hash: string) => asked.push(hash) > 0;
  expect(checkPassword({ password: 'x', hash: own, fillToCost: 9 }, compare)).toBe(true);
  expect(asked).toEqual([own]);
  expect(checkPassword({ password: 'x', hash: undefined, fillToCost: 9 }, compare)).toBe(false);
});
