import { serverLimits } from '../limits.ts';
import { BackOff } from './back-off.ts';

const young = serverLimits.youngWorkerMs - 1;
const old = serverLimits.youngWorkerMs;

test('who dies once is replaced at once, however young', () => {
  expect(new BackOff().waitMs(0)).toBe(0);
  expect(new BackOff().waitMs(old)).toBe(0);
});

test('who keeps dying at once waits, twice as long each time, up to the last wait', () => {
  const backOff = new BackOff();
  const waits = Array.from({ length: 10 }, () => backOff.waitMs(young));
  expect(waits).toEqual([0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a life that was long enough is a new beginning', () => {
  const backOff = new BackOff();
  for (let n = 0; n < 5; n += 1) backOff.waitMs(young);
  expect(backOff.waitMs(old)).toBe(0);
  expect([backOff.waitMs(young), backOff.waitMs(young)]).toEqual([0, 500]);
});
