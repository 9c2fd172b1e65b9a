// A configuration file's text.

import { readFile, stat } from 'node:fs/promises';
import { fileReason, StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';

/** @throws StartError naming the file that is too long or can't be read */
export async function readConfigText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > serverLimits.configurationBytes) {
      throw new StartError(`${file}: is ${size} bytes long; ${serverLimits.configurationBytes} are allowed`);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${file}: cannot be read: ${fileReason(error)}`, { cause: error });
  }
}
