/** One row: all its servers side by side, warmed up, then measured in turns (A B A B …). */
import { runToEnd } from './harness/run-to-end.ts';
import type { Place } from './place.ts';
import type { Row, Sample } from './row.ts';
import type { ServerName } from './servers.ts';
import { median } from './statistics.ts';
import type { Subject } from './subject.ts';

export interface Run {
  /** Requests or bytes per second. */
  readonly rate: number;
  /** Of the server's processes, user and system, per request or byte. */
  readonly cpuSecondsPerUnit: number;
  readonly peakBytes: number;
}

export interface Figures {
  readonly server: ServerName;
  readonly runs: readonly Run[];
  /** Medians. */
  readonly rate: number;
  readonly cpuSecondsPerUnit: number;
  /** The highest of all runs. */
  readonly peakBytes: number;
  readonly command: string;
  readonly serverCommand: string;
  readonly note: string | undefined;
}

const USUAL_COST = 5;

/** @param runs how many are counted, after those that warm up */
export async function measureRow(
  place: Place,
  row: Row,
  names: readonly ServerName[],
  runs: number,
): Promise<readonly Figures[]> {
  try {
    const ledgers: Ledger[] = [];
    for (const name of names) {
      const subject = await place.subject(name, row.bcryptCost ?? USUAL_COST);
      await row.prepare?.(subject);
      ledgers.push({ subject, runs: [], command: '', note: undefined });
    }
    const warmUps = row.warmUps ?? 1;
    for (let turn = 0; turn < warmUps + runs; turn += 1) {
      for (const ledger of ledgers) await takeTurn(place, row, ledger, turn >= warmUps);
    }
    return ledgers.map(figuresOf);
  } finally {
    await place.clear();
  }
}

interface Ledger {
  readonly subject: Subject;
  readonly runs: Run[];
  command: string;
  note: string | undefined;
}

async function takeTurn(place: Place, row: Row, ledger: Ledger, isCounted: boolean): Promise<void> {
  const { subject } = ledger;
  const { server } = subject;
  // What the one before left to be written isn't this one's to wait for.
  if (row.unit === 'bytes') await runToEnd('sync', ['-f', place.folder], { limitMs: 120_000 });
  if (isCounted) server.forgetPeak();
  const cpuBefore = server.cpuSeconds();
  const sample = await row.measure(subject);
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  const peakBytes = server.peakBytes();
  ledger.note = (await row.after?.(subject, sample)) ?? ledger.note;
  if (!isCounted) return;
  ledger.command = sample.command;
  ledger.runs.push(runOf(sample, cpuSeconds, peakBytes));
}

function runOf({ amount, seconds }: Sample, cpuSeconds: number, peakBytes: number): Run {
  return { rate: amount / seconds, cpuSecondsPerUnit: cpuSeconds / amount, peakBytes };
}

function figuresOf({ subject, runs, command, note }: Ledger): Figures {
  return {
    server: subject.server.name,
    runs,
    rate: median(runs.map((run) => run.rate)),
    cpuSecondsPerUnit: median(runs.map((run) => run.cpuSecondsPerUnit)),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    command,
    serverCommand: subject.server.commandLine,
    note,
  };
}
