import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseRepositoryName } from '../names.ts';
import { type StorePath, tagsFolder } from '../store/layout.ts';
import type { QuickReads } from './driver.ts';
import { turnReads } from './turn-reads.ts';

const path = pathOf('a');
const FACTS = { sizeBytes: 1, modifiedAtMs: 0 };

function pathOf(name: string): StorePath {
  const repository = parseRepositoryName(name);
  if (repository === undefined) throw new Error(name);
  return tagsFolder(repository);
}

/** Reads that count how often the disk is asked, and answer what `answers` says. */
function countedReads(answers: { stat?: ReturnType<QuickReads['stat']> } = {}) {
  const asked: string[] = [];
  const reads: QuickReads = {
    stat: (at) => {
      asked.push(`stat ${at}`);
      return 'stat' in answers ? answers.stat : FACTS;
    },
    readWhole: (at) => {
      asked.push(`read ${at}`);
      return Buffer.from('bytes');
    },
    list: () => undefined,
  };
  return { asked, reads };
}

test('the disk is asked once for all who ask in the same turn', () => {
  const { asked, reads } = countedReads();
  const shared = turnReads(reads, () => 0);
  expect([shared.stat(path), shared.stat(path)]).toEqual([FACTS, FACTS]);
  expect(shared.readWhole(path, 10)).toBe(shared.readWhole(path, 10));
  shared.stat(pathOf('b'));
  expect(asked).toEqual([`stat ${path}`, `read ${path}`, `stat ${pathOf('b')}`]);
});

test('the next turn asks the disk again', async () => {
  const { asked, reads } = countedReads();
  const shared = turnReads(reads, () => 0);
  shared.stat(path);
  await nextTurn();
  shared.stat(path);
  expect(asked).toHaveLength(2);
});

test('a turn that takes long asks the disk again', () => {
  const { asked, reads } = countedReads();
  let nowMs = 0;
  const shared = turnReads(reads, () => nowMs);
  shared.stat(path);
  nowMs = 1.1;
  shared.stat(path);
  expect(asked).toHaveLength(2);
});

test('what is missing is as good an answer, and what could not be read is none', () => {
  const missing = countedReads({ stat: 'missing' });
  const ofMissing = turnReads(missing.reads, () => 0);
  expect([ofMissing.stat(path), ofMissing.stat(path)]).toEqual(['missing', 'missing']);
  expect(missing.asked).toHaveLength(1);
  const slow = countedReads({ stat: undefined });
  const ofSlow = turnReads(slow.reads, () => 0);
  expect([ofSlow.stat(path), ofSlow.stat(path)]).toEqual([undefined, undefined]);
  expect(slow.asked).toHaveLength(2);
});
