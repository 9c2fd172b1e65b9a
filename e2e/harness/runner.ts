/** Runs suites one after the other, prints a line for each case, and closes every place whatever happens. */
import { Place } from './place.ts';
import { findProgram, howToGet } from './programs.ts';
import type { Selection } from './selection.ts';
import type { Case, Suite } from './suite.ts';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface RunnerOptions {
  /** A suite that can't run here has failed instead of being skipped. */
  readonly requireAll: boolean;
  /** The folders of failed cases stay. */
  readonly keep: boolean;
}

const CASE_LIMIT_MS = 300_000;
const open = new Set<Place>();

export async function runSuites(selection: readonly Selection[], options: RunnerOptions): Promise<Tally> {
  closeOnSignals();
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const selected of selection) {
    const hindrance = whatHinders(selected.suite);
    if (hindrance === undefined) await runSuite(selected, options, tally);
    else sitOut(selected, hindrance, options, tally);
  }
  return tally;
}

function whatHinders(suite: Suite): string | undefined {
  const missing = suite.needs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) return `not on this machine: ${missing.map(howToGet).join('; ')}`;
  return suite.needsRoot && process.getuid?.() !== 0 ? 'it has to run as root' : undefined;
}

function sitOut({ suite, cases }: Selection, why: string, { requireAll }: RunnerOptions, tally: Tally): void {
  tally[requireAll ? 'failed' : 'skipped'] += cases.length;
  console.log(`\n${suite.name}: ${requireAll ? 'FAILED' : 'skipped'}, ${cases.length} cases; ${why}`);
}

async function runSuite({ suite, cases }: Selection, options: RunnerOptions, tally: Tally): Promise<void> {
  console.log(`\n${suite.name}`);
  const place = newPlace();
  try {
    await suite.prepare?.(place);
    for (const one of cases) tally[(await runCase(one, options)) ? 'passed' : 'failed'] += 1;
  } catch (error) {
    tally.failed += cases.length;
    report('FAILED', 'its preparation', 0, String(error), place.evidence());
  } finally {
    await closePlace(place, false);
  }
}

/** Whether it passed. */
async function runCase(one: Case, { keep }: RunnerOptions): Promise<boolean> {
  const place = newPlace();
  const startedMs = performance.now();
  let passed = false;
  try {
    const note = await within(one.limitMs ?? CASE_LIMIT_MS, one.run(place));
    passed = true;
    report('ok', one.name, performance.now() - startedMs, note);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report('FAILED', one.name, performance.now() - startedMs, reason, place.evidence());
    if (keep) console.log(`       kept: ${place.folder}`);
  } finally {
    await closePlace(place, keep && !passed);
  }
  return passed;
}

function report(
  outcome: 'ok' | 'FAILED',
  name: string,
  durationMs: number,
  note?: string,
  evidence?: string,
): void {
  const time = `${(durationMs / 1000).toFixed(1)} s`.padStart(8);
  console.log(`  ${outcome.padEnd(6)} ${time}  ${name}${note === undefined ? '' : `: ${note}`}`);
  if (evidence !== undefined) console.log(evidence.replaceAll(/^/gm, '       | '));
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not done after ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function newPlace(): Place {
  const place = new Place();
  open.add(place);
  return place;
}

async function closePlace(place: Place, keep: boolean): Promise<void> {
  open.delete(place);
  await place.close({ keep });
}

/** Somebody who interrupts the run gets the machine back as it was. */
function closeOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, async () => {
      await Promise.all([...open].map((place) => closePlace(place, false)));
      process.exit(1);
    });
  }
}
