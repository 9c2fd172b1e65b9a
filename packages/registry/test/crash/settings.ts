/**
 * Which chances a run of the crash tests takes. It draws a seed of its own each time, and prints it where
 * something is found: BERTH_TEST_SEED repeats that run. BERTH_TEST_SEEDS asks for so many seeds, and for all of
 * every moment with each; without it a run leaves out what the next moment shows as well, lets a quarter of the
 * calls fail, and after a third of the disturbances does the same once more.
 */

import { seedFor } from '../disks/random.ts';
import type { DiskCall } from '../disks/simulated-disk.ts';

const { BERTH_TEST_SEED, BERTH_TEST_SEEDS } = process.env;

const BASE_SEED = Number(BERTH_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const SEED_COUNT = Number(BERTH_TEST_SEEDS ?? 1);
const IS_THOROUGH = BERTH_TEST_SEEDS !== undefined;

/** How to have the same again. */
export const REPEAT = `BERTH_TEST_SEED=${BASE_SEED}${IS_THOROUGH ? ` BERTH_TEST_SEEDS=${SEED_COUNT}` : ''}`;

/** The seeds of the `place`-th scenario. */
export function seedsAt(place: number): number[] {
  return Array.from({ length: SEED_COUNT }, (_, index) => seedFor(BASE_SEED, place, index));
}

/** A power cut before a call that changes nothing leaves no more than one before the next that does. */
export function momentsOf(calls: readonly DiskCall[]): readonly DiskCall[] {
  return IS_THOROUGH ? calls : calls.filter(({ isChange }) => isChange);
}

/** The calls that fail, one after the other. */
export function failingOf(calls: readonly DiskCall[], seed: number): readonly DiskCall[] {
  return calls.filter((_call, index) => IS_THOROUGH || index % 4 === seed % 4);
}

/** Whether the same is done once more after the `index`-th disturbance. */
export function goesOnAfter(index: number, seed: number): boolean {
  return IS_THOROUGH || index % 3 === (seed >>> 8) % 3;
}
