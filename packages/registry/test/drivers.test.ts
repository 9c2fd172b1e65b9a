import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemDriver } from '../src/drivers/filesystem/filesystem.ts';
import { memoryDriver } from '../src/drivers/memory.ts';
import { type DriverUnderTest, describeDriver } from './driver-suite.ts';

async function inTemporaryFolder(durability: 'durable' | 'relaxed'): Promise<DriverUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-driver-'));
  return {
    driver: filesystemDriver({ rootDirectory: join(folder, 'data'), durability }),
    dispose: () => rm(folder, { recursive: true }),
  };
}

const inMemory = async (quickReads: boolean): Promise<DriverUnderTest> => ({
  driver: memoryDriver({ quickReads }),
  dispose: async () => {},
});

describeDriver('memory', () => inMemory(true));
describeDriver('memory, by promises,', () => inMemory(false));
describeDriver('filesystem', () => inTemporaryFolder('durable'));
describeDriver('filesystem, relaxed,', () => inTemporaryFolder('relaxed'));
