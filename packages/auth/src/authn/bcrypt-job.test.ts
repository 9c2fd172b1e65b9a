import fc from 'fast-check';
import { bcryptCost, nobodysHash } from './bcrypt-hash.ts';
import { fillers } from './bcrypt-job.ts';

const rounds = (hash: string) => 2 ** (bcryptCost(hash) ?? Number.NaN);

test('a wrong password takes the same rounds whatever the cost of its hash, and where there is none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 31 }), fc.integer({ min: 4, max: 31 }), (first, second) => {
      const [cost, fillToCost] = [Math.min(first, second), Math.max(first, second)];
      const hash = nobodysHash(cost);
      const sum = (hashes: readonly string[]) => hashes.map(rounds).reduce((a, b) => a + b, 0);
      expect(sum([hash, ...fillers({ password: '', hash, fillToCost })])).toBe(2 ** fillToCost);
      expect(sum(fillers({ password: '', hash: undefined, fillToCost }))).toBe(2 ** fillToCost);
    }),
  );
});
