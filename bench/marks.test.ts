import { verdict } from './marks.ts';
import type { Figures } from './measure.ts';
import type { Row } from './row.ts';

const MIB = 1024 * 1024;

const ROW: Row = {
  title: 'something',
  unit: 'bytes',
  abilities: ['registry'],
  marks: { nginx: { rate: 1, cpu: 1 }, zot: { rate: 2 } },
  peakLimitMiB: 100,
  measure: () => Promise.reject(new Error('nothing is measured here')),
};

function figures(
  contestant: Figures['contestant'],
  rate: number,
  cpuSecondsPerUnit: number,
  peakMib = 1,
): Figures {
  const rest = { runs: [], command: '', server: undefined, note: undefined };
  return { contestant, title: contestant, rate, cpuSecondsPerUnit, peakBytes: peakMib * MIB, ...rest };
}

const isReached = (peer: Figures, champion: Figures) => verdict(ROW, peer, champion)?.isReached;

test('a mark is reached at exactly so many times the rate', () => {
  const zot = figures('zot', 10, 1);
  expect(isReached(zot, figures('berth', 20, 9))).toBe(true);
  expect(isReached(zot, figures('berth', 19.9, 9))).toBe(false);
});

test('where processor time counts, too, being fast is not enough', () => {
  const nginx = figures('nginx', 10, 1);
  expect(isReached(nginx, figures('berth', 10, 1))).toBe(true);
  expect(isReached(nginx, figures('berth', 99, 1.1))).toBe(false);
  expect(isReached(nginx, figures('berth', 9, 0.1))).toBe(false);
});

test('memory is a mark for Berth itself', () => {
  const frugal = figures('berth', 1, 1, 99);
  const greedy = figures('berth', 1, 1, 100);
  expect(isReached(frugal, frugal)).toBe(true);
  expect(isReached(greedy, greedy)).toBe(false);
});

test('nothing is asked against a peer without a mark, nor where Berth was not measured', () => {
  expect(verdict(ROW, figures('olareg', 1, 1), figures('berth', 1, 1))).toBeUndefined();
  expect(verdict(ROW, figures('zot', 1, 1), undefined)).toBeUndefined();
});
