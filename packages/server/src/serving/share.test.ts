import { availableParallelism } from 'node:os';
import { serverLimits } from '../limits.ts';
import { shareOf } from './share.ts';

const sharesOf = (workers: number, cpus: number) =>
  Array.from({ length: workers }, (_, index) => shareOf(index, workers, cpus));

const machines = [1, 2, 3, 4, 8, 64, availableParallelism()].flatMap((cpus) =>
  Array.from({ length: cpus }, (_, index) => ({ cpus, workers: index + 1 })),
);

test('of all workers one purges', () => {
  for (const { workers, cpus } of machines) {
    expect(sharesOf(workers, cpus).filter(({ purges }) => purges)).toHaveLength(1);
  }
});

test('each has a bcrypt thread, and all of them together no more than there are CPUs', () => {
  for (const { workers, cpus } of machines) {
    const threads = sharesOf(workers, cpus).map(({ bcryptThreads = 0 }) => bcryptThreads);
    expect(Math.min(...threads)).toBeGreaterThan(0);
    expect(threads.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(cpus);
  }
});

test('together they take the connections that one process would', () => {
  for (const { workers, cpus } of machines) {
    const connections = sharesOf(workers, cpus).reduce((sum, share) => sum + share.maxConnections, 0);
    expect(connections).toBeGreaterThanOrEqual(serverLimits.maxConnections);
    expect(connections).toBeLessThan(serverLimits.maxConnections + workers);
  }
});
