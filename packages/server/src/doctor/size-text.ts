// Sizes and rates as people write them. Pure.

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } satisfies Record<
  string,
  number
>;

/** Bytes, or undefined if `text` is no size: a whole number with a unit, as in `64MiB`; without one, bytes. */
export function parseSizeBytes(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15}) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  return Number(digits) * 1024 ** power;
}

/** Three digits at most: `64 MiB`, `1.5 GiB`. */
export function sizeText(sizeBytes: number): string {
  const [unit, factor] = Object.entries(units).findLast(([, each]) => sizeBytes >= each) ?? ['B', 1];
  return `${Number((sizeBytes / factor).toPrecision(3))} ${unit}`;
}

/** `1.2 s (53 MiB/s)`. */
export function rateText(sizeBytes: number, tookMs: number): string {
  const seconds = Math.max(tookMs / 1000, 0.001);
  return `${Number(seconds.toPrecision(2))} s (${sizeText(Math.round(sizeBytes / seconds))}/s)`;
}
