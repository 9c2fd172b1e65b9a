/** What is counted, and how its figures are written. */

interface UnitRow {
  /** The heading of the rate, and the rate as text. */
  readonly rate: string;
  rateText(perSecond: number): string;
  /** The heading of the processor time for one, and that time as text. */
  readonly cpu: string;
  cpuText(secondsPerUnit: number): string;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');

export const UNITS = {
  requests: {
    rate: 'requests/s',
    rateText: (perSecond) => (perSecond < 100 ? perSecond.toFixed(1) : whole(perSecond)),
    cpu: 'CPU us/request',
    cpuText: (seconds) => (seconds * 1e6).toFixed(1),
  },
  bytes: {
    rate: 'MB/s',
    rateText: (perSecond) => whole(perSecond / 1e6),
    cpu: 'CPU s/GB',
    cpuText: (seconds) => (seconds * 1e9).toFixed(2),
  },
  starts: {
    rate: 'ms to an answer',
    rateText: (perSecond) => whole(1000 / perSecond),
    cpu: 'CPU ms/start',
    cpuText: (seconds) => whole(seconds * 1000),
  },
  images: {
    rate: 'seconds',
    rateText: (perSecond) => (1 / perSecond).toFixed(2),
    cpu: 'CPU s/image',
    cpuText: (seconds) => seconds.toFixed(2),
  },
  /** Nothing is done for so many seconds. */
  idle: {
    rate: '',
    rateText: () => '',
    cpu: 'CPU ms/s',
    cpuText: (seconds) => (seconds * 1000).toFixed(1),
  },
} as const satisfies Record<string, UnitRow>;

export type Unit = keyof typeof UNITS;
