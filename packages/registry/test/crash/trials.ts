/**
 * Takes a scenario through one disturbance and says what came of it: the power goes at the n-th call of the disk,
 * or that call fails. Afterwards whatever is left is checked, the same is done once more, and checked again.
 */

import { type DiskCall, POWER_CUT } from '../disks/simulated-disk.ts';
import { check, type Findings } from './checker.ts';
import type { Stopped } from './client.ts';
import { History, THERE } from './history.ts';
import type { Scenario } from './scenarios.ts';
import { readVolume } from './volume.ts';
import { turnsOf, World, type WorldOptions } from './world.ts';

/** A scenario with what was there before, ready to be disturbed again and again. */
export interface Stage {
  readonly scenario: Scenario;
  /** The calls of the disk when nothing disturbs it, for one seed. */
  callsFor(seed: number): Promise<readonly DiskCall[]>;
  begin(seed: number): World;
}

export async function prepare(scenario: Scenario, options: WorldOptions = {}): Promise<Stage> {
  const before = await World.empty(options);
  const stops = await before.run(scenario.before === undefined ? [] : [scenario.before]);
  const [stopped] = stops;
  if (stopped !== undefined) throw stopped;
  const found = await check(before);
  if (found.problems.length > 0) throw new Error(`before anything went wrong: ${found.problems.join('; ')}`);
  const begin = (seed: number): World => {
    const turn = scenario.during.length > 1 ? turnsOf(seed) : undefined;
    return before.copy(seed, historyOf(found), turn);
  };
  const callsFor = async (seed: number): Promise<readonly DiskCall[]> => {
    const world = begin(seed);
    const calls: DiskCall[] = [];
    world.disk.fault = (call) => {
      calls.push(call);
      return undefined;
    };
    await world.run(scenario.during);
    return calls;
  };
  return { scenario, begin, callsFor };
}

export interface Disturbance {
  readonly seed: number;
  /** Whether the same is done once more on what is left. */
  readonly goesOn: boolean;
}

/** The power goes at the `number`-th call. @returns what is wrong afterwards; nothing if all is well */
export async function cutPowerAt(
  stage: Stage,
  number: number,
  { seed, goesOn }: Disturbance,
): Promise<readonly string[]> {
  const world = stage.begin(seed);
  world.disk.fault = (call) => (call.number === number ? POWER_CUT : undefined);
  await world.run(stage.scenario.during);
  const after = world.afterPowerCut(seed);
  const left = await check(after);
  if (left.problems.length > 0 || !goesOn) return labelled('afterwards', left.problems);
  return await goOn(stage, after, historyOf(left), seed);
}

/** What fails: the code that a call gets, if any. */
export type Failing = (call: DiskCall) => string | undefined;

/**
 * Calls fail, then the disk is well again. What it leaves must be right as it is, and after a power cut too.
 * @returns what is wrong
 */
export async function failCalls(
  stage: Stage,
  failing: Failing,
  { seed, goesOn }: Disturbance,
): Promise<readonly string[]> {
  const world = stage.begin(seed);
  const codes = new Set<string>();
  world.disk.fault = (call) => {
    const code = failing(call);
    if (code !== undefined) codes.add(code);
    return code;
  };
  const stops = await world.run(stage.scenario.during);
  world.disk.fault = () => undefined;
  const answers = stops.flatMap((stopped) => wrongAnswer(stopped, codes));
  if (world.disk.openFileCount > 0) answers.push(`${world.disk.openFileCount} files were left open`);
  const restarted = await check(world.afterPowerCut(seed));
  const left = await check(world);
  return [
    ...answers,
    ...labelled('after a restart', restarted.problems),
    ...labelled('afterwards', left.problems),
    ...(goesOn ? await goOn(stage, world, world.history, seed) : []),
  ];
}

/** Does the same once more, checks, and again after another power cut. */
async function goOn(stage: Stage, world: World, history: History, seed: number): Promise<readonly string[]> {
  const [stopped] = await world.run([stage.scenario.after], history);
  if (stopped !== undefined) return [`once more: ${stopped.message}`];
  const again = await check(world.with(history));
  const cut = await check(world.afterPowerCut(seed, history));
  return [
    ...labelled('once more', again.problems),
    ...labelled('once more, after a power cut', cut.problems),
    ...(await leftovers(world)),
  ];
}

/** What remains of uploads and staged files when all that nobody finishes is purged. */
async function leftovers(world: World): Promise<string[]> {
  world.clock.nowMs += 1000;
  await world.registry.purgeUploads({ olderThanMs: 0 });
  const { unfinished } = readVolume(world.disk.entries());
  const open = world.disk.openFileCount;
  return [
    ...unfinished.map((path) => `${path} is left after a purge`),
    ...(open > 0 ? [`${open} files were left open`] : []),
  ];
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = { EIO: 500 };
const UNAVAILABLE = 503;

/** An answer to a disk that failed has the form of the API, says so, and says nothing else. */
function wrongAnswer({ reply, message }: Stopped, codes: ReadonlySet<string>): string[] {
  if (reply === undefined) return [`no answer: ${message}`];
  const expected = [...codes].map((code) => STATUS_OF_CODE[code] ?? UNAVAILABLE);
  if (!expected.includes(reply.status)) return [`not ${expected.join(' or ')}: ${message}`];
  if (message.startsWith('HEAD ')) return [];
  const body: unknown = JSON.parse(reply.body.toString());
  const code = reply.status === UNAVAILABLE ? 'UNAVAILABLE' : 'UNKNOWN';
  return JSON.stringify(body).startsWith(`{"errors":[{"code":"${code}","message":"`)
    ? []
    : [`not the API's form: ${message}`];
}

/** What was seen holds from now on; what was begun by a link may still be finished by whoever brings the data. */
function historyOf({ observed, dangling }: Findings): History {
  const history = new History();
  for (const [key, value] of observed) history.observe(key, value);
  for (const key of dangling) history.begin([{ key, value: THERE }]);
  return history;
}

function labelled(when: string, problems: readonly string[]): string[] {
  return problems.map((problem) => `${when}: ${problem}`);
}
