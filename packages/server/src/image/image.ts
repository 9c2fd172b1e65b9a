// `berth image ARGUMENT…`: the entry point of the container images. Its files are the container's own.

import { readFile } from 'node:fs/promises';
import { readEnvironment } from '../config/environment.ts';
import { errorCode, fileReason, StartError } from '../errors.ts';
import { imageArguments, type Surroundings } from './image-arguments.ts';

/** Stands in front of a container's arguments. */
export const imageWord = 'image';

/** The first process of a container. */
const FIRST_PROCESS = '/proc/1/cmdline';

/**
 * @param args behind the word
 * @returns the arguments of `berth`
 * @throws StartError
 */
export async function argumentsInImage(args: readonly string[]): Promise<readonly string[]> {
  const around = { read, environment: readEnvironment() };
  if (args.length > 1 || args[0] !== 'healthcheck') return imageArguments(args, around);
  // What a health check reads is no part of any other start.
  const { healthUrl } = await import('./health-url.ts');
  const url = await healthUrl(await startArguments(around));
  return url === undefined ? args : [...args, url];
}

/** Those that the server of this container has. */
async function startArguments(around: Surroundings): Promise<readonly string[]> {
  const commandLine = ((await read(FIRST_PROCESS)) ?? '').split('\0').slice(0, -1);
  const at = commandLine.indexOf(imageWord); // Docker's --init stands before it
  return at < 0 ? [] : imageArguments(commandLine.slice(at + 1), around);
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw new StartError(`${file}: cannot be read: ${fileReason(error)}`, { cause: error });
  }
}
