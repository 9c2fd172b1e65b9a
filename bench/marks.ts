/** Whether a row's marks were reached. */
import type { Figures } from './measure.ts';
import type { ContestantName, Mark, Row } from './row.ts';

const MIB = 1024 * 1024;

export interface Verdict {
  /** What was to be reached. */
  readonly mark: string;
  readonly isReached: boolean;
}

/** Who the marks of the row are for; undefined where it wasn't measured. */
export function championOf(row: Row, figures: readonly Figures[]): Figures | undefined {
  const name: ContestantName = row.champion ?? 'berth';
  return figures.find(({ contestant }) => contestant === name);
}

/** What the champion had to reach against this one, or this one itself; undefined where nothing is asked. */
export function verdict(row: Row, peer: Figures, champion: Figures | undefined): Verdict | undefined {
  if (champion === undefined) return undefined;
  if (peer === champion) return memoryVerdict(row, peer);
  const mark = row.marks?.[peer.contestant];
  return mark && rateVerdict(mark, peer, champion);
}

function memoryVerdict({ peakLimitMiB }: Row, { peakBytes = 0 }: Figures): Verdict | undefined {
  if (peakLimitMiB === undefined) return undefined;
  return { mark: `under ${peakLimitMiB} MiB`, isReached: peakBytes < peakLimitMiB * MIB };
}

function rateVerdict(mark: Mark, peer: Figures, champion: Figures): Verdict {
  const isFast = champion.rate >= mark.rate * peer.rate;
  const rate = `${mark.rate.toFixed(1)}x`;
  if (mark.cpu === undefined) return { mark: rate, isReached: isFast };
  const spent = champion.cpuSecondsPerUnit ?? Number.POSITIVE_INFINITY;
  const isFrugal = spent <= mark.cpu * (peer.cpuSecondsPerUnit ?? 0);
  return { mark: `${rate}, CPU at most ${mark.cpu.toFixed(1)}x`, isReached: isFast && isFrugal };
}
