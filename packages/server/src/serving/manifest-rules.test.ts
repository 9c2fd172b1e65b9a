import { manifestValidation, type UrlRules } from './manifest-rules.ts';

const allows = (urls: UrlRules | undefined, url: string): boolean =>
  manifestValidation({ listed: 'all', blobs: true, urls }).mayLinkTo(url);

test('without rules any URL will do, with neither allow nor deny none', () => {
  expect(allows(undefined, 'https://a.example/')).toBe(true);
  expect(allows({ allow: [], deny: [] }, 'https://a.example/')).toBe(false);
});

test.each([
  ['https://a.example/x', true],
  ['https://b.example/x', true],
  ['http://c.example/https://a.example/', false],
  ['https://www.a.example/x', false],
])('%s: allowed by one of several, and by none denied: %s', (url, expected) => {
  const allow = ['^https?://([^/]+\\.)*a\\.example/', '^https://b\\.'];
  expect(allows({ allow, deny: ['^https?://www\\.'] }, url)).toBe(expected);
});

test('what is not denied is allowed where nothing else is said', () => {
  expect(allows({ allow: [], deny: ['bad'] }, 'https://good.example/')).toBe(true);
  expect(allows({ allow: [], deny: ['bad'] }, 'https://bad.example/')).toBe(false);
});
