// Durations as Go writes them: `60s`, `1m30s`, `168h`, `500ms`, `10us`. Pure.

const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } satisfies Record<
  string,
  number
>;

/** Milliseconds, or undefined if `text` is no duration. A bare `0` is one. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (unitMs[unit as keyof typeof unitMs] ?? 0);
  }
  return Math.round(totalMs);
}
