import { type Authenticator, type Credentials, type Identity, identify } from './authenticator.ts';

const CREDENTIALS: Credentials = { account: 'alice', password: 'x', address: '' };
const NOT_MINE: Identity = { answer: 'not-mine' };
const YES: Identity = { answer: 'yes', labels: {} };

/** Methods by what they say, at once or later; and the ones that were asked. */
function round(...answers: readonly (Identity | Promise<Identity>)[]) {
  const asked: number[] = [];
  const methods = answers.map((answer, index): Authenticator => {
    const authenticate = () => {
      asked.push(index);
      return answer;
    };
    return { name: String(index), authenticate };
  });
  return { asked, methods };
}

const later = (answer: Identity) => Promise.resolve(answer);

test('methods that know at once are answered for at once', () => {
  expect(identify(round(NOT_MINE, YES).methods, CREDENTIALS)).toBe(YES);
  expect(identify(round(NOT_MINE).methods, CREDENTIALS)).toEqual(NOT_MINE);
  expect(identify([], CREDENTIALS)).toEqual(NOT_MINE);
});

test.each<[string, readonly (Identity | Promise<Identity>)[], Identity, number[]]>([
  ['a yes', [NOT_MINE, YES, NOT_MINE], YES, [0, 1]],
  ['a no', [{ answer: 'no' }, YES], { answer: 'no' }, [0]],
  ['a yes that takes its time', [later(NOT_MINE), later(YES), NOT_MINE], YES, [0, 1]],
  [
    'one that is away',
    [NOT_MINE, later({ answer: 'away', reason: 'r' }), YES],
    { answer: 'away', reason: 'r' },
    [0, 1],
  ],
  ['a quick yes after one that took its time', [later(NOT_MINE), YES], YES, [0, 1]],
  ['nobody', [later(NOT_MINE), NOT_MINE], NOT_MINE, [0, 1]],
])('%s ends the round, and who comes after is not asked', async (_, answers, expected, expectedAsked) => {
  const { asked, methods } = round(...answers);
  expect(await identify(methods, CREDENTIALS)).toEqual(expected);
  expect(asked).toEqual(expectedAsked);
});
