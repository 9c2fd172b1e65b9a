import fc from 'fast-check';
import { FREE_WRONG_PASSWORDS, LAST_WAIT_MS, WRONG_PASSWORDS_TTL_MS } from '../limits.ts';
import { WrongPasswords } from './wrong-passwords.ts';

function counter() {
  const clock = { now: 1_000_000 };
  const counts = new WrongPasswords(() => clock.now);
  /** One attempt with its outcome; the seconds to wait where it was not admitted. */
  const attempt = (outcome: 'right' | 'wrong' | 'unknown', account = 'alice', address = '192.0.2.1') => {
    const admission = counts.admit(account, address);
    if ('retryAfterSeconds' in admission) return admission.retryAfterSeconds;
    admission.attempt.end(outcome);
    return 'admitted';
  };
  const spendFree = () => {
    for (let n = 0; n < FREE_WRONG_PASSWORDS; n++) expect(attempt('wrong')).toBe('admitted');
  };
  return { clock, counts, attempt, spendFree };
}

test('after the free ones each wrong password doubles the wait, up to five minutes', () => {
  const { clock, attempt, spendFree } = counter();
  spendFree();
  const waits = Array.from({ length: 11 }, () => {
    const seconds = attempt('wrong');
    clock.now += Number(seconds) * 1000;
    expect(attempt('wrong')).toBe('admitted');
    return seconds;
  });
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(LAST_WAIT_MS).toBe(300_000);
});

test('who asks while waiting waits no longer for it', () => {
  const { clock, attempt, spendFree } = counter();
  spendFree();
  for (let n = 0; n < 100; n++) expect(attempt('wrong')).toBe(1);
  clock.now += 1000;
  expect(attempt('right')).toBe('admitted');
});

test('a right password clears the count', () => {
  const { clock, attempt, spendFree } = counter();
  spendFree();
  clock.now += 1000;
  expect(attempt('right')).toBe('admitted');
  spendFree();
});

test('another address, and another account, do not wait', () => {
  const { attempt, spendFree } = counter();
  spendFree();
  expect(attempt('wrong', 'alice', '192.0.2.2')).toBe('admitted');
  expect(attempt('wrong', 'bob', '192.0.2.1')).toBe('admitted');
  expect(attempt('wrong')).toBe(1);
});

test.each([
  ['2001:db8::1', '2001:db8::ffff', true],
  ['2001:db8::1', '2001:0db8:0:0:ffff:1:2:3', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['::1', '::2', true],
  ['fe80::1', 'fe81::1', false],
])('%s and %s are one network: %s', (first, second, same) => {
  const { attempt } = counter();
  for (let n = 0; n < FREE_WRONG_PASSWORDS; n++) attempt('wrong', 'alice', first);
  expect(attempt('wrong', 'alice', second)).toBe(same ? 1 : 'admitted');
});

test('wrong passwords are forgotten after a quiet time', () => {
  const { clock, attempt, spendFree } = counter();
  spendFree();
  clock.now += 1000 + WRONG_PASSWORDS_TTL_MS + 1;
  spendFree();
  expect(attempt('wrong')).toBe(1);
});

test('a check that could not be made counts for nothing', () => {
  const { attempt } = counter();
  for (let n = 0; n < 100; n++) expect(attempt('unknown')).toBe('admitted');
});

test('many at once do not slip under the count', () => {
  const { counts, attempt } = counter();
  const admissions = Array.from({ length: 100 }, () => counts.admit('alice', '192.0.2.1'));
  const admitted = admissions.flatMap((admission) => ('attempt' in admission ? [admission.attempt] : []));
  expect(admitted).toHaveLength(FREE_WRONG_PASSWORDS);
  for (const { end } of admitted) end('wrong');
  expect(attempt('wrong')).toBe(1);
});

test('in whatever order attempts begin and end, no more wrong ones come through than free ones and one per wait', () => {
  const step = fc.oneof(
    fc.constant('begin' as const),
    fc.constant('end' as const),
    fc.record({ waitMs: fc.integer({ min: 0, max: 3000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, counts } = counter();
      const running: { end(outcome: 'wrong'): void }[] = [];
      let wrong = 0;
      let waitedMs = 0;
      for (const next of steps) {
        if (next === 'begin') {
          const admission = counts.admit('alice', '192.0.2.1');
          if ('attempt' in admission) running.push(admission.attempt);
        } else if (next === 'end') {
          const attempt = running.shift();
          attempt?.end('wrong');
          if (attempt) wrong += 1;
        } else {
          clock.now += next.waitMs;
          waitedMs += next.waitMs;
        }
      }
      // The n-th wrong password after the free ones needs 2^n seconds to have passed.
      const admissible = FREE_WRONG_PASSWORDS + Math.floor(Math.log2(waitedMs / 1000 + 1));
      expect(wrong).toBeLessThanOrEqual(admissible);
    }),
  );
});
