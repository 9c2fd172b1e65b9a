import { median } from './statistics.ts';

test.each([
  [[5], 5],
  [[9, 1, 5], 5],
  [[10, 1, 2, 9], 5.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});
