/** One row: all its contestants side by side, warmed up, then measured in turns (A B A B …). */
import { runToEnd } from './harness/run-to-end.ts';
import type { Place } from './place.ts';
import type { ContestantName, Row, Sample, Variant } from './row.ts';
import { SERVERS, type ServerName } from './servers.ts';
import { median } from './statistics.ts';
import type { Subject } from './subject.ts';
import type { Unit } from './units.ts';
import { YARDSTICKS, type YardstickName } from './yardsticks.ts';

export interface Run {
  /** Of the row's unit, per second. */
  readonly rate: number;
  /** Of the server's processes, user and system, per unit. Undefined for a yardstick. */
  readonly cpuSecondsPerUnit: number | undefined;
  readonly peakBytes: number | undefined;
}

export interface Figures {
  readonly contestant: ContestantName;
  readonly title: string;
  readonly runs: readonly Run[];
  /** Medians. */
  readonly rate: number;
  readonly cpuSecondsPerUnit: number | undefined;
  /** The highest of all runs. */
  readonly peakBytes: number | undefined;
  readonly command: string;
  /** How it was started, and what its 201 means. Undefined for a yardstick. */
  readonly server: { readonly title: string; readonly command: string; readonly promise: string } | undefined;
  readonly note: string | undefined;
}

/** @param runs how many are counted, after those that warm up */
export async function measureRow(
  place: Place,
  row: Row,
  names: readonly ServerName[],
  runs: number,
): Promise<readonly Figures[]> {
  try {
    const contestants: Contestant[] = [];
    for (const name of names) contestants.push(...(await serversOf(place, row, name)));
    for (const name of row.yardsticks ?? []) contestants.push(yardstickOf(place, name));
    await settle(place);
    const warmUps = row.warmUps ?? 1;
    for (let turn = 0; turn < warmUps + runs; turn += 1) {
      for (const contestant of contestants) await takeTurn(place, row, contestant, turn, turn >= warmUps);
    }
    return contestants.map(figuresOf);
  } finally {
    await place.clear();
  }
}

interface Contestant {
  readonly name: ContestantName;
  readonly title: string;
  /** Undefined for a yardstick. */
  readonly subject: Subject | undefined;
  readonly promise: string;
  readonly runs: Run[];
  command: string;
  note: string | undefined;
  measure(turn: number): Promise<Sample>;
}

/** What the one before left to be written isn't the next one's to wait for. */
async function settle({ folder }: Place): Promise<void> {
  await runToEnd('sync', ['-f', folder], { limitMs: 120_000 });
}

/** Rows in which bodies move. */
const WRITERS: ReadonlySet<Unit> = new Set(['bytes', 'images']);

const ONLY: readonly Variant[] = [{ key: '', text: '', setting: {} }];

async function serversOf(place: Place, row: Row, name: ServerName): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  const { title, acknowledges = '' }: { title: string; acknowledges?: string } = SERVERS[name];
  for (const { key, text, setting } of row.variants ?? ONLY) {
    const subject = await place.subject(name, { ...row.setting, ...setting });
    await row.prepare?.(subject);
    contestants.push({
      name: key === '' ? name : `${name}/${key}`,
      title: key === '' ? title : `${title}, ${text}`,
      subject,
      promise: acknowledges,
      runs: [],
      command: '',
      note: undefined,
      measure: (turn) => row.measure(subject, turn),
    });
  }
  return contestants;
}

function yardstickOf(place: Place, name: YardstickName): Contestant {
  const { title, measure } = YARDSTICKS[name];
  const rest = { subject: undefined, promise: '', command: '', note: undefined };
  return { name, title, ...rest, runs: [], measure: () => measure(place) };
}

async function takeTurn(
  place: Place,
  row: Row,
  contestant: Contestant,
  turn: number,
  isCounted: boolean,
): Promise<void> {
  const { subject } = contestant;
  if (WRITERS.has(row.unit)) await settle(place);
  if (isCounted) subject?.server.forgetPeak();
  const cpuBefore = subject?.server.cpuSeconds() ?? 0;
  const sample = await contestant.measure(turn);
  const cpuSeconds = sample.cpuSeconds ?? (subject && subject.server.cpuSeconds() - cpuBefore);
  const peakBytes = subject?.server.peakBytes();
  if (subject !== undefined) contestant.note = (await row.after?.(subject, sample)) ?? contestant.note;
  if (!isCounted) return;
  contestant.command = sample.command;
  contestant.runs.push({
    rate: sample.amount / sample.seconds,
    cpuSecondsPerUnit: cpuSeconds && cpuSeconds / sample.amount,
    peakBytes,
  });
}

function figuresOf({ name, title, subject, promise, runs, command, note }: Contestant): Figures {
  return {
    contestant: name,
    title,
    runs,
    rate: median(runs.map((run) => run.rate)),
    cpuSecondsPerUnit: subject && median(runs.map((run) => run.cpuSecondsPerUnit ?? 0)),
    peakBytes: subject && Math.max(...runs.map((run) => run.peakBytes ?? 0)),
    command,
    server: subject && { title: subject.server.kind.title, command: subject.server.commandLine, promise },
    note,
  };
}
