/** A registry on a simulated disk, as long as one process and one power supply last. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../../src/drivers/filesystem/disk.ts';
import {
  createRegistry,
  type Driver,
  type FilesystemOptions,
  filesystemDriver,
  openAccess,
  type Registry,
} from '../../src/index.ts';
import { type Random, randomFrom, seedFor } from '../disks/random.ts';
import { SimulatedDisk } from '../disks/simulated-disk.ts';
import { Client, Stopped } from './client.ts';
import { History } from './history.ts';
import { type Ask, type Reply, Wire } from './wire.ts';

export const ROOT_DIRECTORY = '/srv/data';

export type Flow = (client: Client) => Promise<void>;

export interface WorldOptions {
  readonly durability?: FilesystemOptions['durability'];
  /** Puts another disk between the driver and the simulated one. */
  readonly between?: (disk: Disk) => Disk;
}

/** Moves on by a moment or by long enough for folders to count as settled; never by itself. */
export class Clock {
  nowMs = Date.UTC(2026, 0, 1);
  readonly now = (): number => this.nowMs;
}

let boots = 0;

export class World {
  readonly disk: SimulatedDisk;
  readonly driver: Driver;
  readonly registry: Registry;
  readonly history: History;
  readonly clock: Clock;
  readonly #options: WorldOptions;
  readonly #wire: Wire;
  readonly #random: Random;
  #unfinished = 0;

  private constructor(
    disk: SimulatedDisk,
    clock: Clock,
    history: History,
    seed: number,
    options: WorldOptions,
  ) {
    this.disk = disk;
    this.clock = clock;
    this.history = history;
    this.#options = options;
    this.#random = randomFrom(seed);
    const randomId = idsOfBoot();
    this.driver = filesystemDriver({
      rootDirectory: ROOT_DIRECTORY,
      disk: options.between?.(disk) ?? disk,
      durability: options.durability ?? 'durable',
      clock: clock.now,
      randomId,
    });
    this.registry = createRegistry({
      driver: this.driver,
      access: openAccess(),
      clock: clock.now,
      randomId,
      onEvent: () => {
        this.#unfinished -= 1;
      },
    });
    this.#wire = new Wire(this.registry.listener);
  }

  /** With nothing on its disk but the folder above the registry's. */
  static async empty(options: WorldOptions): Promise<World> {
    const clock = new Clock();
    const disk = new SimulatedDisk({ seed: 0, clock: clock.now });
    await disk.mkdir('/srv');
    const durable = disk.copy({ seed: 0, clock: clock.now });
    return new World(durable, clock, new History(), 0, options);
  }

  /**
   * Another world that begins with what is on this one's disk, all of it durable.
   * @param turn from `turnsOf`, where several flows will run at once
   */
  copy(seed: number, history: History, turn?: () => Promise<void>): World {
    const clock = this.#laterClock();
    const disk = this.disk.copy({ seed, clock: clock.now, ...(turn !== undefined && { turn }) });
    return new World(disk, clock, history, seed, this.#options);
  }

  /** The world after a power cut and a start on what is left. */
  afterPowerCut(seed: number, history = this.history): World {
    const clock = this.#laterClock();
    const disk = this.disk.afterPowerCut({ seed, clock: clock.now });
    return new World(disk, clock, history, seed, this.#options);
  }

  /** This world, held to another history. */
  with(history: History): Pick<World, 'disk' | 'history' | 'send'> {
    return { disk: this.disk, history, send: (ask) => this.send(ask) };
  }

  /** Runs flows at once, each with a client of its own, to their end; where those stopped that did. */
  async run(flows: readonly Flow[], history = this.history): Promise<Stopped[]> {
    const ends = await Promise.allSettled(flows.map((flow) => flow(new Client(this, history))));
    await this.#quiet();
    return ends.flatMap((end) => {
      if (end.status === 'fulfilled') return [];
      if (end.reason instanceof Stopped) return [end.reason];
      throw end.reason;
    });
  }

  /** One request. */
  send(ask: Ask): Promise<Reply> {
    this.clock.nowMs += this.#random.pick([0, 1, 20, 3000]);
    this.#unfinished += 1;
    return this.#wire.send(ask);
  }

  /** Until every request has come to its end in the registry too, which may be after its answer. */
  async #quiet(): Promise<void> {
    for (let turns = 0; this.#unfinished > 0; turns += 1) {
      if (turns === 10_000) throw new Error(`${this.#unfinished} requests never ended`);
      await nextTurn();
    }
  }

  #laterClock(): Clock {
    const clock = new Clock();
    clock.nowMs = this.clock.nowMs + 10_000;
    return clock;
  }
}

/** UUIDs that no other boot gets. */
function idsOfBoot(): () => string {
  boots += 1;
  const boot = boots.toString(16).padStart(8, '0');
  let count = 0;
  return () => {
    count += 1;
    return `${boot}-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  };
}

/** Lets others go first for none, few or many turns, as the seed draws; some runs are mostly orderly. */
export function turnsOf(seed: number): () => Promise<void> {
  const random = randomFrom(seedFor(seed, 7));
  const haste = random.pick([0.6, 0.8, 0.95]);
  return async () => {
    if (random.chance(haste)) return;
    for (let turns = random.pick([1, 2, 6]); turns > 0; turns -= 1) await nextTurn();
  };
}
