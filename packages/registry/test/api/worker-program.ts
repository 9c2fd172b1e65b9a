/** One process of the place `two workers`: a registry on the folder that it is told, at the address of its siblings. */

import { createServer } from 'node:http';
import { createRegistry, filesystemDriver, openAccess } from '../../src/index.ts';

const [rootDirectory = ''] = process.argv.slice(2);

// What they see of each other has nothing to do with what a power cut leaves.
const driver = filesystemDriver({ rootDirectory, durability: 'relaxed' });
const { listener } = createRegistry({ access: openAccess(), driver });

createServer(listener).on('checkContinue', listener).listen(0, '127.0.0.1');
