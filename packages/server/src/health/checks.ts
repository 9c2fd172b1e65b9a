// distribution's health checks: each runs by interval, and counts as failed after so many failures in a row. Knows what a
// check does only as a function; see probes.ts.

export interface Check {
  /** As `/debug/health` tells it. */
  readonly name: string;
  readonly intervalMs: number;
  /** Failures in a row until it counts. */
  readonly threshold: number;
  /** Rejects, or throws, with what is wrong. */
  readonly probe: () => Promise<void>;
}

export interface HealthChecks {
  /** What is wrong, by the names of the checks; empty where all is well. */
  failures(): Readonly<Record<string, string>>;
  isHealthy(): boolean;
  /** Resolves when no check runs any more. */
  stop(): Promise<void>;
}

/** Starts with each check at once. */
export function startChecks(checks: readonly Check[]): HealthChecks {
  const failed = new Map<string, string>();
  const running = checks.map((check) => run(check, failed));
  return {
    failures: () => Object.fromEntries(failed),
    isHealthy: () => failed.size === 0,
    stop: async () => {
      await Promise.all(running.map((end) => end()));
    },
  };
}

/** @returns a function that ends it */
function run(
  { name, intervalMs, threshold, probe }: Check,
  failed: Map<string, string>,
): () => Promise<void> {
  let failures = 0;
  const once = async () => {
    try {
      await probe();
      failures = 0;
      failed.delete(name);
    } catch (error) {
      failures += 1;
      if (failures >= threshold) failed.set(name, error instanceof Error ? error.message : String(error));
    }
  };
  let latest = once();
  const timer = setInterval(() => {
    latest = latest.then(once);
  }, intervalMs).unref();
  return async () => {
    clearInterval(timer);
    await latest;
  };
}
