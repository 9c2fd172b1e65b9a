/** Sorting of very many names without keeping everybody else waiting. */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Names sorted without a break: about a millisecond's work. */
const NAMES_PER_TURN = 4096;
/** Names that are only compared, each with the next. */
const LOOKS_PER_TURN = 8 * NAMES_PER_TURN;

/**
 * The names in the order of their bytes: every name in the store is ASCII, so that is the order of code units.
 * Names in order already, as Node's readdir happens to give them, come back as they are.
 */
export async function inOrder(names: readonly string[]): Promise<readonly string[]> {
  if (names.length <= NAMES_PER_TURN) return [...names].sort();
  if (await isInOrder(names)) return names;
  let runs: (readonly string[])[] = [];
  for (let at = 0; at < names.length; at += NAMES_PER_TURN) {
    runs.push(names.slice(at, at + NAMES_PER_TURN).sort());
    await nextTurn();
  }
  while (runs.length > 1) runs = await mergedPairs(runs);
  return runs[0] ?? [];
}

async function isInOrder(names: readonly string[]): Promise<boolean> {
  let before = '';
  for (let at = 0; at < names.length; at += LOOKS_PER_TURN) {
    for (const name of names.slice(at, at + LOOKS_PER_TURN)) {
      if (name < before) return false;
      before = name;
    }
    await nextTurn();
  }
  return true;
}

async function mergedPairs(runs: readonly (readonly string[])[]): Promise<(readonly string[])[]> {
  const merged: (readonly string[])[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [one = [], other = []] = runs.slice(at, at + 2);
    merged.push(await mergeOf(one, other));
  }
  return merged;
}

async function mergeOf(one: readonly string[], other: readonly string[]): Promise<readonly string[]> {
  const merged: string[] = [];
  let [fromOne, fromOther] = [0, 0];
  for (;;) {
    const [mine, theirs] = [one[fromOne], other[fromOther]];
    const next = theirs === undefined || (mine !== undefined && mine <= theirs) ? mine : theirs;
    if (next === undefined) return merged;
    if (next === mine) fromOne += 1;
    else fromOther += 1;
    merged.push(next);
    if (merged.length % NAMES_PER_TURN === 0) await nextTurn();
  }
}
