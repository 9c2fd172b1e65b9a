/** The two expectations of the cases. Their texts are what a person reads when a case fails. */
import type { Finished } from './finished.ts';

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this should hold, and doesn't: ${what}`);
}

/** The program has to fail by itself, with an output that says why. */
export function expectFailure(finished: Finished, reason: RegExp): void {
  expectThat(finished.code !== 0, `this command fails: ${finished.commandLine}`);
  expectThat(finished.code !== undefined, `this command ends by itself: ${finished.commandLine}`);
  const output = `${finished.stdout}${finished.stderr}`;
  expectThat(reason.test(output), `it says ${reason}; it said: ${output.slice(-2000)}`);
}
