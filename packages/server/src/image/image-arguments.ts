// What the arguments of a container mean: those of Berth, and those of the images whose place it takes, distribution's
// (`serve /etc/docker/registry/config.yml`) and docker_auth's (`--v=2 /config/auth_config.yml`). It reads no file itself.

import { type Environment, isRegistryVariable } from '../config/environment.ts';
import { registryFiles } from '../config/registry-files.ts';
import { StartError } from '../errors.ts';

export interface Surroundings {
  /** The text of a file; undefined where there is none. @throws StartError where it can't be read */
  read(file: string): Promise<string | undefined>;
  readonly environment: Environment;
}

export const imageData = '/var/lib/registry';
export const authFile = '/config/auth_config.yml';
/** Of the image's own: what a registry is that only variables describe. */
export const defaultRegistryFile = '/usr/share/berth/registry.yml';

/**
 * @param args as they stand behind the name of the image
 * @returns the arguments of `berth`
 * @throws StartError where they name nothing that is there
 */
export async function imageArguments(args: readonly string[], around: Surroundings): Promise<string[]> {
  const [first, second, ...rest] = args;
  if (first === undefined) return withoutArguments(around);
  if (first === 'registry' && second === 'serve') return ['registry', ...rest];
  if (first === 'serve' && second !== undefined && isConfiguration(second))
    return ['registry', second, ...rest];
  if (first === 'serve') return serveHere(args.slice(1));
  if (args.some(isConfiguration) && (isConfiguration(first) || first.startsWith('-')))
    return ofFile(args, around);
  return [...args];
}

async function withoutArguments({ read, environment }: Surroundings): Promise<string[]> {
  const { configurationPath, variables } = environment;
  if (configurationPath !== undefined) return ['registry', configurationPath];
  const found: string[] = [];
  for (const file of [...registryFiles, authFile]) {
    if ((await read(file)) !== undefined) found.push(file);
  }
  const [file, other] = found;
  if (other !== undefined) {
    throw new StartError(`${found.join(' and ')} are both there: name the one that this container is for`);
  }
  if (file !== undefined) return file === authFile ? ['auth', file] : ['registry', file];
  // An empty one counts as not set, as compose files leave them.
  const isRegistry = Object.entries(variables).some(
    ([name, text]) => isRegistryVariable(name, text) && text !== '',
  );
  return isRegistry ? ['registry', defaultRegistryFile] : serveHere([]);
}

/** `berth serve`, with its data in the volume. */
function serveHere(flags: readonly string[]): string[] {
  const says = (flag: string) => flags.some((each) => each === flag || each.startsWith(`${flag}=`));
  const data = says('--data') || says('--storage') || says('--help') ? [] : ['--data', imageData];
  return ['serve', ...data, ...flags];
}

async function ofFile(args: readonly string[], around: Surroundings): Promise<string[]> {
  const files = args.filter((each) => !each.startsWith('-'));
  const flags = args.filter((each) => each.startsWith('-'));
  const [file = ''] = files;
  if (files.length > 1) throw new StartError(`${files.join(' ')}: one configuration is read; name one`);
  const text = await around.read(file);
  if (text === undefined) throw new StartError(`${file}: no such file: mount it into the container`);
  // The grammar of the two configurations is no part of a start that names none.
  const { kindOf } = await import('../config/file-kind.ts');
  return kindOf(text) === 'registry'
    ? ['registry', file, ...flags]
    : ['auth', file, ...flags.flatMap(ownFlag)];
}

const isConfiguration = (text: string): boolean => /^[^-].*\.ya?ml$/.test(text);

/** docker_auth's flags of logging; the log goes to stdout, and from 2 on it told of every request's rule. */
function ownFlag(flag: string): readonly string[] {
  const verbosity = /^--?v=(\d+)$/.exec(flag)?.[1];
  if (verbosity !== undefined) return Number(verbosity) >= 2 ? ['--log-level', 'debug'] : [];
  return /^--?(?:alsologtostderr|logtostderr)(?:=true)?$/.test(flag) ? [] : [flag];
}
