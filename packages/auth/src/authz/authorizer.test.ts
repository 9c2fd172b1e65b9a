import { type Authorization, type Authorizer, authorize } from './authorizer.ts';

const REQUEST = {
  account: 'alice',
  labels: {},
  service: '',
  ip: undefined,
  type: 'repository',
  name: 'a',
  actions: ['pull'],
};
const NOT_MINE: Authorization = { answer: 'not-mine' };
const YES: Authorization = { answer: 'yes', actions: ['pull'], rule: undefined };

const source = (answer: Authorization | Promise<Authorization>): Authorizer => ({
  name: 's',
  authorize: () => answer,
});
const unasked: Authorizer = {
  name: 'unasked',
  authorize: () => {
    throw new Error('asked');
  },
};

test('rules that are in memory decide at once', () => {
  expect(authorize([source(NOT_MINE), source(YES), unasked], REQUEST)).toBe(YES);
  expect(authorize([source(NOT_MINE)], REQUEST)).toEqual(NOT_MINE);
  expect(authorize([], REQUEST)).toEqual(NOT_MINE);
});

test('a source that takes its time is waited for, and the next one asked only if it does not decide', async () => {
  const later = (answer: Authorization) => source(Promise.resolve(answer));
  expect(await authorize([later(YES), unasked], REQUEST)).toBe(YES);
  expect(await authorize([source(NOT_MINE), later(NOT_MINE), later(YES), unasked], REQUEST)).toBe(YES);
  expect(await authorize([later(NOT_MINE), source(YES), unasked], REQUEST)).toBe(YES);
  expect(await authorize([later({ answer: 'away', reason: 'r' }), unasked], REQUEST)).toEqual({
    answer: 'away',
    reason: 'r',
  });
  expect(await authorize([later(NOT_MINE)], REQUEST)).toEqual(NOT_MINE);
});
