import fc from 'fast-check';
import { inOrder } from './sorting.ts';

/** More than are sorted without a break. */
const MANY = 20_000;

function shuffled(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `v${(index * 7919) % count}`);
}

describe('sorting', () => {
  test('puts any names in the order of their bytes', async () => {
    const names = fc.array(fc.stringMatching(/^[aA0_.-]{0,3}$/), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(names, async (some) => {
        expect(await inOrder(some)).toEqual([...some].sort());
      }),
    );
  });

  test.each([
    ['in any order', shuffled(MANY)],
    ['in order already', shuffled(MANY).sort()],
    ['in reverse', shuffled(MANY).sort().reverse()],
    ['with the last one first', [...shuffled(MANY).sort(), '']],
    ['of an odd number of pieces', shuffled(5 * 4096 + 1)],
    ['all alike', Array.from({ length: MANY }, () => 'same')],
  ])('puts very many names in order, given %s, and leaves what it was given', async (_, names) => {
    const given = [...names];
    expect(await inOrder(names)).toEqual([...given].sort());
    expect(names).toEqual(given);
  });

  test('of very many names lets others have their turn', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await inOrder(shuffled(MANY));
    isDone = true;
    expect(turns).toBeGreaterThan(10);
  });
});
