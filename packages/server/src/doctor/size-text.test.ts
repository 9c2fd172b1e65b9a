import { parseSizeBytes, rateText, sizeText } from './size-text.ts';

test.each([
  ['64MiB', 67_108_864],
  ['1 GiB', 1_073_741_824],
  ['2k', 2048],
  ['5', 5],
  ['5B', 5],
  ['', undefined],
  ['1.5MiB', undefined],
  ['-1', undefined],
  ['1e3', undefined],
])('%j is a size of %p bytes', (text, sizeBytes) => {
  expect(parseSizeBytes(text)).toBe(sizeBytes);
});

test('sizes and rates have three digits and a unit', () => {
  expect([0, 1023, 1536, 67_108_864].map(sizeText)).toEqual(['0 B', '1020 B', '1.5 KiB', '64 MiB']);
  expect(rateText(67_108_864, 1234)).toBe('1.2 s (51.9 MiB/s)');
});
