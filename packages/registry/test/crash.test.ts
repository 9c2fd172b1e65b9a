/**
 * The power goes at every moment of what clients do: what was acknowledged is there afterwards, nothing is half
 * there, and the same works once more. The disk is a simulated one (disks/), the checker reads what it leaves.
 */

import { SCENARIOS } from './crash/scenarios.ts';
import { goesOnAfter, momentsOf, REPEAT, seedsAt } from './crash/settings.ts';
import { cutPowerAt, prepare } from './crash/trials.ts';

const THOROUGH_MS = 30 * 60_000;

describe('a power cut leaves what was acknowledged and nothing half-made, at any moment of', () => {
  for (const [place, scenario] of SCENARIOS.entries()) {
    test(
      scenario.name,
      async () => {
        const stage = await prepare(scenario);
        for (const seed of seedsAt(place)) {
          const calls = await stage.callsFor(seed);
          for (const [index, { number, kind, path }] of momentsOf(calls).entries()) {
            const problems = await cutPowerAt(stage, number, { seed, goesOn: goesOnAfter(index, seed) });
            expect({ at: `call ${number}, ${kind} ${path}; ${REPEAT}`, problems }).toMatchObject(NONE);
          }
          const problems = await cutPowerAt(stage, calls.length + 1, { seed, goesOn: true });
          expect({ at: `the end; ${REPEAT}`, problems }).toMatchObject(NONE);
        }
      },
      THOROUGH_MS,
    );
  }
});

const NONE = { problems: [] };
