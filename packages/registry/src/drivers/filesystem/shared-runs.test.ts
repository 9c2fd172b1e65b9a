import { SharedRuns } from './shared-runs.ts';

/** Work that says what it saw when it began, and ends when it is let go. */
class Work {
  state = 'first';
  begun = 0;
  #release: () => void = () => {};

  readonly run = async (): Promise<string> => {
    this.begun += 1;
    const seen = this.state;
    await new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    return seen;
  };

  letGo(): void {
    this.#release();
  }
}

describe('work that is shared', () => {
  test('begins after whoever gets its result has asked, once for all who ask meanwhile', async () => {
    const [runs, work] = [new SharedRuns<string>(), new Work()];
    const first = runs.run('x', work.run);
    work.state = 'second';
    const late = [runs.run('x', work.run), runs.run('x', work.run)];
    work.letGo();
    expect(await first).toBe('first');
    // Those who ask in the run of the late ones have to wait for one more.
    work.state = 'third';
    const last = runs.run('x', work.run);
    work.letGo();
    expect(await Promise.all(late)).toEqual(['second', 'second']);
    work.letGo();
    expect(await last).toBe('third');
    expect(work.begun).toBe(3);
  });

  test('that fails fails for those who share it, and begins again for the next', async () => {
    const runs = new SharedRuns<string>();
    const fail = async (): Promise<string> => {
      throw new Error('as told');
    };
    const shared = [runs.run('x', fail), runs.run('x', fail), runs.run('x', fail)];
    for (const each of shared) await expect(each).rejects.toThrow('as told');
    expect(await runs.run('x', async () => 'well')).toBe('well');
  });

  test('under different names does not wait for each other', async () => {
    const [runs, work] = [new SharedRuns<string>(), new Work()];
    const first = runs.run('x', work.run);
    expect(await runs.run('y', async () => 'other')).toBe('other');
    work.letGo();
    await first;
  });
});
