import { tmpdir } from 'node:os';
import type { LinuxCalls } from './libc.ts';
import { isLocal } from './quick-reads.ts';
import { sendfileFrom } from './sendfile.ts';

const PAGE = 4096;
const MIB = 1024 * 1024;

function calls(result: Partial<Record<'cachedPages' | 'sendfile', number>>): LinuxCalls {
  const { cachedPages = 1, sendfile = 0 } = result;
  return { pageBytes: PAGE, cachedPages: () => cachedPages, sendfile: () => sendfile };
}

/** What becomes of a request for `countBytes` from `offsetBytes` on. */
function sent(fake: LinuxCalls, offsetBytes: number, countBytes: number): unknown {
  return sendfileFrom(tmpdir(), fake)?.(() => 3, offsetBytes + countBytes)(4, offsetBytes, countBytes);
}

const onLocalDisk = isLocal(tmpdir()) ? test : test.skip;

onLocalDisk.each([
  [0, PAGE, 1, 'sent'],
  [0, PAGE, 0, 'cold'],
  [0, PAGE + 1, 1, 'cold'],
  [0, PAGE + 1, 2, 'sent'],
  [PAGE - 1, 2, 1, 'cold'],
  [PAGE - 1, 2, 2, 'sent'],
  [10 * PAGE, 3 * PAGE, 2, 'cold'],
  [10 * PAGE, 3 * PAGE, 3, 'sent'],
  [10, 1, -1, 'cold'],
])(
  'from byte %i on, %i bytes of which the kernel has %i pages are %s',
  (offset, count, cachedPages, expected) => {
    const fake = { ...calls({ sendfile: count }), cachedPages: () => 0 };
    const sendfile = sendfileFrom(tmpdir(), fake)?.(() => 3, offset + count);
    fake.cachedPages = () => cachedPages;
    expect(sendfile?.(4, offset, count)).toBe(expected === 'sent' ? count : expected);
  },
);

onLocalDisk('a file that was cold is warm again only where more is cached than the disk reads ahead', () => {
  const size = 40 * MIB;
  let cachedUpTo = 0;
  const fake: LinuxCalls = {
    pageBytes: PAGE,
    cachedPages: (_, offset, count) => Math.max(0, Math.min(offset + count, cachedUpTo) - offset) / PAGE,
    sendfile: (_to, _from, _offset, count) => count,
  };
  const sendfile = sendfileFrom(tmpdir(), fake)?.(() => 3, size);
  expect(sendfile?.(4, 0, MIB)).toBe('cold');
  cachedUpTo = 15 * MIB;
  expect(sendfile?.(4, 0, MIB)).toBe('cold');
  cachedUpTo = 18 * MIB;
  expect(sendfile?.(4, 0, MIB)).toBe(MIB);
  expect(sendfile?.(4, 17 * MIB, MIB)).toBe(MIB);
  expect(sendfile?.(4, 18 * MIB, MIB)).toBe('cold');
  cachedUpTo = size;
  expect(sendfile?.(4, 30 * MIB, MIB)).toBe('cold');
});

onLocalDisk('the kernel sends what it can, and refuses with 0 as with -1', () => {
  expect(sent(calls({ sendfile: 7 }), 0, 10)).toBe(7);
  expect(sent(calls({ sendfile: 0 }), 0, 10)).toBe('refused');
  expect(sent(calls({ sendfile: -1 }), 0, 10)).toBe('refused');
});

onLocalDisk('a disk that makes everybody wait is not asked for a while', () => {
  let asked = 0;
  const slow = {
    ...calls({}),
    sendfile: () => {
      asked += 1;
      const untilMs = performance.now() + 60;
      while (performance.now() < untilMs);
      return 10;
    },
  };
  const sendfile = sendfileFrom(tmpdir(), slow)?.(() => 3, 10);
  expect([sendfile?.(4, 0, 10), sendfile?.(4, 0, 10)]).toEqual([10, 'cold']);
  expect(asked).toBe(1);
});

test('nothing is sent where the kernel does not tell what it has, or the disk may be far', () => {
  expect(sendfileFrom(tmpdir(), calls({ cachedPages: -1 }))).toBeUndefined();
  expect(sendfileFrom('/proc', calls({}))).toBeUndefined();
});
