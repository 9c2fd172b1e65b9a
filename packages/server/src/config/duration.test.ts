import { parseDurationMs } from './duration.ts';

test.each([
  ['60s', 60_000],
  ['1m30s', 90_000],
  ['168h', 604_800_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['0', 0],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '60', 's', '-1s', '1d', '1s ', '1,5s', 'one minute'])('%j is no duration', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});
