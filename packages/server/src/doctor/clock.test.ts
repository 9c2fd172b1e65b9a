import type { Answer } from './ask.ts';
import { checkClock } from './clock.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function answerAt(offsetSeconds: number | undefined): Answer {
  const date =
    offsetSeconds === undefined ? {} : { date: new Date(nowMs + offsetSeconds * 1000).toUTCString() };
  return { url: new URL('http://a/'), status: 200, headers: date, text: '', tookMs: 1, headAtMs: nowMs };
}

test.each([
  [0, undefined, 'ok'],
  [30, 20, 'ok'],
  [-31, undefined, 'warn'],
  [31, 31, 'warn'],
  [25, -36, 'fail'],
  [0, 61, 'fail'],
  [undefined, 0, 'skipped'],
])('a registry %p s ahead, and a token server %p s, is %s', (registry, tokens, outcome) => {
  const tokenAnswer = tokens === undefined ? undefined : answerAt(tokens);
  expect(checkClock(answerAt(registry), tokenAnswer).outcome).toBe(outcome);
});
