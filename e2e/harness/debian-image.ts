/**
 * An image of a program of this machine, where one can't be fetched: the program, the libraries that it names, the accounts
 * of the machine, and nothing else. It stands in the place of the official image of that program.
 */
import { copyFileSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './place.ts';
import { findProgram, howToGet, type ProgramName } from './programs.ts';

export interface DebianImage {
  /** `nginx:stable` */
  readonly name: string;
  readonly program: ProgramName;
  readonly command: readonly string[];
  /** More files, at the paths that they have here. */
  readonly files?: readonly string[];
  readonly folders?: readonly string[];
  /** Links by their path. */
  readonly links?: Readonly<Record<string, string>>;
}

const ACCOUNTS = ['/etc/passwd', '/etc/group'];

/** Makes it with the engine that `env` names. */
export async function importDebianImage(
  place: Place,
  image: DebianImage,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const root = place.dir('roots', image.program);
  const file = findProgram(image.program);
  if (file === undefined) throw new Error(howToGet(image.program));
  copyInto(root, file, `/usr/bin/${image.program}`);
  for (const each of [...(await librariesOf(place, file)), ...ACCOUNTS, ...(image.files ?? [])])
    copyInto(root, each, each);
  for (const folder of ['/tmp', ...(image.folders ?? [])]) mkdirSync(join(root, folder), { recursive: true });
  for (const [path, target] of Object.entries(image.links ?? {})) symlinkSync(target, join(root, path));
  const archive = join(place.dir('roots'), `${image.program}.tar`);
  await place.run('tar', ['-cf', archive, '--owner=0', '--group=0', '-C', root, '.']);
  const changes = ['--change', 'ENV PATH=/usr/bin', '--change', `CMD ${JSON.stringify(image.command)}`];
  await place.run('docker', ['import', ...changes, archive, image.name], { env });
}

/** Where the loader finds them; none of a program that needs none. */
async function librariesOf(place: Place, file: string): Promise<readonly string[]> {
  const { stdout } = await place.attempt('ldd', [file]);
  return [...stdout.matchAll(/(?:=> |^\s)(\/\S+)/gm)].map(([, library = '']) => library);
}

function copyInto(root: string, from: string, to: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  copyFileSync(realpathSync(from), join(root, to));
}
