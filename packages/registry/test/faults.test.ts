/**
 * A call of the disk fails, or every call of its kind from then on: the client gets an answer that says so,
 * nothing acknowledged is lost, and when the disk is well again the registry is too, with a restart or without.
 */

import { brokenCall, drawnFailure } from './crash/failures.ts';
import { SCENARIOS } from './crash/scenarios.ts';
import { failingOf, goesOnAfter, REPEAT, seedsAt } from './crash/settings.ts';
import { failCalls, prepare } from './crash/trials.ts';
import { seedFor } from './disks/random.ts';

const THOROUGH_MS = 60 * 60_000;

describe('a disk that fails is told to the client and leaves nothing half-made, at any call of', () => {
  for (const [place, scenario] of SCENARIOS.entries()) {
    test(
      scenario.name,
      async () => {
        const stage = await prepare(scenario);
        for (const seed of seedsAt(place)) {
          for (const [index, call] of failingOf(await stage.callsFor(seed), seed).entries()) {
            const drawn = seedFor(seed, call.number);
            const failure = drawn % 3 === 0 ? brokenCall(call) : drawnFailure(call, drawn);
            const problems = await failCalls(stage, failure.failing, {
              seed,
              goesOn: goesOnAfter(index, seed),
            });
            expect({ failure: `${failure.name}; ${REPEAT}`, problems }).toMatchObject({ problems: [] });
          }
        }
      },
      THOROUGH_MS,
    );
  }
});
