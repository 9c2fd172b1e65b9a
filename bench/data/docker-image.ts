/** An image of ten layers as an archive that `docker load` takes, and another one each time that it's asked for. */
import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, createReadStream, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runToEnd } from '../harness/run-to-end.ts';

export const DOCKER_LAYERS = 10;
export const DOCKER_LAYER_BYTES = 50_000_000;
/** Of one entry in a tar archive; its content follows. */
const TAR_HEADER_BYTES = 512;
const TAR_LIMIT_MS = 120_000;

export class DockerImage {
  readonly #folder: string;
  #isMade = false;
  #count = 0;

  /** @param folder where it is kept; made when it's needed */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes an archive of which no layer was in any before. The name that it gives the image. */
  async renew(): Promise<{ archive: string; name: string }> {
    if (!this.#isMade) await this.#makeLayers();
    this.#isMade = true;
    this.#count += 1;
    const name = `bench-image:${this.#count}`;
    const diffIds: string[] = [];
    for (const layer of this.#layers()) diffIds.push(await changedLayer(join(this.#folder, layer)));
    this.#write('config.json', {
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: diffIds },
    });
    this.#write('manifest.json', [{ Config: 'config.json', RepoTags: [name], Layers: this.#layers() }]);
    const archive = join(this.#folder, 'image.archive');
    const files = ['manifest.json', 'config.json', ...this.#layers()];
    await runToEnd('tar', ['-cf', archive, '-C', this.#folder, ...files], { limitMs: TAR_LIMIT_MS });
    return { archive, name };
  }

  #layers(): string[] {
    return Array.from({ length: DOCKER_LAYERS }, (_, index) => `layer-${index}.tar`);
  }

  async #makeLayers(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    const bytes = Buffer.alloc(DOCKER_LAYER_BYTES);
    for (const layer of this.#layers()) {
      const file = `content-of-${layer}`;
      writeFileSync(join(this.#folder, file), randomFillSync(bytes));
      const args = ['-cf', join(this.#folder, layer), '-C', this.#folder, file];
      await runToEnd('tar', args, { limitMs: TAR_LIMIT_MS });
      rmSync(join(this.#folder, file));
    }
  }

  #write(name: string, content: unknown): void {
    writeFileSync(join(this.#folder, name), JSON.stringify(content));
  }
}

/** Gives its one file another beginning. The new digest. */
async function changedLayer(file: string): Promise<string> {
  const handle = openSync(file, 'r+');
  writeSync(handle, randomBytes(32), 0, 32, TAR_HEADER_BYTES);
  closeSync(handle);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}
